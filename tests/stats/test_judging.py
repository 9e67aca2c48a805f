"""Correcting a judge: properties that hold whatever the numbers are, and sentences for a judge that tells nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.stats import judging

SHARES = st.floats(0.6, 1.0)


@given(st.integers(0, 200), SHARES, SHARES)
def test_the_corrected_rate_lies_in_its_interval_and_between_0_and_1(
    x: int, sensitivity: float, specificity: float
) -> None:
    found = judging.corrected_known(x, 200, sensitivity=sensitivity, specificity=specificity)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.warning is None or not 0 <= found.raw <= 1
    assert found.warning or -1e-9 <= found.raw <= 1 + 1e-9


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_perfect_judge_needs_no_correction(x: int, more: int) -> None:
    found = judging.corrected_known(x, x + more, sensitivity=1.0, specificity=1.0)
    assert found.estimate == pytest.approx(x / (x + more))


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [([True, True, False, False], [False, False, True, True]), ([True, True], [True, False]), ([False], [False])],
)
def test_a_judge_that_tells_nothing_is_refused(labels: list[bool], predictions: list[bool]) -> None:
    with pytest.raises(judging.UselessJudge):
        judging.corrected_by_labels(labels, predictions, 0.5)


def test_more_labels_and_more_traces_narrow_the_interval() -> None:
    def width(n: int, m: int) -> float:
        _, found, _ = judging.corrected_interval(0.3, n, q0=0.9, q1=0.8, m0=m, m1=m)
        return found.high - found.low

    assert width(2000, 400) < width(200, 400)
    assert width(2000, 400) < width(2000, 50)


@pytest.mark.slow
def test_lees_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(7)
    truth, q0, q1, m, n = 0.2, 0.85, 0.9, 60, 400
    hits = 0
    for _ in range(2_000):
        p = rng.binomial(n, truth * q1 + (1 - truth) * (1 - q0)) / n
        seen0, seen1 = rng.binomial(m, q0) / m, rng.binomial(m, q1) / m
        _, found, _ = judging.corrected_interval(p, n, q0=seen0, q1=seen1, m0=m, m1=m)
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / 2_000 <= 0.99


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=5, max_size=40), st.integers(0, 2**30))
def test_the_best_weight_varies_no_more_than_none_or_all(pairs: list[tuple[bool, bool]], seed: int) -> None:
    rest = np.random.default_rng(seed).integers(0, 2, 200).tolist()
    y, f = [float(pair[0]) for pair in pairs], [float(pair[1]) for pair in pairs]
    found = [judging.predicted_mean(y, f, rest, weight=weight) for weight in (None, 0.0)]
    assert found[0].high - found[0].low <= (found[1].high - found[1].low) * 1.05 + 1e-9
