"""How many clusters: judged over items, no heap, and a coarser level where it is clearly better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.choosing import UNDEFINED, Judge
from evaldash.clustering.space import prepare


def around(sizes: list[int], *, spread: float, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    middles = np.repeat(rng.normal(size=(len(sizes), 30)), sizes, axis=0)
    return (middles + rng.normal(scale=spread, size=middles.shape)).astype(np.float32)


def test_a_text_that_stands_often_counts_as_often() -> None:
    vectors = around([10, 10, 10], spread=0.1)
    told = np.concatenate([vectors, np.repeat(vectors[:1], 300, axis=0)])
    judge = Judge.of(prepare(told), seed=0)
    assert (judge.sample == 0).sum() == 301


def test_a_heap_is_refused_and_a_large_group_that_is_close_is_not() -> None:
    heap = around([20] * 20 + [40], spread=0.1)
    groups = np.array([0] * 400 + [1] * 40)
    assert Judge.of(prepare(heap), seed=0).score(groups) == UNDEFINED
    close = around([120, 80], spread=0.1)
    assert Judge.of(prepare(close), seed=0).score(np.array([0] * 120 + [1] * 80)) > 0.5


def test_a_clearly_better_coarser_level_is_shown_and_no_other() -> None:
    judge = Judge.of(prepare(around([60] * 6, spread=0.1)), seed=0)
    true, halves = np.repeat(np.arange(6), 60), np.repeat(np.arange(12), 30)
    levels = {12: halves, 6: true, 5: np.minimum(true, 4), 4: np.minimum(true, 3)}
    assert judge.coarser(levels.__getitem__, counts=(4, 5, 6), chosen=12) == 6
    assert judge.coarser(levels.__getitem__, counts=(4, 5), chosen=6) == 6
    assert judge.coarser(levels.__getitem__, counts=(), chosen=6) == 6
