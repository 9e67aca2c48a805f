"""Coarser and finer at once: the clusters of a run as one level of a tree of merges, finest groups at its leaves.

The leaves are found by Leiden inside each cluster, at three times its resolution. Then the two groups whose union costs
least (Ward 1963) are merged, first within the clusters until these are whole, then the clusters themselves, to the last
one. So every level is nested in the next, and the run's own clusters are one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOISE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """Leaves and merges: nodes 0…f-1 are the leaves, node f+s is made by `merges[s]`, two nodes each, (f-1, 2).

    `leaves` (n,) holds the leaf of each of n items, -1 for none; `chosen` is how many clusters a run begins with.
    """

    leaves: NDArray[np.intp]
    merges: NDArray[np.intp]
    chosen: int

    @property
    def finest(self) -> int:
        """How many leaves there are."""
        return int(self.leaves.max(initial=NOISE)) + 1

    def nodes_at(self, clusters: int) -> list[int]:
        """Return the nodes that are whole when `clusters` are left, clipped to what there is."""
        clusters = max(min(clusters, self.finest), min(1, self.finest))
        done = self.finest - clusters
        merged = set(self.merges[:done].ravel().tolist())
        return [node for node in range(self.finest + done) if node not in merged]

    def labels_at(self, clusters: int) -> NDArray[np.intp]:
        """Return the node of each item when `clusters` are left, (n,), -1 for none."""
        owner = np.full(self.finest + 1, NOISE, dtype=np.intp)  # the last one is where leaf -1 looks
        for node in self.nodes_at(clusters):
            owner[self.leaves_of(node)] = node
        found: NDArray[np.intp] = owner[self.leaves]
        return found

    def leaves_of(self, node: int) -> list[int]:
        """Return the leaves under a node."""
        found, waiting = [], [node]
        while waiting:
            one = waiting.pop()
            if one < self.finest:
                found.append(one)
            else:
                waiting += self.merges[one - self.finest].tolist()
        return sorted(found)


def grow(
    units: NDArray[np.float32],
    leaves: NDArray[np.intp],
    clusters: NDArray[np.intp],
    *,
    weights: NDArray[np.intp] | None = None,
) -> Tree:
    """Return the tree over `leaves` (m,) whose level of as many groups as `clusters` (m,) has is just these.

    `units` (m, d) are the vectors, which count once, or as often as `weights` (m,) says; each leaf lies in one
    cluster; -1 is in neither.
    """
    present = leaves >= 0
    count = int(leaves.max(initial=NOISE)) + 1
    counted = np.ones(len(leaves)) if weights is None else weights.astype(np.float64)
    sizes = np.bincount(leaves[present], weights=counted[present], minlength=count).astype(np.float64)
    sums = np.zeros((count, units.shape[1]))
    np.add.at(sums, leaves[present], units[present] * counted[present, None])
    home = np.zeros(count, dtype=np.intp)
    home[leaves[present]] = clusters[present]
    inner = [(cost, a, b) for group in np.unique(home) for cost, a, b in _within(group, home, sums, sizes)]
    inner.sort(key=lambda merge: merge[0])
    nodes = list(range(count))
    merges = _numbered([(a, b) for _, a, b in inner], nodes, count)
    firsts = np.unique(home, return_index=True)[1]
    of_cluster = np.searchsorted(np.unique(home), home)
    cluster_sums = np.zeros((len(firsts), units.shape[1]))
    np.add.at(cluster_sums, of_cluster, sums)
    outer = _ward(cluster_sums, np.bincount(of_cluster, weights=sizes, minlength=len(firsts)).astype(np.float64))
    merges += _numbered([(int(firsts[a]), int(firsts[b])) for _, a, b in outer], nodes, count + len(merges))
    return Tree(leaves=leaves, merges=np.array(merges, dtype=np.intp).reshape(-1, 2), chosen=len(firsts))


def _within(
    group: int, home: NDArray[np.intp], sums: NDArray[np.float64], sizes: NDArray[np.float64]
) -> list[tuple[float, int, int]]:
    own = np.flatnonzero(home == group)
    return [(cost, int(own[a]), int(own[b])) for cost, a, b in _ward(sums[own], sizes[own])]


def _numbered(pairs: Sequence[tuple[int, int]], nodes: list[int], following: int) -> list[tuple[int, int]]:
    """Return merges by node from merges by leaf: the first leaf stands for all it was merged with.

    `nodes` holds the present node of each leaf that stands for others, and is changed; `following` is the next node.
    """
    merges = []
    for step, (a, b) in enumerate(pairs):
        merges.append((nodes[a], nodes[b]))
        nodes[a] = following + step
    return merges


def _ward(sums: NDArray[np.float64], sizes: NDArray[np.float64]) -> list[tuple[float, int, int]]:
    """Return merges (cost, kept, absorbed), cheapest first, to the last group; `kept` is the smaller number.

    Cost is the growth of the sum of squares, n m / (n + m) |c - d|^2 for groups of n and m with middles c and d.
    """
    sums, sizes = sums.copy(), sizes.copy()
    count = len(sizes)
    costs = np.array([_costs(sums, sizes, row) for row in range(count)]).reshape(count, count)
    best = costs.argmin(axis=1) if count > 1 else np.zeros(count, dtype=np.intp)
    merges = []
    for _ in range(count - 1):
        row = int(costs[np.arange(count), best].argmin())
        a, b = sorted((row, int(best[row])))
        merges.append((float(costs[a, b]), a, b))
        sums[a] += sums[b]
        sizes[a] += sizes[b]
        sizes[b] = 0
        costs[b], costs[:, b] = np.inf, np.inf
        costs[a] = costs[:, a] = _costs(sums, sizes, a)
        best[a] = costs[a].argmin()
        for other in np.flatnonzero((best == a) | (best == b)):
            best[other] = costs[other].argmin()
        closer = costs[:, a] < costs[np.arange(count), best]
        best[closer] = a
    return merges


def _costs(sums: NDArray[np.float64], sizes: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    there = (sizes > 0) & (np.arange(len(sizes)) != row)
    middles = sums / np.maximum(sizes, 1)[:, None]
    weight = sizes * sizes[row] / np.maximum(sizes + sizes[row], 1)
    costs: NDArray[np.float64] = np.where(there, weight * ((middles - middles[row]) ** 2).sum(axis=1), np.inf)
    return costs
