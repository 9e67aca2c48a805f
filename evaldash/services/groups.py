"""What is known of each group of traces: how many read ones failed and what may be said of the rest, and its edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.coded import load_coded
from evaldash.stats.intervals import wilson
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.store import Store

AT_THE_EDGE = 2  # traces of a group that fit it least


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFailures:
    """How many judged traces of a group failed, those drawn at random apart from those chosen for a reason."""

    random_failed: int = 0
    random_read: int = 0
    chosen_failed: int = 0
    chosen_read: int = 0

    def short(self) -> str:
        """Return the counts in a few words: "4 of 12"; a count of what was read, not a rate."""
        read = self.random_read + self.chosen_read
        return f"{self.random_failed + self.chosen_failed} of {read}" if read else "none read"

    def sentence(self) -> str:
        """Return what can be said of the whole group, with its interval, and what cannot."""
        if not self.random_read and not self.chosen_read:
            return "None of them is read yet."
        chosen = (
            f" {self.chosen_failed} of {self.chosen_read} chosen for a reason failed; they give no rate."
            if self.chosen_read
            else ""
        )
        if not self.random_read:
            return f"A rate cannot be estimated: none was drawn at random.{chosen}"
        found = wilson(self.random_failed, self.random_read)
        bounds = f"{floor(100 * found.low)} to {ceil(100 * found.high)} %, level 95 %"
        drawn = f"{self.random_failed} of {self.random_read} drawn at random"
        return f"{100 * (found.estimate or 0):.0f} % failed ({bounds}): {drawn}.{chosen}"


def failures_of_groups(store: Store, project: Project, cluster_of: Mapping[str, int]) -> Mapping[int, GroupFailures]:
    """Return for each group with a judged trace how many failed."""
    counted: dict[int, list[int]] = {}
    for item in load_coded(store, project).judged:
        number = cluster_of.get(item.trace)
        if number is not None:
            counts = counted.setdefault(number, [0, 0, 0, 0])
            first = 0 if item.stream == "uniform" else 2
            counts[first] += item.verdict is Verdict.FAIL
            counts[first + 1] += 1
    return {
        number: GroupFailures(random_failed=a, random_read=b, chosen_failed=c, chosen_read=d)
        for number, (a, b, c, d) in counted.items()
    }


def edge_of(row: ClusteringRow, cluster: ClusterRow, *, count: int = AT_THE_EDGE) -> Sequence[str]:
    """Return the traces at the edge of a group: those farthest from its middle, as the run kept them.

    A run from before they were kept has those that fit least anywhere, by outlier score; none where all fit alike.
    """
    if cluster.edge:
        return cluster.edge[:count]
    numbers, scores = np.asarray(row.numbers), np.asarray(row.outlier_scores, dtype=np.float64)
    members = np.flatnonzero(numbers == cluster.number)
    if not members.size or not scores[members].any():
        return []
    order = members[np.argsort(-scores[members], kind="stable")]
    return [row.items[i] for i in order if row.items[i] not in set(cluster.representatives)][:count]
