"""Nearest neighbours, computed once for clusters, outliers and map alike: exact, or approximate for very many vectors.

Both are the same on every run on one machine. The approximate search is an inverted file (faiss, seeded): vectors are
sorted into some thousand cells, and each vector is compared with those of the ten cells nearest to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.space import Space, prepare
from evaldash.errors import Cancelled

MAP_NEIGHBOURS = 90  # three times the map's perplexity; clusters need 15 of them
EXACT_UP_TO = 20_000  # distinct vectors; 10 s of two cores, and the time grows with the square
APPROXIMATE_NEIGHBOURS = 30  # of each vector; ninety would cost as much as all the rest
CELLS_PER_ROOT = 4  # cells for each unit of the square root of the number of vectors, as faiss advises
CELLS_LOOKED_INTO = 10  # of 564 at 20,000 vectors, 1,264 at 100,000; more find more and take longer
TRAINING_ROUNDS = 10  # of k-means over the cells; more change little
TRAINING_PER_CELL = 40  # vectors; faiss warns below 39
THREADS = 2
BLOCK_BYTES = 128_000_000  # of similarities held at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """The k nearest other vectors of each distinct one: `indices` and cosine `similarities`, (m, k), nearest first."""

    space: Space
    indices: NDArray[np.int32]
    similarities: NDArray[np.float32]
    exact: bool = True

    @property
    def k(self) -> int:
        """How many neighbours each vector has."""
        return int(self.indices.shape[1])


def find_neighbours(
    vectors: NDArray[np.float32], *, k: int = MAP_NEIGHBOURS, should_stop: Callable[[], bool] | None = None
) -> Neighbours:
    """Return the neighbours of the distinct vectors among `vectors` (n, d), by cosine after centring.

    k is lowered to what there is. Up to 20,000 distinct vectors exact, in blocks; beyond approximate, and at most 30.
    Of equally near vectors the first is taken. Raises Cancelled when `should_stop` says so.
    """
    space = prepare(vectors)
    count = len(space.units)
    k = max(0, min(k, count - 1))
    if count > EXACT_UP_TO:
        _raise_if_stopped(should_stop, done=0, count=count)
        indices, similarities = _approximate(space.units, k=min(k, APPROXIMATE_NEIGHBOURS))
        return Neighbours(space=space, indices=indices, similarities=similarities, exact=False)
    indices = np.empty((count, k), dtype=np.int32)
    similarities = np.empty((count, k), dtype=np.float32)
    block = max(1, BLOCK_BYTES // (4 * max(count, 1)))
    for start in range(0, count if k else 0, block):
        _raise_if_stopped(should_stop, done=start, count=count)
        rows = np.arange(start, min(start + block, count))
        indices[rows], similarities[rows] = _nearest(space.units, rows, k=k)
    return Neighbours(space=space, indices=indices, similarities=similarities)


def _raise_if_stopped(should_stop: Callable[[], bool] | None, *, done: int, count: int) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled(f"the search for neighbours was stopped after {done} of {count} vectors")


def _approximate(units: NDArray[np.float32], *, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    import faiss

    faiss.omp_set_num_threads(THREADS)
    count, dimensions = units.shape
    cells = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFFlat(cells, dimensions, CELLS_PER_ROOT * isqrt(count), faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = TRAINING_ROUNDS, TRAINING_PER_CELL
    index.train(units)
    index.add(units)
    index.nprobe = CELLS_LOOKED_INTO
    similarities, indices = index.search(units, k + 1)
    return _without_self(units, indices, similarities, k=k)


def nearest_among(
    units: NDArray[np.float32], others: NDArray[np.float32], *, k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return cosines and positions, (m, k), of the k nearest of `others` (n, d) to each of `units` (m, d); exact."""
    import faiss

    faiss.omp_set_num_threads(THREADS)
    index = faiss.IndexFlatIP(units.shape[1])
    index.add(others)
    similarities, indices = index.search(units, k)
    return similarities, indices


def _without_self(
    units: NDArray[np.float32], indices: NDArray[np.int64], similarities: NDArray[np.float32], *, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return what was found (m, k + 1) without each vector itself; rows that came back short are searched exactly."""
    own = indices == np.arange(len(indices))[:, None]
    own[~own.any(axis=1), -1] = True  # it was not among them: the farthest goes
    nearest = indices[~own].reshape(-1, k).astype(np.int32)
    similarities = similarities[~own].reshape(-1, k)
    short = np.flatnonzero((nearest < 0).any(axis=1))
    for rows in np.array_split(short, max(1, len(short) * len(units) * 4 // BLOCK_BYTES + 1)):
        if len(rows):
            nearest[rows], similarities[rows] = _nearest(units, rows, k=k)
    return nearest, similarities


def _nearest(
    units: NDArray[np.float32], rows: NDArray[np.intp], *, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    cosines = units[rows] @ units.T
    cosines[np.arange(len(rows)), rows] = -np.inf
    nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k] if k < cosines.shape[1] else np.argsort(-cosines, axis=1)
    nearest.sort(axis=1)  # then a stable sort puts the first of equals first
    found = np.take_along_axis(cosines, nearest, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(nearest, order, axis=1).astype(np.int32), np.take_along_axis(found, order, axis=1)
