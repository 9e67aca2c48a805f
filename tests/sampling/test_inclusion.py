"""Traces are drawn as often as the recorded probabilities say (chi-square over a few hundred draws)."""

from __future__ import annotations

from collections import Counter

import pytest

from evaldash.sampling import Candidate, Frame, Request, draw

DRAWS = 400
SIZES = {"a": 24, "b": 10, "c": 5}
FRAME = Frame(
    candidates=tuple(
        Candidate(trace=f"{name}{i}", stratum=name, cluster=ord(name) - ord("a"))
        for name, size in SIZES.items()
        for i in range(size)
    )
)


@pytest.mark.parametrize("strategy", ["uniform", "stratified", "clusters"])
def test_realised_frequencies_agree_with_recorded_probabilities(strategy: str) -> None:
    from scipy.stats import chi2

    seen: Counter[str] = Counter()
    recorded: dict[str, float] = {}
    for seed in range(DRAWS):
        for one in draw(strategy, FRAME, Request(size=12, seed=seed)).traces:
            seen[one.trace] += 1
            assert one.inclusion_probability is not None
            assert recorded.setdefault(one.trace, one.inclusion_probability) == one.inclusion_probability
    assert len(recorded) == FRAME.size
    assert sum(recorded.values()) == pytest.approx(12)
    # The counts of a stratum add up to n_h: that costs a degree of freedom and makes the sum N_h / (N_h - 1) too large.
    strata = [len(recorded)] if strategy == "uniform" else list(SIZES.values())
    statistic = sum(
        (seen[t] - DRAWS * p) ** 2 / (DRAWS * p * (1 - p)) * (1 - 1 / _stratum_size(t, strategy))
        for t, p in recorded.items()
    )
    low, high = chi2.ppf([0.001, 0.999], df=len(recorded) - len(strata))
    assert low < statistic < high


def _stratum_size(trace: str, strategy: str) -> int:
    return FRAME.size if strategy == "uniform" else SIZES[trace[0]]


def test_the_weighted_estimate_of_a_known_share_is_unbiased() -> None:
    truth = SIZES["c"] / FRAME.size
    estimates = []
    for seed in range(DRAWS):
        drawn = draw("clusters", FRAME, Request(size=12, seed=seed)).traces
        estimates.append(sum(1 / (one.inclusion_probability or 1) for one in drawn if one.trace[0] == "c") / FRAME.size)
    assert sum(estimates) / DRAWS == pytest.approx(truth)


def test_the_uniform_half_of_mixed_has_the_probability_it_records() -> None:
    import numpy as np

    vectors = np.random.default_rng(0).normal(size=(FRAME.size, 4)).astype(np.float32)
    candidates = [Candidate(trace=c.trace, vector=i) for i, c in enumerate(FRAME.candidates)]
    frame = Frame(candidates=candidates, vectors=vectors)
    seen = Counter(
        one.trace
        for seed in range(DRAWS)
        for one in draw("mixed", frame, Request(size=20, seed=seed)).traces
        if one.stream == "uniform"
    )
    p = 10 / FRAME.size
    assert all(abs(seen[c.trace] / DRAWS - p) < 4.5 * (p * (1 - p) / DRAWS) ** 0.5 for c in candidates)
