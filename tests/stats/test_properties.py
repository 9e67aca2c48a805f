"""What must hold whatever was read."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaldash.errors import InvalidInput
from evaldash.stats import accumulation as curve
from evaldash.stats import agreement, designs, intervals, raters, richness
from evaldash.stats.incidence import of_traces
from evaldash.stats.rates import weighted_rate
from evaldash.stats.saturation import Read, chance_next_new, incidence, one_off_traces, traces_needed

relaxed = settings(deadline=None, max_examples=60)  # a first import, or a busy machine, is no failure
MODES = st.sampled_from("abcdefgh")
SETS = st.frozensets(MODES, max_size=4)
READS = st.lists(st.tuples(SETS, st.booleans()), max_size=30).map(
    lambda rows: [Read(trace=str(i), modes=modes, uniform=uniform) for i, (modes, uniform) in enumerate(rows)]
)
COUNTS = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@relaxed
@given(READS, MODES, MODES)
def test_merging_modes_never_raises_the_chance_of_a_new_one(reads, kept, gone):
    def merge(read):
        modes = frozenset(kept if mode == gone else mode for mode in read.modes)
        return Read(trace=read.trace, modes=modes, uniform=read.uniform)

    assert chance_next_new([merge(read) for read in reads]).L <= chance_next_new(reads).L


@relaxed
@given(READS, st.randoms(use_true_random=False))
def test_order_changes_no_estimator(reads, rng: random.Random):
    other = rng.sample(reads, len(reads))
    assert chance_next_new(other) == chance_next_new(reads)
    assert set(one_off_traces(other)) == set(one_off_traces(reads))
    assert incidence(other) == incidence(reads)


@relaxed
@given(READS)
def test_the_bound_is_never_below_the_estimate_nor_the_estimate_below_low(reads):
    chance = chance_next_new(reads)
    assert (chance.low or 0) <= (chance.estimate or 0) <= chance.upper <= 1


@relaxed
@given(COUNTS)
def test_more_one_off_traces_raise_the_bound_and_more_traces_lower_it(pair):
    x, n = pair
    bound = intervals.upper_bound(x, n, level=0.975)
    assert intervals.upper_bound(x, n + 1, level=0.975) <= bound
    assert intervals.upper_bound(min(x + 1, n), n, level=0.975) >= bound


@relaxed
@given(COUNTS, st.sampled_from([0.05, 0.1, 0.3]))
def test_traces_needed_is_the_first_that_is_enough(pair, eps):
    one_off, traces = pair
    total = traces_needed(one_off, traces, eps=eps).total
    assert intervals.upper_bound(one_off, total, level=0.975) <= eps
    assert total - 1 < one_off or intervals.upper_bound(one_off, total - 1, level=0.975) > eps


@relaxed
@given(COUNTS, st.sampled_from([intervals.wilson, intervals.clopper_pearson, intervals.jeffreys]))
def test_intervals_enclose_the_estimate_and_mirror(pair, method):
    x, n = pair
    found, mirrored = method(x, n), method(n - x, n)
    assert 0 <= found.low <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high)
    if n:
        assert found.low <= x / n + 1e-12
        assert x / n <= found.high + 1e-12


@pytest.mark.parametrize("name", ["wilson", "beta", "jeffreys"])
def test_intervals_agree_with_statsmodels(name):
    from statsmodels.stats.proportion import proportion_confint

    method = {"wilson": intervals.wilson, "beta": intervals.clopper_pearson, "jeffreys": intervals.jeffreys}[name]
    for x, n in [(1, 9), (7, 20), (99, 100)]:
        found = method(x, n)
        assert (found.low, found.high) == pytest.approx(proportion_confint(x, n, method=name), abs=1e-9)


def test_nothing_read_is_no_evidence():
    assert intervals.wilson(0, 0) == intervals.Interval(
        estimate=None, low=0.0, high=1.0, level=0.95, method="wilson", n=0
    )
    assert chance_next_new([]).upper == 1.0
    assert curve.coverage(of_traces([])) is None
    assert curve.rarefaction(of_traces([])) == ()


@pytest.mark.parametrize(("x", "n"), [(3, 2), (-1, 4)])
def test_counts_that_cannot_be_are_refused(x, n):
    with pytest.raises(InvalidInput, match="must lie between 0 and n"):
        intervals.wilson(x, n)


@relaxed
@given(st.lists(SETS, min_size=2, max_size=25))
def test_estimates_of_richness_never_fall_below_what_was_seen(traces):
    data = of_traces(traces)
    for estimator in (richness.chao2, richness.chao2_bias_corrected, richness.ichao2, richness.jackknife1):
        found = estimator(data)
        assert found.estimate >= data.observed - 1e-9
        assert found.low is None or data.observed <= found.low <= found.estimate <= (found.high or 0)


@relaxed
@given(st.lists(SETS, min_size=1, max_size=25))
def test_the_curve_rises_to_what_was_seen_and_on(traces):
    data = of_traces(traces)
    points = curve.rarefaction(data)
    values = [point.modes for point in points]
    assert values == sorted(values)
    assert values[0] == 0
    assert values[-1] == pytest.approx(data.observed)
    assert curve.modes_after(data, len(traces) * 2) >= data.observed
    assert all(point.low <= point.modes <= point.high for point in points)


@relaxed
@given(st.lists(SETS, min_size=1, max_size=25), st.integers(0, 100))
def test_new_modes_expected_stay_within_the_unseen_ones_and_a_doubling(traces, m):
    data = of_traces(traces)
    found = curve.expected_new(data, m)
    assert found.traces <= len(traces)
    assert 0 <= found.low <= found.modes <= found.high
    assert found.modes <= richness.unseen_modes(data) + 1e-9


@relaxed
@given(st.lists(st.booleans(), min_size=2, max_size=40))
def test_weights_of_one_are_the_unweighted_case(holds):
    n, share = len(holds), sum(holds) / len(holds)
    rate = weighted_rate(holds, [1.0] * n)
    mean = designs.weighted_mean([float(held) for held in holds], [1.0] * n)
    assert rate.estimate == pytest.approx(share)
    assert mean.value == pytest.approx(share)
    assert mean.se == pytest.approx((share * (1 - share) / (n - 1)) ** 0.5, abs=1e-12)


@relaxed
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 30)), min_size=1, max_size=4))
def test_a_frame_read_whole_leaves_nothing_to_chance(rows):
    strata = [designs.Stratum(name=str(i), size=n, read=n, failures=min(x, n)) for i, (n, x) in enumerate(rows)]
    rate = designs.stratified_rate(strata).rate
    assert rate.low == rate.estimate == rate.high
    assert rate.estimate == pytest.approx(sum(s.failures for s in strata) / sum(s.size for s in strata))


class TestStratified:
    big = designs.Stratum(name="big", size=900, read=40, failures=4)

    def test_one_trace_is_joined_with_the_nearest_and_said(self):
        found = designs.stratified_rate([self.big, designs.Stratum(name="tiny", size=50, read=1, failures=1)])
        assert found.notes == ("Stratum 'tiny' has one trace read and was joined with 'big'.",)
        assert found.rate.n == 41

    def test_a_stratum_not_read_leaves_a_range(self):
        found = designs.stratified_rate([self.big, designs.Stratum(name="dark", size=100, read=0, failures=0)])
        alone = designs.stratified_rate([self.big]).rate
        assert found.rate.estimate is None
        assert found.rate.low == pytest.approx((alone.low or 0) * 0.9)
        assert found.rate.high == pytest.approx((alone.high or 0) * 0.9 + 0.1)
        assert "'dark', 10%" in found.notes[0]

    def test_no_failure_still_has_an_upper_bound(self):
        rate = designs.stratified_rate([designs.Stratum(name="a", size=900, read=40, failures=0)]).rate
        assert rate.estimate == rate.low == 0
        assert 0.05 < (rate.high or 0) < 0.15

    def test_nothing_read_is_not_estimable(self):
        rate = designs.stratified_rate([designs.Stratum(name="a", size=9, read=0, failures=0)]).rate
        assert (rate.estimate, rate.low, rate.high, rate.basis) == (None, None, None, "not estimable")


RATINGS = st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=3, max_size=3), min_size=1, max_size=20)


@relaxed
@given(RATINGS, st.permutations([0, 1, 2]))
def test_the_order_of_coders_and_traces_changes_no_coefficient(units, order):
    found = raters.several_raters(units)
    other = raters.several_raters([[unit[place] for place in order] for unit in reversed(units)])
    for name in ("percent", "ac1", "ac1_se", "fleiss", "conger", "brennan_prediger", "alpha"):
        assert getattr(other, name) == (None if getattr(found, name) is None else pytest.approx(getattr(found, name)))


@relaxed
@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=3, max_size=25))
def test_two_coders_are_a_case_of_several(pairs):
    table = [[sum(pair == [i, j] for pair in pairs) for j in (True, False)] for i in (True, False)]
    two, several = agreement.two_raters(table), raters.several_raters(pairs)
    assert several.percent == pytest.approx(two.percent)
    if several.ac1 is not None:
        assert several.ac1 == pytest.approx(two.ac1)
        assert several.conger == (None if two.kappa is None else pytest.approx(two.kappa))


def test_importing_the_package_stays_light():
    code = (
        "import sys, evaldash.stats.accumulation, evaldash.stats.designs, evaldash.stats.saturation; "
        "print(*{'numpy', 'scipy', 'pandas', 'statsmodels', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
