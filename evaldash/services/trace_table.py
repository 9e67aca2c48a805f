"""All traces of a project as columns in memory: what maps are coloured by and facets count, read once a revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.stored import Project
from evaldash.storage import columns
from evaldash.storage.columns import TraceRow
from evaldash.storage.store import Store

NO_VALUE = -1  # the code of a trace without a value
MAX_WORD = 200  # characters of a value; longer ones are texts, not categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A field of words: `codes` int32 (n,) into `values`, NO_VALUE where a trace has none."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceTable:
    """The traces, newest first. `at` are seconds since 1970, as the metrics float64 (n,), NaN where there is none."""

    ids: tuple[str, ...]
    position_of: Mapping[str, int]
    at: NDArray[np.float64]
    words: Mapping[str, Words]  # by field: version, format, metadata.NAME
    metrics: Mapping[str, NDArray[np.float64]]  # by name


def load_table(store: Store, project: Project) -> TraceTable:
    """Return all traces of a project as columns; metadata that hold lists, objects or long texts are no fields."""
    with store.read() as connection:
        rows = list(columns.rows(connection, project))
    ids = tuple(row.id for row in rows)
    words: dict[str, Words] = {
        "version": _words(row.version for row in rows),
        "format": _words(row.format for row in rows),
    }
    words |= {f"metadata.{name}": _words(_word(row, name) for row in rows) for name in _names(r.metadata for r in rows)}
    return TraceTable(
        ids=ids,
        position_of={trace: position for position, trace in enumerate(ids)},
        at=_numbers(row.at for row in rows),
        words={field: held for field, held in words.items() if held.values},
        metrics={name: _numbers(row.metrics.get(name) for row in rows) for name in _names(row.metrics for row in rows)},
    )


def mask_of(table: TraceTable, ids: Sequence[str] | None) -> NDArray[np.bool_]:
    """Return which rows are among `ids`; None means all."""
    chosen = np.full(len(table.ids), ids is None)
    if ids is not None:
        chosen[[table.position_of[trace] for trace in ids if trace in table.position_of]] = True
    return chosen


def _names(held: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the names in the order in which they first come."""
    return list(dict.fromkeys(chain.from_iterable(held)))


def _word(row: TraceRow, name: str) -> str | None:
    value = row.metadata.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float) and len(str(value)) <= MAX_WORD:
        return str(value)
    return None


def _words(given: Iterable[str | None]) -> Words:
    number_of: dict[str, int] = {}
    codes = [NO_VALUE if word is None else number_of.setdefault(word, len(number_of)) for word in given]
    return Words(codes=np.array(codes, dtype=np.int32), values=tuple(number_of))


def _numbers(given: Iterable[object]) -> NDArray[np.float64]:
    return np.array([value if isinstance(value, int | float) else np.nan for value in given], dtype=np.float64)
