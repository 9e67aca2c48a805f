"""What the page Explore looks at: the traces a filter leaves, where they lie, and how their groups went over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.stored import Project
from evaldash.services.browse import filter_of
from evaldash.services.trace_table import TraceTable
from evaldash.storage import columns
from evaldash.storage.clusterings import ClusteringRow
from evaldash.storage.store import Store

OUTLIER_SHARE = 0.05  # of the traces with the highest scores are ringed on the map
TREND_BINS = 12  # of the time that the traces span
NOWHERE = -2  # the number of a trace that was not clustered


def newest_ids(store: Store, project: Project, expression: str | None = None) -> list[str]:
    """Return the traces a filter selects, the newest first; raises FilterSyntaxError for one that cannot be read."""
    with store.read() as connection:
        return columns.newest_ids(connection, project, filter_of(expression))


def queries(store: Store, project: Project) -> dict[str, str]:
    """Return the first thing the user said in each trace."""
    with store.read() as connection:
        return columns.queries(connection, project)


def places_of(items: Sequence[str], wanted: Sequence[str]) -> NDArray[np.bool_]:
    """Return for each of a clustering's items whether it is wanted."""
    among = set(wanted)
    return np.fromiter((item in among for item in items), np.bool_, len(items))


def ringed(row: ClusteringRow) -> NDArray[np.uint32]:
    """Return the positions of what fits nowhere: the top OUTLIER_SHARE by score, and noise."""
    scores = np.asarray(row.outlier_scores, dtype=np.float64)
    marked = np.asarray(row.numbers) < 0
    marked[np.argsort(-scores, kind="stable")[: round(len(scores) * OUTLIER_SHARE)]] = True
    return np.flatnonzero(marked).astype(np.uint32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How many traces fell into each of equal spans of time, as shares of all traces of that span."""

    begins: tuple[datetime, ...]
    totals: tuple[int, ...]
    counts: Mapping[int, tuple[int, ...]]  # by cluster

    def shares(self, number: int) -> list[float]:
        """Return the shares of a cluster; 0 where a span has no trace at all."""
        held = self.counts.get(number, (0,) * len(self.totals))
        return [count / total if total else 0.0 for count, total in zip(held, self.totals, strict=True)]


def trend(table: TraceTable, cluster_of: Mapping[str, int], *, bins: int = TREND_BINS) -> Trend | None:
    """Return how the clusters went over time; None where fewer than two traces have a time, or all the same."""
    numbers = np.array([cluster_of.get(trace, NOWHERE) for trace in table.ids], dtype=np.int64)
    known = np.isfinite(table.at) & (numbers != NOWHERE)
    at, numbers = table.at[known], numbers[known]
    if at.size < 2 or at.min() == at.max():
        return None
    low, high = float(at.min()), float(at.max())
    span = np.minimum((at - low) / (high - low) * bins, bins - 1).astype(np.int64)
    found = {
        int(number): tuple(int(n) for n in np.bincount(span[numbers == number], minlength=bins))
        for number in np.unique(numbers)
    }
    return Trend(
        begins=tuple(datetime.fromtimestamp(low + (high - low) * k / bins, UTC) for k in range(bins)),
        totals=tuple(int(n) for n in np.bincount(span, minlength=bins)),
        counts=found,
    )
