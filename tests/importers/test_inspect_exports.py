"""A run of agents that Inspect's own SDK wrote, compared with what was sent: as archive, as JSON, scored once more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.reading import read, said

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports" / "inspect_sdk"
FILES = ("agents.eval", "agents.json", "scored_again.eval")
SENT: dict[str, Any] = json.loads((EXPORTS / "sent_agents.json").read_text(encoding="utf-8"))


def _traces(name: str) -> dict[str, Trace]:
    found = read((EXPORTS / name).read_bytes(), name)
    assert (found.format, found.issues) == ("inspect_ai", ())
    return {str(trace.external_id): trace for trace in found.traces}


@pytest.fixture(params=FILES)
def traces(request: pytest.FixtureRequest) -> dict[str, Trace]:
    return _traces(request.param)


@pytest.fixture(params=range(1, SENT["epochs"] + 1), ids="epoch {}".format)
def yacht(request: pytest.FixtureRequest, traces: dict[str, Trace]) -> Trace:
    return traces[f"pilot_desk/yacht/{request.param}"]


def test_each_epoch_of_each_sample_is_a_trace(traces: dict[str, Trace]) -> None:
    names = [f"pilot_desk/{sample}/{epoch}" for sample in ("gauge", "yacht") for epoch in (1, 2)]
    assert sorted(traces) == names
    assert len({trace.id for trace in traces.values()}) == len(names)


def test_the_talk_is_the_one_that_was_had(yacht: Trace) -> None:
    talk = said(yacht)
    assert talk.pop(2) == ("user", "[image, 1 kB, in the raw record]")
    assert [list(message) for message in talk] == SENT["messages"]
    assert [step.text for step in yacht.steps if step.kind is StepKind.REASONING] == SENT["reasoning"]


def test_tools_have_their_arguments_and_results(yacht: Trace) -> None:
    calls = [step for step in yacht.steps if step.kind is StepKind.TOOL_CALL]
    assert [{"name": c.name, "arguments": c.arguments, "result": c.result} for c in calls] == SENT["tool_calls"]


def test_what_the_agent_did_stands_under_its_call(yacht: Trace) -> None:
    models = [step for step in yacht.steps if step.kind is StepKind.MODEL_CALL]
    assert [step.name for step in models] == SENT["models"]
    places = [step.parent and yacht.steps[step.parent - 1].name for step in models]
    assert places == [None, "pilot", None, None]


def test_tokens_costs_scores_and_what_the_sample_was_about(yacht: Trace) -> None:
    wanted = {name: SENT[name] for name in ("tokens_in", "tokens_out", "cost_usd")} | SENT["scores"]
    assert {name: yacht.metrics[name] for name in wanted} == wanted
    assert SENT["not_scored"] not in yacht.metrics
    assert yacht.metrics["latency_ms"] > 0
    assert {name: yacht.metadata[name] for name in SENT["metadata"]} == SENT["metadata"]
    assert list(yacht.tags) == SENT["tags"]
    comments = {item.name: item.comment for item in yacht.feedback}
    assert comments["manners.polite"] == comments[SENT["not_scored"]] == SENT["explanation"]


def test_a_sample_that_failed_shows_its_question_and_why(traces: dict[str, Trace]) -> None:
    trace = traces["pilot_desk/gauge/1"]
    assert said(trace) == [("user", SENT["failed"]["question"])]
    (error,) = [step.error for step in trace.steps if step.error]
    assert SENT["failed"]["error"] in error


def test_no_text_is_lost(traces: dict[str, Trace]) -> None:
    assert {kept_of(trace).share for trace in traces.values()} == {1.0}


def test_all_three_files_hold_the_same_traces() -> None:
    archive, log, again = (_traces(name) for name in FILES)
    for name, trace in archive.items():
        assert log[name].steps == trace.steps
        assert {log[name].id, again[name].id} == {trace.id}
    assert "includes" in again["pilot_desk/yacht/1"].metrics
    assert "includes" not in archive["pilot_desk/yacht/1"].metrics
