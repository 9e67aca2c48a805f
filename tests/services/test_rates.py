"""Rates of a project by how its batches were drawn: take-alls, mixtures, strata, filters, what was left open."""

import pytest

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.rates import rate_table, rates
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.stats import designs
from evaldash.stats.intervals import wilson
from evaldash.storage.store import Store
from tests.services.test_saturation import judge
from tests.support.traces import conversation, make_project


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, [conversation(number) for number in range(60)])


def draw(store: Store, project: Project, strategy: str, **request: object) -> list[str]:
    return [item.trace for item in draw_batch(store, project, SampleRequest(strategy=strategy, **request)).traces]  # type: ignore[arg-type]


def read(store: Store, project: Project, traces: list[str], *, failing: int) -> None:
    for place, trace in enumerate(traces):
        judge(store, project, trace, *(["late"] if place < failing else []))


def test_uniform_batches_are_pooled_whatever_was_picked_between(store: Store, project: Project) -> None:
    read(store, project, draw(store, project, "uniform", size=10, seed=1), failing=3)
    read(store, project, draw(store, project, "extremes", size=5, metric="latency_ms"), failing=5)
    read(store, project, draw(store, project, "uniform", size=10, seed=2), failing=1)
    found = rates(store, project)[0].rate
    expected = wilson(4, 20)
    assert (found.estimate, found.low, found.high, found.n) == (0.2, expected.low, expected.high, 20)
    assert found.basis == "uniform"


def test_a_stratified_batch_is_the_stratified_rate_with_its_own_quantile(store: Store, project: Project) -> None:
    drawn = draw_batch(store, project, SampleRequest(strategy="stratified", by="metadata.plan", size=20, seed=3,
                                                     allocation="equal")).traces  # fmt: skip
    by_stratum: dict[str, list[str]] = {}
    for item in drawn:
        by_stratum.setdefault(item.reason, []).append(item.trace)
    strata = []
    for number, (name, traces) in enumerate(sorted(by_stratum.items())):
        read(store, project, traces, failing=2 + number * 3)
        size = {"flex": 40, "saver": 20}["flex" if "flex" in name else "saver"]
        strata.append(designs.Stratum(name=name, size=size, read=len(traces), failures=2 + number * 3))
    found, expected = rates(store, project)[0].rate, designs.stratified_rate(strata).rate
    assert found.basis == "weighted"
    assert (found.estimate, found.low, found.high) == pytest.approx((expected.estimate, expected.low, expected.high))


def test_what_was_taken_whole_before_a_random_draw_counts_once(store: Store, project: Project) -> None:
    """All of version 2 picked is a take-all of its filter; the random draw after it stands for the other 30."""
    ids = draw(store, project, "picked", size=30, filter="version = 2",
               traces=[f"t{n}" for n in range(60) if n % 2])  # fmt: skip
    read(store, project, ids, failing=20)
    read(store, project, draw(store, project, "uniform", size=10, seed=5), failing=1)
    found = rates(store, project)[0].rate
    assert found.basis == "weighted"
    assert found.estimate == pytest.approx((20 + 30 * 1 / 10) / 60)
    assert found.n == 40


def test_a_random_and_a_stratified_batch_are_joined(store: Store, project: Project) -> None:
    read(store, project, draw(store, project, "uniform", size=10, seed=1), failing=2)
    read(store, project, draw(store, project, "stratified", by="version", size=20, seed=2), failing=10)
    found = rates(store, project)[0].rate
    assert (found.basis, found.n) == ("weighted", 30)
    first, second = 0.2, (2 + 50 * 0.5) / 60  # each batch's own estimate; both versions are as large and as often drawn
    assert found.estimate == pytest.approx(first / 3 + second * 2 / 3, abs=0.06)


def test_a_stratum_not_read_leaves_a_range(store: Store, project: Project) -> None:
    drawn = draw_batch(store, project, SampleRequest(strategy="stratified", by="version", size=20, seed=3)).traces
    reason = drawn[0].reason
    read(store, project, [item.trace for item in drawn if item.reason == reason], failing=2)
    table = rate_table(store, project)
    assert table.overall.rate.estimate is None
    assert table.overall.rate.high is not None
    assert table.overall.rate.high > 0.5
    assert any("nothing is judged of 1 of 2 strata" in note for note in table.notes)


def test_deferred_and_passed_over_traces_are_said_with_what_they_could_change(store: Store, project: Project) -> None:
    drawn = draw(store, project, "uniform", size=12, seed=1)
    judge(store, project, drawn[0], verdict=Verdict.DEFERRED)
    read(store, project, drawn[2:10], failing=2)  # drawn[1] is passed over, the last two are still to come
    notes = rate_table(store, project).notes
    assert any("2 of 10 traces" in note and "20 to 40 %" in note for note in notes)


def test_a_draw_under_a_filter_does_not_bend_the_rate_of_the_whole(store: Store, project: Project) -> None:
    read(store, project, draw(store, project, "uniform", size=10, seed=1), failing=1)
    read(store, project, draw(store, project, "uniform", size=10, seed=1, filter="version = 2"), failing=10)
    table = rate_table(store, project)
    assert (table.overall.rate.estimate, table.overall.rate.n) == (0.1, 10)
    assert any("under a filter" in note for note in table.notes)


def test_hand_picked_traces_alone_carry_no_rate(store: Store, project: Project) -> None:
    read(store, project, draw(store, project, "picked", traces=["t1", "t2"]), failing=1)
    assert rates(store, project)[0].rate.basis == "not estimable"


def test_segments_count_and_the_small_ones_keep_their_width(store: Store, project: Project) -> None:
    read(store, project, draw(store, project, "uniform", size=20, seed=1), failing=4)
    found = [rate for rate in rates(store, project, by="metadata.plan") if rate.mode is None]
    assert {rate.segment for rate in found} == {"flex", "saver"}
    assert sum(rate.count for rate in found) == 4
    assert sum(rate.rate.n for rate in found) == 20
