"""Exact nearest neighbours, computed once for clusters and map alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.space import Space, prepare
from evaldash.errors import Cancelled

MAP_NEIGHBOURS = 90  # three times the map's perplexity; clusters need 15 of them
BLOCK_BYTES = 128_000_000  # of similarities held at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbours:
    """The k nearest other vectors of each distinct one: `indices` and cosine `similarities`, (m, k), nearest first."""

    space: Space
    indices: NDArray[np.int32]
    similarities: NDArray[np.float32]

    @property
    def k(self) -> int:
        """How many neighbours each vector has."""
        return int(self.indices.shape[1])


def find_neighbours(
    vectors: NDArray[np.float32], *, k: int = MAP_NEIGHBOURS, should_stop: Callable[[], bool] | None = None
) -> Neighbours:
    """Return the neighbours of the distinct vectors among `vectors` (n, d), by cosine after centring.

    k is lowered to what there is. Exact, in blocks: time grows with the square of n, memory does not.
    Of equally near vectors the first is taken. Raises Cancelled when `should_stop` says so.
    """
    space = prepare(vectors)
    count = len(space.units)
    k = max(0, min(k, count - 1))
    indices = np.empty((count, k), dtype=np.int32)
    similarities = np.empty((count, k), dtype=np.float32)
    block = max(1, BLOCK_BYTES // (4 * max(count, 1)))
    for start in range(0, count if k else 0, block):
        if should_stop is not None and should_stop():
            raise Cancelled(f"the search for neighbours was stopped after {start} of {count} vectors")
        rows = slice(start, start + block)
        indices[rows], similarities[rows] = _nearest(space.units, rows, k=k)
    return Neighbours(space=space, indices=indices, similarities=similarities)


def _nearest(units: NDArray[np.float32], rows: slice, *, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    cosines = units[rows] @ units.T
    own = np.arange(rows.start, rows.start + len(cosines))
    cosines[np.arange(len(cosines)), own] = -np.inf
    nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k] if k < cosines.shape[1] else np.argsort(-cosines, axis=1)
    nearest.sort(axis=1)  # then a stable sort puts the first of equals first
    found = np.take_along_axis(cosines, nearest, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(nearest, order, axis=1).astype(np.int32), np.take_along_axis(found, order, axis=1)
