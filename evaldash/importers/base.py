"""What every importer is: a name, a way to recognise its format, and a way to read its records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json

RAW_SHOWN = 2_000  # characters of a refused record that are kept with its reason
ALL_FILES = "all files"  # the source of what was put together from parts


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file and how a person finds it there: "line 7", "record 3", "row 12"."""

    label: str
    value: Json


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a trace whose other pieces may stand anywhere: in other records, other files.

    `group` tells which trace it belongs to; `value` is the raw piece (a span, a log record, a row), with what it
    needs of its surroundings.
    """

    group: str
    value: Json


def refused(value: Any, reason: str, *, record: str, source: str = ALL_FILES) -> ImportIssue:
    """Return the issue of a value that is no trace: why, where it stood, and its beginning."""
    return ImportIssue(source=source, record=record, reason=reason, raw=canonical_json(value)[:RAW_SHOWN])


class Importer(ABC):
    """One format. Instances hold no state: the same record always gives the same trace."""

    name: ClassVar[str]
    description: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]]
    feedback_keys: ClassVar[frozenset[str]] = frozenset()
    """Top-level keys that often come later; they are feedback or scores and no part of a trace's identity."""

    @abstractmethod
    def sniff(self, records: Sequence[Json]) -> float:
        """Return how sure it is, from 0 to 1, that these first records of a file are of its format."""

    @abstractmethod
    def read(self, record: Record, *, source: str) -> Iterator[Trace | Part | ImportIssue]:
        """Yield the traces of one record, or parts of traces; what cannot be read is an ImportIssue that says why."""

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace (seldom: traces) that the raw pieces of one group make, in whatever order they came.

        Only importers that yield parts have this; the pieces are the trace's raw records.
        """
        raise NotImplementedError(f"the importer {self.name!r} yields whole traces")  # pragma: no cover
