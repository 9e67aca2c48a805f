"""Groups where vectors lie dense, noise elsewhere, and how far each item stands out (HDBSCAN with GLOSH).

Campello, Moulavi, Zimek & Sander 2015. Beyond some thousands of items the spanning tree of mutual reachability is
looked for among the edges of the neighbour graph alone, which is there already: nearly the same tree, in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.neighbours import Neighbours
from evaldash.clustering.space import principal_components

DIMENSIONS = 50  # density fades in more
SMALLEST_GROUP = 3
MIN_SAMPLES = 3
EXACT_UP_TO = 3_000  # items; all pairs of 10,000 took 9 s
GRAPH_NEIGHBOURS = 15  # of each vector that the spanning tree may run along
LEAST = 1e-6  # distance of equal items; 0 would be no edge
FEWEST = 5  # items; fewer have no density to speak of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Density:
    """For each of n items its group (-1 noise) and its outlier score (0 well inside to 1 far outside)."""

    groups: NDArray[np.intp]
    outlier_scores: NDArray[np.float32]
    parameters: Mapping[str, float | str]


def density(neighbours: Neighbours) -> Density:
    """Return groups and outlier scores of all items; repeated texts count as often as they stand.

    A blank item is noise with score 0: nothing is known about it.
    """
    space = neighbours.space
    items = np.flatnonzero(space.place >= 0)
    smallest = max(SMALLEST_GROUP, round(sqrt(len(items)) / 4))
    groups = np.full(len(space.place), -1, dtype=np.intp)
    scores = np.zeros(len(space.place), dtype=np.float32)
    exact = len(items) <= EXACT_UP_TO
    if len(items) >= FEWEST:
        points = principal_components(space.units, at_most=DIMENSIONS)
        if exact or neighbours.k < MIN_SAMPLES:
            groups[items], scores[items] = _hdbscan(points[space.place[items]], smallest=smallest)
        else:
            groups[items], scores[items] = _hdbscan_on_graph(points, neighbours, items, smallest=smallest)
    parameters: dict[str, float | str] = {
        "min_cluster_size": smallest,
        "min_samples": MIN_SAMPLES,
        "dimensions": DIMENSIONS,
        "tree": "exact" if exact else f"along {min(GRAPH_NEIGHBOURS, neighbours.k)} neighbours",
    }
    return Density(groups=groups, outlier_scores=scores, parameters=parameters)


def _hdbscan_on_graph(
    points: NDArray[np.float32], neighbours: Neighbours, items: NDArray[np.intp], *, smallest: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Run HDBSCAN on a spanning tree; `points` (m, d) are of the distinct vectors, the result is of `items`."""
    from hdbscan import HDBSCAN

    tree = _spanning_tree(points, neighbours, items)
    # With one sample the distances are taken as they are: those of the tree are mutual reachability already.
    model = HDBSCAN(min_cluster_size=smallest, min_samples=1, metric="precomputed", core_dist_n_jobs=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        groups = model.fit(tree).labels_
        scores = np.nan_to_num(model.outlier_scores_, nan=0.0, posinf=1.0, neginf=0.0)
    return groups.astype(np.intp), np.clip(scores, 0, 1).astype(np.float32)


def _spanning_tree(points: NDArray[np.float32], neighbours: Neighbours, items: NDArray[np.intp]) -> Any:
    """Return the symmetric tree (n, n), n items, of least mutual reachability along the neighbour graph."""
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    starts, ends, lengths = _edges(points, neighbours, items)
    core = np.sort(lengths.reshape(len(items), -1), axis=1)[:, MIN_SAMPLES - 1]
    there = np.isfinite(lengths)
    starts, ends, lengths = starts[there], ends[there], lengths[there]
    reach = np.maximum(np.maximum(core[starts], core[ends]), lengths)
    count = len(items)
    # An edge may stand twice, once from either end, always with the same reach: one of them is enough.
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    _, kept = np.unique(low.astype(np.int64) * count + high, return_index=True)
    graph = csr_array(coo_array((reach[kept], (low[kept], high[kept])), shape=(count, count)))
    graph = _connected(graph, longest=float(reach.max()))
    tree = minimum_spanning_tree(graph)
    return csr_array(tree.maximum(tree.T))


def _edges(
    points: NDArray[np.float32], neighbours: Neighbours, items: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return start, end and length of the edges, as many from each item: to neighbours, and to those that equal it.

    Where fewer are equal the length is infinite.
    """
    place = neighbours.space.place[items]
    order = np.argsort(place, kind="stable")
    first = np.searchsorted(place[order], np.arange(len(points)))
    near = neighbours.indices[place][:, :GRAPH_NEIGHBOURS]
    ends = order[first[near]]
    lengths = np.maximum(np.linalg.norm(points[place][:, None] - points[near], axis=2), LEAST).astype(np.float64)
    for step in range(1, MIN_SAMPLES + 1):  # a ring through equal items: each is close to the next three
        following = np.arange(len(items), dtype=np.intp)
        following[order] = np.roll(order, -step)
        equal = (place[following] == place) & (following != np.arange(len(items)))
        ends = np.column_stack([np.where(equal, following, ends[:, 0]), ends])
        lengths = np.column_stack([np.where(equal, LEAST, np.inf), lengths])
    starts = np.repeat(np.arange(len(items)), ends.shape[1])
    return starts, ends.ravel(), lengths.ravel()


def _connected(graph: Any, *, longest: float) -> Any:
    """Return the graph with its parts joined by edges twice as long as any: they part first."""
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import connected_components

    parts, of = connected_components(graph, directed=False)
    if parts == 1:
        return graph
    firsts = np.unique(of, return_index=True)[1]
    extra = coo_array((np.full(parts - 1, 2 * longest), (firsts[:-1], firsts[1:])), shape=graph.shape)
    return csr_array(graph + csr_array(extra))


def _hdbscan(points: NDArray[np.float32], *, smallest: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    from hdbscan import HDBSCAN

    model = HDBSCAN(min_cluster_size=smallest, min_samples=MIN_SAMPLES, core_dist_n_jobs=1)
    # Identical points have infinite density; the library divides by it and warns, and NaN then means "not out at all".
    with np.errstate(divide="ignore", invalid="ignore"):
        groups = model.fit(points.astype(np.float64)).labels_
        scores = np.nan_to_num(model.outlier_scores_, nan=0.0, posinf=1.0, neginf=0.0)
    return groups.astype(np.intp), np.clip(scores, 0, 1).astype(np.float32)
