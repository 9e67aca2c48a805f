"""How many clusters: judged by the silhouette (Rousseeuw 1987) over a sample of items, without labels.

It is judged over items, so that a text which stands a thousand times counts as often: over distinct texts alone a few
hundred wordings of one wish outweighed a dozen questions that most people ask in the same words. A cluster that holds
more than half of all items is a heap, which the mean silhouette likes too well: it is refused unless it is close in
itself, by the measure of Kaufman & Rousseeuw (1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.space import Space, principal_components

SAMPLE = 2_000  # items; the cost grows with the square
DIMENSIONS = 50
HEAP = 0.5  # share of all items above which a cluster is a heap
CLOSE = 0.5  # mean silhouette of its own from which on it is none: "a reasonable structure has been found"
CLEARLY = 0.05  # of silhouette, by which a coarser level must be better to be shown in place of the one found
UNDEFINED = -1.0  # the score of one group, of groups of one, and of heaps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Scores partitions of the distinct vectors; `sample` are places of items, `distances` between these, (s, s)."""

    sample: NDArray[np.intp]
    distances: NDArray[np.float32]

    @classmethod
    def of(cls, space: Space, *, seed: int) -> Judge:
        """Draw the sample."""
        places = space.place[space.place >= 0]
        size = min(SAMPLE, len(places))
        sample = places[np.random.default_rng(seed).choice(len(places), size=size, replace=False)]
        points = principal_components(space.units, at_most=DIMENSIONS)[sample]
        points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        distances = np.maximum(1 - points @ points.T, 0)
        np.fill_diagonal(distances, 0)
        return cls(sample=sample, distances=distances)

    def score(self, groups: NDArray[np.intp]) -> float:
        """Return the mean silhouette of `groups` (m,) of the distinct vectors, by cosine; -1 where it says nothing."""
        from sklearn.metrics import silhouette_samples

        found, of_sample, sizes = np.unique(groups[self.sample], return_inverse=True, return_counts=True)
        if not 2 <= len(found) < len(of_sample):
            return UNDEFINED
        each = silhouette_samples(self.distances, of_sample, metric="precomputed")
        largest = of_sample == sizes.argmax()
        heap = largest.mean() > HEAP and each[largest].mean() < CLOSE
        return UNDEFINED if heap else float(each.mean())

    def coarser(self, at: Callable[[int], NDArray[np.intp]], *, counts: Iterable[int], chosen: int) -> int:
        """Return the number of groups to show: `chosen`, or the one of `counts` whose level is clearly better.

        `at` gives the groups (m,) of the distinct vectors when so many are left.
        """
        least = self.score(at(chosen)) + CLEARLY
        scores = {count: self.score(at(count)) for count in counts}
        best = max(scores, key=lambda count: (scores[count], -count), default=chosen)
        return best if scores.get(best, UNDEFINED) > least else chosen
