"""Rates by design: the cases that can be checked against `designs`, by hand, or by drawing again and again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaldash.stats import designs
from evaldash.stats.design_rates import Part, design_rates
from evaldash.stats.ranking import rank_ranges

relaxed = settings(deadline=None, max_examples=60)
STRATA = st.lists(st.tuples(st.integers(2, 12), st.integers(0, 12), st.integers(0, 90)), min_size=1, max_size=4)


def parts_of(rows):
    """Return (holds, parts) of strata given as (read, failures, unread)."""
    holds: list[bool] = []
    parts: list[Part] = []
    for number, (read, failures, unread) in enumerate(rows):
        first = len(holds)
        holds += [place < failures for place in range(read)]
        size = read + unread
        weights = (size / read,) * read
        parts.append(
            Part(stratum=number, rows=tuple(range(first, first + read)), weights=weights, fraction=read / size)
        )
    return np.array(holds)[:, None], parts


@relaxed
@example([(2, 0, 0), (5, 5, 17)])  # nothing varies but for rounding
@given(STRATA)
def test_strata_give_what_the_stratified_rate_gives(rows):
    rows = [(read, min(failures, read), unread) for read, failures, unread in rows]
    holds, parts = parts_of(rows)
    (rate,) = design_rates(holds, np.ones(len(holds), dtype=bool), parts)
    expected = designs.stratified_rate(
        [designs.Stratum(name=str(i), size=n + rest, read=n, failures=x) for i, (n, x, rest) in enumerate(rows)]
    ).rate
    for name in ("estimate", "low", "high", "n_eff"):
        assert getattr(rate, name) == pytest.approx(getattr(expected, name), abs=1e-9)


def test_what_was_certain_is_a_stratum_taken_whole():
    holds, parts = parts_of([(20, 15, 0), (80, 8, 900)])
    (rate,) = design_rates(holds, np.ones(100, dtype=bool), parts)
    assert rate.estimate == pytest.approx(0.113)
    assert (rate.low or 0) < 0.113 < (rate.high or 0) < 0.23


def test_a_segment_keeps_the_weights_of_the_whole():
    holds, parts = parts_of([(10, 5, 90), (10, 5, 10)])
    inside = np.array(([True, False] * 5) * 2)
    (rate,) = design_rates(holds, inside, parts)
    # Five of each ten lie inside: 3 and 3 of them fail (rows 0, 2, 4), with weights 10 and 2.
    assert rate.estimate == pytest.approx((3 * 10 + 3 * 2) / (5 * 10 + 5 * 2))
    assert rate.n == 10


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(7)
    sizes, shares, read = (600, 300, 100), (0.05, 0.2, 0.6), 20
    frame = [rng.random(size) < share for size, share in zip(sizes, shares, strict=True)]
    truth = np.concatenate(frame).mean()
    covered = 0
    for _ in range(300):
        drawn = [rng.choice(stratum, read, replace=False) for stratum in frame]
        parts = [
            Part(stratum=i, rows=tuple(range(i * read, (i + 1) * read)), weights=(size / read,) * read,
                 fraction=read / size)
            for i, size in enumerate(sizes)
        ]  # fmt: skip
        (rate,) = design_rates(np.concatenate(drawn)[:, None], np.ones(60, dtype=bool), parts)
        covered += (rate.low or 0) <= truth <= (rate.high or 0)
    assert 0.91 <= covered / 300 <= 0.99


def test_nothing_inside_is_not_estimable():
    holds, parts = parts_of([(4, 1, 6)])
    assert design_rates(holds, np.zeros(4, dtype=bool), parts)[0].basis == "not estimable"


def test_ranks_overlap_where_the_data_cannot_tell():
    ranks = rank_ranges([(0.5, 200), (0.05, 200), (0.04, 200)])
    assert [(rank.best, rank.worst) for rank in ranks] == [(1, 1), (2, 3), (2, 3)]
    assert rank_ranges([]) == ()
