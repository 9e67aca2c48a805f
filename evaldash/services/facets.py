"""Facets: which values the fields of the selected traces have and how often, and how their numbers are distributed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.stored import Project
from evaldash.services.trace_table import TraceTable, Words, mask_of
from evaldash.storage import columns
from evaldash.storage.store import Store

OR = re.compile(r"\bor\b", re.IGNORECASE)  # as the filter language reads it
PER_FIELD = 8  # most frequent values of a field that are shown
BARS = 20  # of a histogram
PLAIN = ("version", "verdict", "feedback", "format")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """A value of a field, as the filter language says it, with the number of traces that have it."""

    field: str
    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How a metric is distributed: counts in equal spans from least to most."""

    name: str
    low: float
    median: float
    high: float
    bars: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """All facets of `total` selected traces."""

    total: int
    values: tuple[FieldValue, ...]
    numbers: tuple[Numbers, ...]


def facets(store: Store, project: Project, table: TraceTable, ids: Sequence[str] | None = None) -> Facets:
    """Return the facets of some traces (None: of all); fields whose values are nearly all different are left out."""
    left = mask_of(table, ids)
    with store.read() as connection:
        said = {
            "verdict": columns.verdicts(connection, project),
            "feedback": columns.feedback_labels(connection, project),
        }
    found = {
        field: Counter(
            word for trace, word in words.items() if trace in table.position_of and left[table.position_of[trace]]
        ).most_common(PER_FIELD)
        for field, words in said.items()
    }
    found |= {field: _most_common(held, left) for field, held in table.words.items()}
    order = [*PLAIN, *(field for field in table.words if field not in PLAIN)]
    values = [
        FieldValue(field=field, value=value, count=count)
        for field in order
        if _tells(found.get(field, []))
        for value, count in found[field]
    ]
    spread = [_numbers(name, held[left]) for name, held in table.metrics.items()]
    return Facets(
        total=max(int(left.sum()), 1),
        values=tuple(values),
        numbers=tuple(item for item in spread if item is not None),
    )


def equals(field: str, value: str) -> str:
    """Return the filter for one value of a field."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field} = "{escaped}"'


def between(field: str, low: float, high: float) -> str:
    """Return the filter for a range of a number, both ends included."""
    return f"{field} >= {low!r} and {field} <= {high!r}"


def joined(expression: str | None, part: str) -> str:
    """Return a filter that asks for both."""
    if not expression:
        return part
    return f"({expression}) and {part}" if OR.search(expression) else f"{expression} and {part}"


def _most_common(held: Words, left: NDArray[np.bool_]) -> list[tuple[str, int]]:
    codes = held.codes[left]
    counts = np.bincount(codes[codes >= 0], minlength=len(held.values))
    order = np.argsort(-counts, kind="stable")[:PER_FIELD]
    return [(held.values[code], int(counts[code])) for code in order if counts[code]]


def _tells(values: Sequence[tuple[str, int]]) -> bool:
    return bool(values) and values[0][1] > 1


def _numbers(name: str, held: NDArray[np.float64]) -> Numbers | None:
    known = held[np.isfinite(held)]
    if not known.size:
        return None
    bars, _ = np.histogram(known, bins=BARS)
    return Numbers(
        name=name,
        low=float(known.min()),
        median=float(np.median(known)),
        high=float(known.max()),
        bars=tuple(int(count) for count in bars),
    )
