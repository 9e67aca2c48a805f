"""Groups by the Leiden algorithm on the graph of nearest neighbours, the resolution chosen without labels.

Leiden: Traag, Waltman & van Eck 2019; here from graspologic-native (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.choosing import Judge
from evaldash.clustering.neighbours import Neighbours

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RESOLUTIONS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0)  # finer ones over-split sets of up to 150 kinds
K = 15
SMALL = 200  # items; below it the silhouette of a partition is mostly noise
SMALL_K = 5
SMALL_RESOLUTION = 2.0
TINY = 12  # items; below it nearly all are neighbours of all, and the graph says nothing
TINY_SIMILARITY = 0.5  # mean cosine above which few notes say the same
FINER = 3  # times the resolution of the clusters: the leaves that coarser and finer levels are made of
LEIDEN_ITERATIONS = 2  # the second starts from the first and seldom changes much
MIN_WEIGHT = 1e-3  # a neighbour on the far side still is one; Leiden takes no negative weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partition:
    """A group number for each distinct vector, and the parameters that made it."""

    groups: NDArray[np.intp]
    parameters: Mapping[str, float | str]


def partition(neighbours: Neighbours, vectors: NDArray[np.float32], judge: Judge | None, *, seed: int) -> Partition:
    """Group the distinct vectors; the same seed gives the same groups. `vectors` (m, d) are theirs before centring.

    `judge` chooses the resolution; without one, as for few vectors, it is fixed.
    """
    count = len(neighbours.space.units)
    if count < TINY:
        return Partition(groups=_linked(vectors), parameters={"linkage": "average", "similarity": TINY_SIMILARITY})
    if judge is None:
        groups = _leiden(_union_graph(neighbours, k=SMALL_K), resolution=SMALL_RESOLUTION, seed=seed)
        return Partition(groups=groups, parameters={"k": SMALL_K, "resolution": SMALL_RESOLUTION})
    return _best_partition(neighbours, judge, seed=seed)


def leaves(neighbours: Neighbours, found: Partition, *, seed: int) -> NDArray[np.intp]:
    """Return finer groups of the distinct vectors, each inside one group of `found`, numbered from 0."""
    if "resolution" not in found.parameters:
        return np.arange(len(found.groups), dtype=np.intp)
    graph = _union_graph(neighbours, k=int(found.parameters["k"]))
    inside = _inside(graph, found.groups)
    finer = _leiden(inside, resolution=FINER * float(found.parameters["resolution"]), seed=seed)
    both = found.groups.astype(np.int64) * (finer.max(initial=0) + 1) + finer
    return np.unique(both, return_inverse=True)[1].astype(np.intp)


def _inside(graph: csr_array[Any], groups: NDArray[np.intp]) -> csr_array[Any]:
    """Return the graph without the edges from group to group."""
    from scipy.sparse import csr_array

    edges = graph.tocoo()
    rows, columns = edges.coords
    kept = groups[rows] == groups[columns]
    inside = csr_array((edges.data[kept], (rows[kept], columns[kept])), shape=graph.shape)
    inside.sort_indices()
    return inside


def _best_partition(neighbours: Neighbours, judge: Judge, *, seed: int) -> Partition:
    """Return the partition with the best silhouette; of equally good ones the coarsest."""
    graph = _union_graph(neighbours, k=K)
    partitions = [_leiden(graph, resolution=resolution, seed=seed) for resolution in RESOLUTIONS]
    scores = [judge.score(groups) for groups in partitions]
    best = int(np.argmax(scores))
    parameters = {"k": K, "resolution": RESOLUTIONS[best], "silhouette": round(scores[best], 4)}
    return Partition(groups=partitions[best], parameters=parameters)


def _union_graph(neighbours: Neighbours, *, k: int) -> csr_array[Any]:
    """Return the graph in which two vectors are joined when either is among the k nearest of the other."""
    from scipy.sparse import csr_array

    k = min(k, neighbours.k)
    count = len(neighbours.indices)
    weights = np.maximum(neighbours.similarities[:, :k], MIN_WEIGHT).astype(np.float64).ravel()
    pointers = np.arange(count + 1, dtype=np.int64) * k
    one_way = csr_array((weights, neighbours.indices[:, :k].ravel(), pointers), shape=(count, count))
    graph = csr_array(one_way.maximum(one_way.T))
    graph.sort_indices()
    return graph


def _leiden(graph: csr_array[Any], *, resolution: float, seed: int) -> NDArray[np.intp]:
    import graspologic_native

    count = graph.shape[0]
    _, found = graspologic_native.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        count,
        resolution=resolution,
        iterations=LEIDEN_ITERATIONS,
        seed=seed,
    )
    return np.array([found[node] for node in range(count)], dtype=np.intp)


def _linked(vectors: NDArray[np.float32]) -> NDArray[np.intp]:
    """Group a handful of vectors by average linkage: those stay together that are alike on average."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.intp)
    merges = linkage(vectors.astype(np.float64), method="average", metric="cosine")
    groups: NDArray[np.intp] = fcluster(merges, 1 - TINY_SIMILARITY, criterion="distance").astype(np.intp)
    return groups
