"""Cycles against each other and coders against each other, on rows of a store."""

from dataclasses import replace

import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Json
from evaldash.errors import NotFound
from evaldash.services import coding, cycles, taxonomy
from evaldash.services.agreement import agreement
from evaldash.services.browse import trace_heads
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.services.wording import agreement_words
from evaldash.stats.agreement import two_raters
from evaldash.stats.change import newcombe
from evaldash.storage.store import Store
from tests.services.test_saturation import judge
from tests.support.traces import conversation, make_project


def read_all(store: Store, project: Project, *, failing: dict[str, int]) -> None:
    """Draw and judge everything; of each version the given number of traces fail."""
    drawn = draw_batch(store, project, SampleRequest(strategy="uniform", size=1000, seed=1)).traces
    version = {head.id: head.version or "" for head in trace_heads(store, project)}
    left = dict(failing)
    for item in drawn:
        failed = left.get(version[item.trace], 0) > 0
        left[version[item.trace]] = left.get(version[item.trace], 0) - failed
        judge(store, project, item.trace, *(["late"] if failed else []))


def test_cycles_are_versions_with_what_was_read(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(30)])
    for item in draw_batch(store, project, SampleRequest(strategy="uniform", size=10, seed=1)).traces:
        judge(store, project, item.trace)
    found = cycles.cycles(store, project)
    assert [(item.cycle, item.traces) for item in found] == [("1", 15), ("2", 15)]
    assert sum(item.read for item in found) == 10


def test_a_large_fall_between_different_inputs_is_more_than_chance(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(120)])
    read_all(store, project, failing={"1": 30, "2": 3})
    found = cycles.compare(store, project, "1", "2")
    expected = newcombe(3, 60, 30, 60)
    failure = found.changes[0]
    assert found.pairs == 0
    assert (failure.before, failure.after) == (0.5, 0.05)
    assert (failure.change.low, failure.change.high) == pytest.approx((expected.low, expected.high))
    assert failure.verdict == "fell from 50 % to 5 %; more than chance explains"


def test_a_small_fall_says_how_many_more_would_tell(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(60)])
    read_all(store, project, failing={"1": 6, "2": 4})
    verdict = cycles.compare(store, project, "1", "2").changes[0].verdict
    assert "can't tell" in verdict
    assert "more traces in each would" in verdict


def test_equal_inputs_are_compared_in_pairs(store: Store) -> None:
    traces = []
    for number in range(20):
        for version in ("old", "new"):
            made = conversation(number, version=version)
            raw: Json = {"id": f"{version}{number}", "version": version}
            traces.append(replace(made, raw=(raw,), identity=(raw,), external_id=f"{version}{number}"))
    project = make_project(store, traces)
    read_all(store, project, failing={"old": 12})
    found = cycles.compare(store, project, "old", "new")
    assert found.pairs == 20
    assert (found.changes[0].before, found.changes[0].after, found.changes[0].moved) == (0.6, 0.0, True)
    back = cycles.compare(store, project, "new", "old").changes[0]
    assert back.verdict.startswith("rose from 0 % to 60 %")


def test_the_same_greeting_is_no_equal_input(store: Store) -> None:
    traces = []
    for number in range(20):
        for version in ("old", "new"):
            made = conversation(number, version=version)
            raw: Json = {"id": f"{version}{number}", "version": version}
            said = [replace(made.steps[1], text=text) for text in ("Hello", f"It is about {version} booking {number}")]
            traces.append(
                replace(made, raw=(raw,), identity=(raw,), external_id=f"{version}{number}", steps=tuple(said))
            )
    project = make_project(store, traces)
    read_all(store, project, failing={"old": 12})
    assert cycles.compare(store, project, "old", "new").pairs == 0


def test_a_cycle_that_is_not_there_is_named_with_the_choices(store: Store) -> None:
    project = make_project(store, [conversation(1)])
    with pytest.raises(NotFound, match="no cycle '9'; there are: 2"):
        cycles.compare(store, project, "2", "9")


def test_two_coders_agree_as_counted_by_hand(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(12)])
    ids = [head.id for head in trace_heads(store, project)]
    mode = taxonomy.create(store, project, "Late", who="ana").taxonomy.modes[0].id
    other = taxonomy.create(store, project, "Curt", who="ana").taxonomy.modes[1].id

    def say(coder: str, trace: str, held: str | None) -> None:
        codes = (OpenCode(id=f"{coder}{trace[:8]}", text="x", mode=held),) if held else ()
        verdict = Verdict.FAIL if held else Verdict.PASS
        reading = Reading(id=f"{coder}{trace[:20]}", trace=trace, verdict=verdict, codes=codes)
        coding.save_reading(store, project, reading, coder=coder)

    for place, trace in enumerate(ids[:10]):  # ana: 4 fail; ben: 3 of them, one for another mode, and one more
        say("ana", trace, mode if place < 4 else None)
        say("ben", trace, {0: mode, 1: mode, 2: other, 9: mode}.get(place))
    say("ana", ids[10], mode)  # nobody else judged it
    found = agreement(store, project)
    two = two_raters([[5, 1], [1, 3]])
    assert (found.traces, found.pairs, found.percent) == (10, 10, 0.8)
    assert found.kappa == pytest.approx(two.kappa)
    assert found.ac1 == pytest.approx(two.ac1)
    assert set(found.verdicts_apart) == {ids[3], ids[9]}
    assert found.modes_apart == (ids[2],)
    assert found.by_mode[0].positive is None  # seven holdings are too few
    assert "80 % of 10 pairs" in agreement_words(found)


def test_without_a_second_coder_there_is_nothing_to_agree_on(store: Store) -> None:
    project = make_project(store, [conversation(1)])
    found = agreement(store, project)
    assert (found.pairs, found.percent, found.alpha_masi) == (0, None, None)
    assert "No trace was judged by two" in agreement_words(found)
