"""Variety: greedy farthest-first traversal, at most twice as coarse as the best cover (Gonzalez 1985)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAME = 1e-3  # Euclidean distance of unit vectors below which two are one text, up to rounding


def farthest_first(
    points: NDArray[np.float32],
    *,
    count: int,
    start: int | None = None,
    chosen: NDArray[np.float32] | None = None,
    same: float = SAME,
) -> list[int]:
    """Return up to `count` rows of `points` (n, d), each the farthest (Euclidean) from those before and `chosen`.

    `start` is the first pick where nothing is chosen yet. Of equally far rows the first wins. A picked row and its
    duplicates are at distance 0 and never come again: the traversal ends when nothing new is left.
    """
    distance = _distance_to(points, chosen) if chosen is not None and len(chosen) else np.full(len(points), np.inf)
    picked: list[int] = []
    while len(picked) < min(count, len(points)):
        first = not picked and start is not None and np.isinf(distance).all()
        row = start if first and start is not None else int(distance.argmax())
        if distance[row] <= same:
            break
        picked.append(row)
        distance = np.minimum(distance, np.linalg.norm(points - points[row], axis=1))
        distance[row] = 0.0
    return picked


def _distance_to(points: NDArray[np.float32], chosen: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the distance of each point to the nearest of `chosen`, one after the other to keep memory small."""
    distance = np.full(len(points), np.inf)
    for other in chosen:
        distance = np.minimum(distance, np.linalg.norm(points - other, axis=1))
    return distance
