"""Saturation and rates of a project: what counts, recomputed here from what was read."""

import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import coding, taxonomy
from evaldash.services.rates import rates
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.services.saturation import saturation, saturation_by
from evaldash.services.wording import caveats, headline
from evaldash.stats.intervals import wilson
from evaldash.storage.store import Store
from tests.support.traces import conversation, make_project


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, [conversation(number) for number in range(30)])


def judge(store: Store, project: Project, trace: str, *notes: str, verdict: Verdict | None = None) -> None:
    found = verdict or (Verdict.FAIL if notes else Verdict.PASS)
    codes = tuple(OpenCode(id=f"{trace[:10]}-{note}", text=note) for note in notes)
    reading = Reading(id=f"{trace[:20]}-{found}-{'-'.join(notes)}"[:60], trace=trace, verdict=found, codes=codes)
    coding.save_reading(store, project, reading, coder="ana")


def draw(store: Store, project: Project, strategy: str, **request: object) -> list[str]:
    return [item.trace for item in draw_batch(store, project, SampleRequest(strategy=strategy, **request)).traces]  # type: ignore[arg-type]


def test_nothing_read_is_no_evidence(store: Store, project: Project) -> None:
    found = saturation(store, project)
    assert (found.chance.estimate, found.chance.upper, found.chance.T) == (None, 1.0, 0)
    assert "cannot be said yet" in headline(found)
    assert rates(store, project)[0].rate.basis == "not estimable"


def test_only_random_traces_count_and_targeted_ones_take_surprises_away(store: Store, project: Project) -> None:
    random = draw(store, project, "uniform", size=10, seed=1)
    extreme = draw(store, project, "extremes", size=4, metric="latency_ms")
    judge(store, project, random[0], "a")
    judge(store, project, random[1], "b")
    for trace in random[2:8]:
        judge(store, project, trace)
    judge(store, project, random[8], verdict=Verdict.DEFERRED)
    judge(store, project, extreme[0], "a again")
    codes = {code.text: code.id for code in coding.list_codes(store, project)[0]}
    taxonomy.create(store, project, "A", codes=[codes["a"], codes["a again"]], who="ana")
    found = saturation(store, project)
    # T: eight judged random traces. One-off: only the one with the loose note b, as a stands in a targeted one too.
    assert (found.chance.T, found.chance.L, found.traces_read) == (8, 1, 9)
    assert found.chance.low == 0
    assert found.deferred == (random[8],)
    assert [(batch.new_uniform, batch.new_targeted) for batch in found.batches] == [(2, 0), (0, 0)]
    assert found.cumulative[-1] == (9, 2)
    assert any("deferred" in line for line in caveats(found))
    failure = rates(store, project)[0].rate
    expected = wilson(2, 8)
    assert (failure.estimate, failure.low, failure.high) == (expected.estimate, expected.low, expected.high)


def test_merging_modes_moves_the_chance_down_and_undo_moves_it_back(store: Store, project: Project) -> None:
    random = draw(store, project, "uniform", size=10, seed=1)
    for place, trace in enumerate(random):
        judge(store, project, trace, *(["x", "y"][place : place + 1]))
    codes = {code.text: code.id for code in coding.list_codes(store, project)[0]}
    taxonomy.create(store, project, "X", codes=[codes["x"]], who="ana")
    taxonomy.create(store, project, "Y", codes=[codes["y"]], who="ana")
    assert saturation(store, project).chance.L == 2
    taxonomy.merge(store, project, ["X"], into="Y", who="ana")
    assert saturation(store, project).chance.L == 0
    assert saturation(store, project, 2).chance.L == 2
    taxonomy.undo(store, project, who="ana")
    assert saturation(store, project).chance.L == 2


def test_traces_of_one_session_count_once(store: Store) -> None:
    made = make_project(store, [conversation(n, session="visit" if n < 3 else None) for n in range(6)], name="visits")
    for trace in draw(store, made, "uniform", size=6, seed=1):
        judge(store, made, trace)
    found = saturation(store, made)
    assert (found.chance.T, len(found.same_session), found.traces_read) == (4, 2, 6)


def test_rates_of_a_stratified_draw_carry_weights(store: Store, project: Project) -> None:
    drawn = draw(store, project, "stratified", by="metadata.plan", allocation="equal", size=12, seed=3)
    for place, trace in enumerate(drawn):
        judge(store, project, trace, *(["late"] if place % 2 else []))
    found = rates(store, project)[0].rate
    assert found.basis == "weighted"
    assert found.n_eff is not None
    assert 0 < found.n_eff <= found.n == 12


def test_a_random_draw_under_a_filter_is_said(store: Store, project: Project) -> None:
    for trace in draw(store, project, "uniform", size=5, seed=1, filter="version = 2"):
        judge(store, project, trace)
    assert any("under a filter: batch 1" in line for line in caveats(saturation(store, project)))


def test_rates_by_segment(store: Store, project: Project) -> None:
    for trace in draw(store, project, "uniform", size=20, seed=1):
        judge(store, project, trace)
    found = {rate.segment: rate.rate.n for rate in rates(store, project, by="version") if rate.mode is None}
    assert set(found) == {"1", "2"}
    assert sum(found.values()) == 20


def test_a_bar_leads_to_the_traces_that_brought_the_new_mode(store: Store, project: Project) -> None:
    random = draw(store, project, "uniform", size=10, seed=1)
    judge(store, project, random[0], "a", "b")
    judge(store, project, random[1])
    judge(store, project, random[2], "c")
    found = saturation(store, project)
    assert [(item.trace, len(item.kinds)) for item in found.firsts] == [(random[0], 2), (random[2], 1)]
    assert sum(len(item.kinds) for item in found.firsts) == found.batches[0].new_uniform
    assert {found.names[kind] for item in found.firsts for kind in item.kinds} == {"a", "b", "c"}
    assert found.ahead[0].modes == found.modes_seen == 3
    assert found.ahead[-1].traces == found.chance.T * 2  # three traces: a doubling, less than a batch


def test_modes_in_few_traces_are_thin_and_segments_stand_alone(store: Store) -> None:
    made = make_project(store, [conversation(n) for n in range(60)], name="more")
    for place, trace in enumerate(draw(store, made, "uniform", size=60, seed=1)):
        judge(store, made, trace, *(["late"] if place < 6 else []))
    codes = [code.id for code in coding.list_codes(store, made)[0]]
    taxonomy.create(store, made, "Late", codes=codes[:4], who="ana")
    taxonomy.create(store, made, "Rare", codes=codes[4:5], who="ana")
    assert [count for _, count in saturation(store, made).thin] == [1, 4]
    found = saturation_by(store, made, "version")
    assert [item.T for item in found] == [30, 30]
    assert all(item.chance is not None and item.chance.T == 30 for item in found)
    assert sum(item.modes_seen for item in saturation_by(store, made, "metadata.plan")) >= 3
