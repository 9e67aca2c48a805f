"""New items among the clusters of an earlier run: each goes where its nearest neighbours are, and nobody else moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.space import MIN_CENTRED, ZERO_LENGTH

K = 15
BLOCK_BYTES = 128_000_000  # of similarities held at a time
NOISE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """For each of m new items its group (-1: none), its outlier score, and its point on the map (m, 2)."""

    groups: NDArray[np.intp]
    outlier_scores: NDArray[np.float32]
    points: NDArray[np.float32]


def place(
    fresh: NDArray[np.float32],
    known: NDArray[np.float32],
    groups: NDArray[np.intp],
    outlier_scores: NDArray[np.float32],
    points: NDArray[np.float32],
) -> Placed:
    """Place `fresh` (m, d) among `known` (n, d), whose groups (n,), scores (n,) and points (n, 2) are given.

    The group is that of most similarity among the fifteen nearest by cosine after centring as the run did; score and
    point are their means, weighted in the same way. A blank item has no group. Each new item is placed on its own.
    """
    blank_known = np.linalg.norm(known, axis=1) <= ZERO_LENGTH
    middle = np.zeros(known.shape[1], dtype=np.float32)
    if (~blank_known).sum() >= MIN_CENTRED:
        middle = known[~blank_known].mean(axis=0).astype(np.float32)
    there = _units(known, middle)
    result = Placed(
        groups=np.full(len(fresh), NOISE, dtype=np.intp),
        outlier_scores=np.zeros(len(fresh), dtype=np.float32),
        points=np.zeros((len(fresh), 2), dtype=np.float32),
    )
    k = min(K, int((~blank_known).sum()))
    block = max(1, BLOCK_BYTES // (4 * max(len(known), 1)))
    for start in range(0, len(fresh) if k else 0, block):
        rows = np.arange(start, min(start + block, len(fresh)))
        rows = rows[np.linalg.norm(fresh[rows], axis=1) > ZERO_LENGTH]
        cosines = _units(fresh[rows], middle) @ there.T
        cosines[:, blank_known] = -np.inf
        near = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
        weights = np.maximum(np.take_along_axis(cosines, near, axis=1), ZERO_LENGTH)
        shares = weights / weights.sum(axis=1, keepdims=True)
        result.groups[rows] = [_heaviest(groups[n], w) for n, w in zip(near, weights, strict=True)]
        result.outlier_scores[rows] = (outlier_scores[near] * shares).sum(axis=1)
        result.points[rows] = (points[near] * shares[:, :, None]).sum(axis=1)
    return result


def _heaviest(groups: NDArray[np.intp], weights: NDArray[np.float32]) -> int:
    """Return the group with the most weight, of equal ones the one of the nearest."""
    sums: dict[int, float] = {}
    for group, weight in zip(groups.tolist(), weights.tolist(), strict=True):
        sums[group] = sums.get(group, 0.0) + weight
    return max(sums, key=lambda group: round(sums[group], 6))


def _units(rows: NDArray[np.float32], middle: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = (rows - middle).astype(np.float32)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: NDArray[np.float32] = centred / np.maximum(lengths, ZERO_LENGTH)
    return unit
