"""Two versions side by side: which groups of traces grew, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.services.trace_table import TraceTable
from evaldash.stats.growth import Growth, growth
from evaldash.storage.clusterings import ClusterRow


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGrowth:
    """A group with its share in both versions."""

    number: int
    label: str
    growth: Growth


def versions_of(table: TraceTable) -> list[str]:
    """Return the versions in the order in which their first traces came; those without a time last, by name."""
    held = table.words.get("version")
    if held is None:
        return []
    first = {
        version: float(np.nanmin(np.where(np.isfinite(at), at, np.inf), initial=np.inf))
        for code, version in enumerate(held.values)
        for at in [table.at[held.codes == code]]
    }
    return sorted(first, key=lambda version: (first[version], version))


def compare_versions(
    table: TraceTable,
    left: NDArray[np.bool_],
    clusters: Sequence[ClusterRow],
    cluster_of: Mapping[str, int],
    *,
    before: str,
    after: str,
) -> list[GroupGrowth]:
    """Return how each group's share of the traces that are left changed between versions, largest change first."""
    counts = {version: _counts(table, left, cluster_of, version) for version in (before, after)}
    totals = {version: sum(held.values()) for version, held in counts.items()}
    numbers = [item.number for item in clusters]
    found = growth(
        [counts[before][number] for number in numbers],
        [counts[after][number] for number in numbers],
        of_before=totals[before],
        of_after=totals[after],
    )
    rows = [
        GroupGrowth(number=item.number, label=item.label, growth=change)
        for item, change in zip(clusters, found, strict=True)
    ]
    return sorted(rows, key=lambda row: -abs(row.growth.difference.estimate or 0))


def _counts(table: TraceTable, left: NDArray[np.bool_], cluster_of: Mapping[str, int], version: str) -> Counter[int]:
    held = table.words["version"]
    rows = np.flatnonzero(left & (held.codes == held.values.index(version)))
    return Counter(cluster_of[table.ids[row]] for row in rows if table.ids[row] in cluster_of)
