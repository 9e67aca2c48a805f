"""Groups where vectors lie dense, noise elsewhere, and how far each item stands out (HDBSCAN with GLOSH).

Campello, Moulavi, Zimek & Sander 2015.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.space import Space, principal_components

DIMENSIONS = 50  # density fades in more
SMALLEST_GROUP = 3
MIN_SAMPLES = 3
FEWEST = 5  # items; fewer have no density to speak of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Density:
    """For each of n items its group (-1 noise) and its outlier score (0 well inside to 1 far outside)."""

    groups: NDArray[np.intp]
    outlier_scores: NDArray[np.float32]
    parameters: Mapping[str, float | str]


def density(space: Space) -> Density:
    """Return groups and outlier scores of all items; repeated texts count as often as they stand.

    A blank item is noise with score 0: nothing is known about it.
    """
    items = np.flatnonzero(space.place >= 0)
    smallest = max(SMALLEST_GROUP, round(sqrt(len(items)) / 4))
    groups = np.full(len(space.place), -1, dtype=np.intp)
    scores = np.zeros(len(space.place), dtype=np.float32)
    if len(items) >= FEWEST:
        points = principal_components(space.units, at_most=DIMENSIONS)[space.place[items]]
        groups[items], scores[items] = _hdbscan(points, smallest=smallest)
    parameters = {"min_cluster_size": smallest, "min_samples": MIN_SAMPLES, "dimensions": DIMENSIONS}
    return Density(groups=groups, outlier_scores=scores, parameters=parameters)


def _hdbscan(points: NDArray[np.float32], *, smallest: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    from hdbscan import HDBSCAN

    model = HDBSCAN(min_cluster_size=smallest, min_samples=MIN_SAMPLES, core_dist_n_jobs=1)
    # Identical points have infinite density; the library divides by it and warns, and NaN then means "not out at all".
    with np.errstate(divide="ignore", invalid="ignore"):
        groups = model.fit(points.astype(np.float64)).labels_
        scores = np.nan_to_num(model.outlier_scores_, nan=0.0, posinf=1.0, neginf=0.0)
    return groups.astype(np.intp), np.clip(scores, 0, 1).astype(np.float32)
