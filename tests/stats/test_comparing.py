"""Change, agreement, scoring and the gate: edges that the reference cases leave out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaldash.errors import InvalidInput
from evaldash.stats import agreement, cases, change, duplicates, gate, outlying, scoring

relaxed = settings(deadline=None, max_examples=60)  # a first import, or a busy machine, is no failure
FEW = st.integers(0, 30)


@relaxed
@given(FEW, FEW)
def test_swapping_the_versions_turns_the_difference_round(x, y):
    forth, back = change.newcombe(x, 30, y, 30), change.newcombe(y, 30, x, 30)
    assert forth.low == pytest.approx(-back.high)
    assert forth.low <= (forth.estimate or 0) <= forth.high


def test_no_case_changed_is_said_and_not_tested():
    found = change.mcnemar(0, 0)
    assert not found.changed
    assert found.p_mid == 1.0


@relaxed
@given(FEW, FEW)
def test_mid_p_lies_between_nothing_and_the_exact_p(b, c):
    found = change.mcnemar(b, c)
    assert 0 <= found.p_mid <= found.p_exact <= 1


@relaxed
@given(FEW, FEW, st.integers(1, 40))
def test_cases_that_ran_once_are_the_paired_comparison(b, c, same):
    found = cases.case_change([1.0] * b + [-1.0] * c + [0.0] * same)
    known = (change.agresti_min if b + c < change.FEW_DISCORDANT else change.paired_difference)(b, c, b + c + same)
    assert found.estimate == pytest.approx(known.estimate)
    assert (found.low, found.high) == pytest.approx((max(-1, known.low), min(1, known.high)))


@relaxed
@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=5, max_size=20), st.integers(2, 4))
def test_running_each_case_again_with_the_same_end_makes_nothing_surer(ends, times):
    """The mean of equal runs is the run: k of them count as one, where n times k would halve the interval."""
    once, again = (cases.case_change([sum([d] * k) / k for d in ends]) for k in (1, times))
    assert (once.low, once.high) == pytest.approx((again.low, again.high))


def test_sign_flips_are_mcnemar_where_cases_ran_once_and_go_by_size_where_not():
    assert cases.case_p([1.0] * 9 + [-1.0] * 2) == pytest.approx(change.mcnemar(9, 2).p_mid)
    assert cases.case_p([0.0, 0.0]) is None
    assert cases.case_p([0.5, -0.5]) == 1.0
    # eight flips of 1, .5, .5: sums of at least 2 either way come twice, and as much as was seen: half of 2/8
    assert cases.case_p([1.0, 0.5, 0.5]) == pytest.approx(0.125)
    many = [0.5] * 20 + [-0.5] * 10
    assert cases.case_p(many) == pytest.approx(change.mcnemar(20, 10).p, abs=1e-9)


def test_more_cases_is_what_a_simulation_of_four_in_five_finds():
    import numpy as np

    ends = [1.0] * 8 + [-1.0] * 3 + [0.0] * 29
    more = cases.more_cases(ends)
    assert more is not None
    rng = np.random.default_rng(1)
    drawn = rng.choice(ends, size=(2000, len(ends) + more))
    z = drawn.sum(axis=1) / np.sqrt((drawn**2).sum(axis=1))
    assert (abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.05)


def test_mcnemar_agrees_with_statsmodels():
    from statsmodels.stats.contingency_tables import mcnemar

    assert change.mcnemar(12, 3).p_exact == pytest.approx(mcnemar([[0, 12], [3, 0]], exact=True).pvalue)


@relaxed
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_multiple_testing_agrees_with_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    found = change.multiple(p, alpha=0.1)
    assert found.q == pytest.approx(tuple(multipletests(p, method="fdr_bh")[1]))
    assert list(found.holm) == list(multipletests(p, alpha=0.1, method="holm")[0])


def test_what_can_be_detected_has_the_power_asked_for():
    rise = change.detectable(100, 0.1)
    assert rise == pytest.approx(0.15, abs=0.001)
    assert change.power(100, 0.1, 0.1 + (rise or 0)) == pytest.approx(0.8)
    assert change.detectable(5, 0.98) is None


@pytest.mark.parametrize(
    ("broke", "mended", "n", "verdict"),
    [
        pytest.param(14, 2, 100, "block", id="a-clear-drop"),
        pytest.param(5, 2, 100, "warn", id="a-drop-that-may-be-chance"),
        pytest.param(0, 0, 30, "warn", id="too-few-cases-to-pass"),
        pytest.param(0, 0, 400, "pass", id="a-drop-is-excluded"),
        pytest.param(0, 0, 0, "warn", id="no-cases"),
    ],
)
def test_the_gate_never_passes_for_lack_of_power(broke, mended, n, verdict):
    found = gate.paired_gate(broke, mended, n)
    assert found.verdict == verdict
    assert found.advisory == (n < 50)


def test_evidence_against_a_fair_coin_averages_to_one():
    """The property that makes it valid at any time: its mean under no change is 1."""
    from math import comb

    for one_sided in (False, True):
        mean = sum(comb(12, b) / 2**12 * gate.evalue(b, 12 - b, one_sided=one_sided) for b in range(13))
        assert mean == pytest.approx(1.0)


def test_one_empty_category_each_is_full_agreement():
    assert agreement.masi_distance(set(), set()) == 0
    assert agreement.masi_distance(set(), {"a"}) == 1
    assert agreement.masi_distance({"a"}, {"a", "b"}) == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert agreement.masi_distance({"a", "c"}, {"a", "b"}) == pytest.approx(1 - 1 / 3 * 1 / 3)


def test_alpha_of_krippendorffs_own_example():
    """Krippendorff 2011: four coders, twelve units, missing values; nominal alpha 0.743."""
    coders = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [[value for value in unit if value is not None] for unit in zip(*coders, strict=True)]
    assert agreement.krippendorff_alpha(units, agreement.nominal) == pytest.approx(0.743, abs=0.0005)


def test_where_all_say_the_same_nothing_is_left_beyond_chance():
    found = agreement.two_raters([[20, 0], [0, 0]])
    assert found.kappa is None
    assert found.ac1 == 1.0
    assert agreement.krippendorff_alpha([["a", "a"]], agreement.nominal) is None
    assert agreement.positive_agreement(0, 0, 0) is None


def test_the_standard_error_of_kappa_agrees_with_statsmodels():
    from statsmodels.stats.inter_rater import cohens_kappa

    table = [[40, 9], [6, 45]]
    assert agreement.two_raters(table).kappa_se == pytest.approx(cohens_kappa(table).std_kappa)


@relaxed
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_precision_one_way_is_recall_the_other(pairs):
    pred, truth = map(list, zip(*pairs, strict=True))
    assert scoring.bcubed(pred, truth).precision == pytest.approx(scoring.bcubed(truth, pred).recall)
    assert scoring.bcubed(pred, pred).f1 == 1.0
    assert scoring.matched_accuracy(pred, truth) <= scoring.purity(pred, truth) + 1e-12


def test_groupings_of_different_items_are_refused():
    with pytest.raises(InvalidInput, match="same items"):
        scoring.bcubed([1, 2], [1])


def test_without_spread_nothing_is_far():
    assert outlying.modified_z([5, 5, 5, 9]) is None
    assert outlying.modified_z([]) == []


class TestDuplicates:
    def notes(self, *directions):
        import numpy as np

        rng = np.random.default_rng(1)
        rows = np.array([np.eye(6)[i] + rng.normal(scale=0.15, size=6) for i in directions])
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def test_one_mode_split_in_two_looks_like_one_and_two_modes_do_not(self):
        assert (duplicates.alikeness(self.notes(*[0] * 10), self.notes(*[0] * 10)) or 0) > duplicates.SAME_MODE
        assert (duplicates.alikeness(self.notes(*[0] * 10), self.notes(*[1] * 10)) or 0) < 0.5

    def test_no_notes_no_number(self):
        nothing = self.notes(0)[:0]
        assert duplicates.alikeness(nothing, self.notes(0)) is None
        assert duplicates.centroid_cosine(nothing, self.notes(0)) is None

    def test_overlap_tells_part_from_whole(self):
        found = duplicates.overlap({"t1"}, {"t1", "t2"}, traces=10)
        assert (found.jaccard, found.a_in_b, found.b_in_a) == (0.5, 1.0, 0.5)
        assert found.phi == pytest.approx(2 / 3)

    def test_a_mode_without_traces_has_no_overlap(self):
        found = duplicates.overlap(set(), set(), traces=10)
        assert (found.jaccard, found.phi, found.a_in_b) == (None, None, None)
