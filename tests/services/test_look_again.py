"""When to look again, and the quick look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evaldash.domain.trace import Trace
from evaldash.errors import NotFound
from evaldash.services.browse import heads_of
from evaldash.services.look_again import WEEKLY, look_again
from evaldash.services.quick_look import draw_quick_look, quick_look
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.stats.drift import metric_shift, mix_shift
from evaldash.storage.store import Store
from tests.services.test_saturation import judge
from tests.support.traces import conversation, make_project


def slow(number: int) -> Trace:
    made = conversation(number, version="3")
    return replace(made, metrics={"latency_ms": 90_000.0 + number})


def test_what_came_after_the_last_reading_is_held_against_what_was_before(store: Store) -> None:
    project = make_project(store, [*(conversation(n) for n in range(40)), *(slow(n) for n in range(40, 80))])
    for item in draw_batch(store, project, SampleRequest(strategy="picked", traces=["t38", "t39"])).traces:
        judge(store, project, item.trace)
    found = look_again(store, project)
    calling = {item.name: item.words for item in found.calling}
    assert set(calling) == {"New version", "Drift of a metric"}
    assert "Nothing was read of 3 (40 traces)" in calling["New version"]
    assert "latency_ms: 1950 in the middle before, 90059.5 since" in calling["Drift of a metric"]
    later = look_again(store, project, now=datetime.now(UTC) + timedelta(days=31))
    assert "Cadence" in {item.name for item in later.calling}
    assert len(found.oddest) == WEEKLY
    assert all("lies far out" in reason for _, reason in found.oddest)


def test_a_quick_look_is_one_page_that_says_what_it_cannot_know(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(80)])
    batch = draw_quick_look(store, project, version="2", coder="ana")
    drawn = [item.trace for item in drawn_traces(store, project, batch)]
    assert len(drawn) == 30
    assert {head.version for head in heads_of(store, project, drawn)} == {"2"}
    for place, trace in enumerate(drawn):
        judge(store, project, trace, *(["late"] if place < 3 else []))
    found = quick_look(store, project, batch)
    assert (found.read, found.failed) == (30, 3)
    assert "3 of 30 failed: 10 %, somewhere between 3 % and 26 %" in found.text
    assert "fewer than 10 % of traces may well not be among these 30" in found.text
    with pytest.raises(NotFound, match="no batch 9"):
        quick_look(store, project, 9)


def test_drift_needs_enough_and_must_be_large_as_well_as_sure() -> None:
    assert metric_shift([1.0] * 19, [2.0] * 30) is None
    tiny = metric_shift([float(n) for n in range(1000)], [n + 1.0 for n in range(1000)])
    assert tiny is not None
    assert not tiny.matters
    moved = mix_shift({"a": 50, "b": 50}, {"a": 20, "b": 80})
    assert moved is not None
    assert moved.distance == pytest.approx(0.3)
    assert moved.matters
    assert mix_shift({"a": 50}, {"a": 50}) is None
