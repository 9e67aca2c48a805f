"""The map: each item a point in two dimensions, near what is like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.neighbours import MAP_NEIGHBOURS, Neighbours, find_neighbours, nearest_among
from evaldash.clustering.space import Space, prepare, principal_components
from evaldash.errors import Cancelled

if TYPE_CHECKING:
    from openTSNE import TSNEEmbedding

Progress = Callable[[int, int], None]
"""Called with (iterations done, iterations in all)."""

PERPLEXITY = MAP_NEIGHBOURS / 3
FEWEST_FOR_TSNE = 10  # distinct vectors; fewer are better served by two principal components
EARLY_ITERATIONS = 150  # with exaggeration, which sorts the groups
LATE_ITERATIONS = 300  # which spread each group; more change little (measured up to 52,000 vectors)
SMALL_SET = 1_000  # distinct vectors; below it half of the iterations do
EARLY_EXAGGERATION = 12  # van der Maaten & Hinton 2008
SAMPLE = 20_000  # distinct vectors that are laid out; of more, the others are placed among them
PLACED_BY = 3  # nearest vectors of the sample, in whose middle another one is placed
PLACED_APART = 0.2  # spread of what would lie on one point, in units of the map, where dots are about 1 apart
REPORT_EVERY = 10  # iterations: at most some seconds for 100,000 vectors
THREADS = 2


def pca_layout(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the first two principal components of `vectors` (n, d) as (n, 2): at once, but only the coarsest picture.

    Blank items, whose vectors are zero, lie in the middle.
    """
    space = prepare(vectors)
    return _to_items(space, _two_components(space))


def tsne_layout(
    vectors: NDArray[np.float32],
    *,
    seed: int,
    neighbours: Neighbours | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> NDArray[np.float32]:
    """Return a t-SNE map of `vectors` (n, d) as (n, 2), started from the principal components (openTSNE).

    `neighbours`, when given, are those of `vectors`. Equal vectors share a point; blank items lie in the middle.
    Of more than 20,000 distinct vectors so many, drawn at random, are laid out, and each other one is placed between
    the three of them that are nearest to it. Raises Cancelled when `should_stop` says so.
    """
    space = prepare(vectors) if neighbours is None else neighbours.space
    if len(space.units) > SAMPLE:
        return _to_items(space, _by_sample(space, seed, progress, should_stop))
    neighbours = neighbours or find_neighbours(vectors, should_stop=should_stop)
    start = _two_components(space)
    if len(space.units) < FEWEST_FOR_TSNE:
        return _to_items(space, start)
    return _to_items(space, _optimised(start, neighbours, seed, progress, should_stop))


def _two_components(space: Space) -> NDArray[np.float32]:
    points = np.zeros((len(space.units), 2), dtype=np.float32)
    components = principal_components(space.units, at_most=2)
    points[:, : components.shape[1]] = components
    return points


def _to_items(space: Space, points: NDArray[np.float32]) -> NDArray[np.float32]:
    items: NDArray[np.float32] = space.to_items(points, blank=0.0).astype(np.float32)
    return items


def _by_sample(
    space: Space, seed: int, progress: Progress | None, should_stop: Callable[[], bool] | None
) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(space.units), dtype=bool)
    chosen[rng.choice(len(space.units), size=SAMPLE, replace=False)] = True
    sample = find_neighbours(space.units[chosen], should_stop=should_stop)
    points = np.empty((len(space.units), 2), dtype=np.float32)
    points[chosen] = _to_items(
        sample.space, _optimised(_two_components(sample.space), sample, seed, progress, should_stop)
    )
    similarities, near = nearest_among(space.units[~chosen], space.units[chosen], k=PLACED_BY)
    weights = np.maximum(similarities, 0) ** 2 + 1e-6
    weights /= weights.sum(axis=1, keepdims=True)
    middles = (points[chosen][near] * weights[:, :, None]).sum(axis=1)
    points[~chosen] = middles + rng.normal(scale=PLACED_APART, size=middles.shape)
    return points


def _optimised(
    start: NDArray[np.float32],
    neighbours: Neighbours,
    seed: int,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> NDArray[np.float32]:
    early, late = _iterations(len(start))
    common: dict[str, Any] = {"callbacks_every_iters": REPORT_EVERY, "n_jobs": THREADS, "inplace": True}
    embedding = _initial(start, neighbours, seed)
    watch = _watch(progress, should_stop, before=0, total=early + late)
    embedding.optimize(n_iter=early, exaggeration=EARLY_EXAGGERATION, momentum=0.5, callbacks=watch, **common)
    watch = _watch(progress, should_stop, before=early, total=early + late)
    embedding.optimize(n_iter=late, momentum=0.8, callbacks=watch, **common)
    points: NDArray[np.float32] = np.asarray(embedding, dtype=np.float32)
    points -= points.mean(axis=0, keepdims=True)
    return points


def _iterations(count: int) -> tuple[int, int]:
    share = 1.0 if count >= SMALL_SET else 0.5
    return int(share * EARLY_ITERATIONS), int(share * LATE_ITERATIONS)


def _initial(start: NDArray[np.float32], neighbours: Neighbours, seed: int) -> TSNEEmbedding:
    from openTSNE import TSNEEmbedding, affinity, initialization
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    k = min(MAP_NEIGHBOURS, neighbours.k)
    distances = np.sqrt(np.maximum(2 - 2 * neighbours.similarities[:, :k].astype(np.float64), 0))
    index = PrecomputedNeighbors(neighbours.indices[:, :k].astype(np.int64), distances)
    affinities = affinity.PerplexityBasedNN(knn_index=index, perplexity=min(PERPLEXITY, k / 3), n_jobs=THREADS)
    return TSNEEmbedding(initialization.rescale(start.astype(np.float64)), affinities, random_state=seed)


def _watch(
    progress: Progress | None, should_stop: Callable[[], bool] | None, *, before: int, total: int
) -> Callable[[int, float, Any], bool]:
    def each(iteration: int, _error: float, _embedding: Any) -> bool:
        if should_stop is not None and should_stop():
            raise Cancelled(f"the map was stopped after {before + iteration} of {total} rounds")
        if progress is not None:
            progress(before + iteration, total)
        return False  # True would end it quietly, half done

    return each
