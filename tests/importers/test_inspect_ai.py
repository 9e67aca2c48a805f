"""Inspect AI: samples read as the talk they hold, whichever way their log keeps it; scores are metrics and feedback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.reading import lines, read, said

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats" / "inspect_ai"
SYSTEM = "You are the desk of a small harbour."
ASK, ANSWER = "Can a yacht of twelve metres come in at noon?", "Yes, at noon the channel is three metres deep."
TOLD_BY_PILOT = "The channel is three metres deep at noon."
CALL = {"id": "c1", "function": "pilot", "arguments": {"input": "How deep is the channel at noon?"}}
USAGE = {"input_tokens": 10, "input_tokens_cache_read": 5, "output_tokens": 4, "total_cost": 0.25}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": ASK, "source": "input"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "function": "pilot", "content": TOLD_BY_PILOT},
    {"role": "assistant", "content": ANSWER},
]


def _at(seconds: int) -> str:
    return f"2026-05-01T12:00:{seconds:02}+00:00"


def _model(seconds: int, given: Any, answer: Any, **more: Any) -> dict[str, Any]:
    output = {"choices": [{"message": answer}], "usage": USAGE}
    base = {"event": "model", "model": "harbour/mini", "timestamp": _at(seconds), "completed": _at(seconds + 1)}
    return {**base, "span_id": "solver", "input": given, "output": output, **more}


def _span(id: str, parent: str | None, kind: str, name: str) -> dict[str, Any]:
    return {"event": "span_begin", "id": id, "parent_id": parent, "type": kind, "name": name, "timestamp": _at(2)}


ASKED_PILOT = {"role": "user", "content": "How deep is the channel at noon?"}
TOOL = {
    "event": "tool", "id": "c1", "function": "pilot", "arguments": CALL["arguments"], "result": TOLD_BY_PILOT,
    "timestamp": _at(2), "completed": _at(5), "span_id": "solver",
}  # fmt: skip
PILOT_SPEAKS = _model(3, [ASKED_PILOT], {"role": "assistant", "content": TOLD_BY_PILOT}, span_id="pilot")
EVENTS: list[dict[str, Any]] = [
    _span("solver", None, "solver", "generate"),
    _model(0, MESSAGES[:2], MESSAGES[2]),
    _span("running", "solver", "tool", "pilot"),
    TOOL,
    _span("pilot", "running", "agent", "pilot"),
    PILOT_SPEAKS,
    _model(6, MESSAGES[:4], MESSAGES[4]),
]
SAMPLE: dict[str, Any] = {
    "id": "yacht", "epoch": 1, "uuid": "s-1", "input": ASK, "target": "yes", "messages": MESSAGES,
    "output": {"choices": [{"message": MESSAGES[4]}]}, "metadata": {"plan": "guest berth"}, "total_time": 7.5,
}  # fmt: skip
RUN = {"task": "harbour_desk", "model": "harbour/mini", "run_id": "r-1", "created": _at(0)}


def _log(*samples: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 2, "status": "success", "eval": RUN, "samples": list(samples), **more}


def _read(*samples: dict[str, Any]) -> tuple[Trace, ...]:
    found = read(json.dumps(_log(*samples)), "log.json")
    assert not found.issues
    assert found.format == "inspect_ai"
    return found.traces


def _one(sample: dict[str, Any]) -> Trace:
    (trace,) = _read(sample)
    assert kept_of(trace).share == 1.0
    return trace


def test_each_sample_of_each_epoch_is_a_trace() -> None:
    traces = _read(SAMPLE, SAMPLE | {"epoch": 2}, SAMPLE | {"id": "barge"})
    assert [trace.external_id for trace in traces] == [
        "harbour_desk/yacht/1",
        "harbour_desk/yacht/2",
        "harbour_desk/barge/1",
    ]
    assert len({trace.id for trace in traces}) == 3


def test_a_sample_says_what_it_was_about_and_how_long_it_took() -> None:
    trace = _one(SAMPLE | {"limit": {"type": "message", "limit": 30}, "model_usage": {"harbour/mini": USAGE}})
    wanted = {"task": "harbour_desk", "model": "harbour/mini", "target": "yes", "plan": "guest berth", "epoch": 1}
    assert trace.metadata == wanted | {"sample": "yacht", "limit": "message 30"}
    assert trace.metrics == {"latency_ms": 7_500, "tokens_in": 15, "tokens_out": 4, "cost_usd": 0.25}
    assert trace.started_at is not None
    assert trace.started_at.isoformat() == _at(0)


@pytest.mark.parametrize("events", [[], EVENTS], ids=["messages alone", "with events"])
def test_the_talk_is_the_one_of_its_messages(events: list[dict[str, Any]]) -> None:
    trace = _one(SAMPLE | {"events": events})
    assert said(trace) == [("system", SYSTEM), ("user", ASK), ("assistant", ANSWER)]
    (call,) = [step for step in trace.steps if step.kind is StepKind.TOOL_CALL]
    assert (call.name, call.arguments, call.result) == ("pilot", CALL["arguments"], TOLD_BY_PILOT)


def _nested() -> list[dict[str, Any]]:
    """Return the events as logs of 2024 have them: those of a tool within its event, no spans."""
    inner = {**TOOL, "events": [{**PILOT_SPEAKS, "span_id": None}]}
    return [{**event, "span_id": None} for event in (EVENTS[1], inner, EVENTS[6])]


def _late() -> list[dict[str, Any]]:
    """Return the events as a log has them that was scored again: the tool's comes behind those of what it ran."""
    return [EVENTS[0], EVENTS[1], EVENTS[2], EVENTS[4], EVENTS[5], EVENTS[3], EVENTS[6]]


@pytest.mark.parametrize("events", [EVENTS, _late(), _nested()], ids=["spans", "tool last", "events within events"])
def test_what_an_agent_did_stands_under_the_call_that_asked_it(events: list[dict[str, Any]]) -> None:
    trace = _one(SAMPLE | {"events": events})
    calls = [step for step in trace.steps if step.kind is StepKind.MODEL_CALL]
    place = next(number for number, step in enumerate(trace.steps, start=1) if step.kind is StepKind.TOOL_CALL)
    assert [step.parent for step in calls] == [None, place, None]
    assert (trace.metrics["tokens_in"], trace.metrics["cost_usd"]) == (45, 0.75)


def test_messages_of_a_pool_are_those_of_the_call() -> None:
    pooled = [
        {**event, "input": [], "input_refs": refs} if (refs := wanted.get(number)) else event
        for wanted in [{1: [[0, 2]], 5: [[5, 6]], 6: [[0, 2], [2, 4]]}]
        for number, event in enumerate(EVENTS)
    ]
    pool = {"messages": [*MESSAGES, ASKED_PILOT], "calls": []}
    assert _one(SAMPLE | {"events": pooled, "events_data": pool}).steps == _one(SAMPLE | {"events": EVENTS}).steps


def _long(turns: int, *, pooled: bool) -> dict[str, Any]:
    """Return a sample of many turns, each of which brings all before it, some of them word for word the same."""
    talk: list[dict[str, Any]] = [MESSAGES[0]]
    events: list[dict[str, Any]] = []
    for turn in range(turns):
        talk.append({"role": "user", "content": "Go on." if turn % 2 else f"And how deep is it at pier {turn}?"})
        answer = {"role": "assistant", "content": f"At pier {turn} it is {turn + 2} metres deep."}
        given = {"input": [], "input_refs": [[0, len(talk)]]} if pooled else {"input": list(talk)}
        events.append(
            {"event": "model", "model": "harbour/mini", "output": {"choices": [{"message": answer}]}, **given}
        )
        talk.append(answer)
    return SAMPLE | {"input": [talk[1]], "messages": talk, "events": events, "events_data": {"messages": talk}}


@pytest.mark.parametrize("pooled", [True, False])
def test_a_long_talk_is_whole_and_in_order(pooled: bool) -> None:
    sample = _long(250, pooled=pooled)
    assert said(_one(sample)) == [(message["role"], message["content"]) for message in sample["messages"]]


def test_a_log_scored_again_or_kept_otherwise_holds_the_same_traces() -> None:
    plain = _one(SAMPLE)
    scored = SAMPLE | {"events": _late(), "scores": {"match": {"value": "I"}}, "total_time": 8.0}
    named = {"attachments": {"a1": ASK}, "input": "attachment://a1", "messages": [
        MESSAGES[0], {**MESSAGES[1], "content": "attachment://a1"}, *MESSAGES[2:]
    ]}  # fmt: skip
    assert {_one(scored).id, _one(SAMPLE | named).id} == {plain.id}


@pytest.mark.parametrize(
    ("attachments", "shown"),
    [
        ({"a1": ASK}, ASK),
        ({"a1": "tc://a2", "a2": ASK}, ASK),
        ({}, "attachment://a1"),
        ({"a1": "attachment://a1"}, "attachment://a1"),
    ],
    ids=["named", "named twice, as in 2024", "missing", "a cycle"],
)
def test_attachments_stand_where_they_are_named(attachments: dict[str, str], shown: str) -> None:
    sample = {"id": 1, "epoch": 1, "target": "", "input": "attachment://a1", "attachments": attachments}
    assert said(_one(sample)) == [("user", shown)]


def _answered(*parts: dict[str, Any]) -> dict[str, Any]:
    return SAMPLE | {"messages": [MESSAGES[1], {"role": "assistant", "content": list(parts)}], "output": {}}


@pytest.mark.parametrize(
    ("part", "texts"),
    [
        ({"reasoning": "First the tide, then the draught."}, ["First the tide, then the draught."]),
        ({"reasoning": "gAAAA", "redacted": True, "summary": "Weighing the tide."}, ["Weighing the tide."]),
        ({"reasoning": "First the tide.", "summary": "The tide."}, ["First the tide.", "The tide."]),
        ({"reasoning": "gAAAA", "redacted": True}, ["[reasoning, encrypted by the provider, in the raw record]"]),
    ],
    ids=["open", "encrypted, with a summary", "with a summary", "encrypted"],
)
def test_reasoning_shows_what_can_be_read(part: dict[str, Any], texts: list[str]) -> None:
    trace = _one(_answered({"type": "reasoning", **part}, {"type": "text", "text": ANSWER}))
    assert [step.text for step in trace.steps if step.kind is StepKind.REASONING] == texts
    assert said(trace)[-1] == ("assistant", ANSWER)


def test_a_tool_that_the_provider_ran_has_its_result_and_its_error() -> None:
    used = {"type": "tool_use", "tool_type": "web_search", "name": "web_search", "arguments": '{"query": "tide"}'}
    found = used | {"id": "w1", "result": "High tide is at half past twelve."}
    failed = used | {"id": "w2", "result": "", "error": "the search found no network"}
    calls = [step for step in _one(_answered(found, failed)).steps if step.kind is StepKind.TOOL_CALL]
    assert [call.arguments for call in calls] == [{"query": "tide"}, {"query": "tide"}]
    assert (calls[0].result, calls[1].error) == (found["result"], failed["error"])


@pytest.mark.parametrize(
    ("value", "metrics", "values"),
    [
        ("C", {"s": 1}, {"s": "C"}),
        ("P", {"s": 0.5}, {"s": "P"}),
        ("I", {"s": 0}, {"s": "I"}),
        ("a word", {}, {"s": "a word"}),
        (True, {"s": 1}, {"s": True}),
        (0.25, {"s": 0.25}, {"s": 0.25}),
        ({"polite": "C", "brief": 3}, {"s.polite": 1, "s.brief": 3}, {"s.polite": "C", "s.brief": 3}),
        (["C", "I"], {}, {"s": ["C", "I"]}),
        (float("nan"), {}, {"s": None}),
    ],
    ids=str,
)
def test_scores_are_metrics_and_feedback(value: Any, metrics: dict[str, float], values: dict[str, Any]) -> None:
    trace = _one(SAMPLE | {"scores": {"s": {"value": value, "explanation": "It names the depth."}}})
    assert {name: number for name, number in trace.metrics.items() if name != "latency_ms"} == metrics
    assert {item.name: item.value for item in trace.feedback} == values
    assert {item.comment for item in trace.feedback} == {"It names the depth."}
    assert {item.author for item in trace.feedback} == {"scorer"}


def test_a_score_that_a_person_changed_is_theirs() -> None:
    edit = {"value": "C", "provenance": {"author": "ben", "timestamp": _at(9), "reason": "a sailor would accept it"}}
    (item,) = _one(SAMPLE | {"scores": {"s": {"value": "C", "history": [{"value": "I"}, edit]}}}).feedback
    assert (item.author, item.at and item.at.isoformat()) == ("ben", _at(9))


def test_a_sample_that_failed_shows_why() -> None:
    error = {"message": "RuntimeError('the tide gauge is broken')", "traceback": "Traceback: line 3 of the gauge"}
    trace = _one(SAMPLE | {"error": error, "messages": [], "output": {}})
    assert said(trace) == [("user", ASK)]
    assert [step.error for step in trace.steps if step.error] == [error["message"]]


@pytest.mark.parametrize("odd", [None, 7, [], {}, [[]], "x"], ids=str)
@pytest.mark.parametrize("key", ["event", "span_id", "timestamp", "input", "output", "input_refs", "events", "error"])
def test_a_field_of_another_kind_costs_no_sample(key: str, odd: Any) -> None:
    trace = _one(SAMPLE | {"events": [{**event, key: odd} for event in EVENTS]})
    assert said(trace)[-1] == ("assistant", ANSWER)


def test_a_sample_alone_out_of_an_unpacked_archive_is_read() -> None:
    found = read(json.dumps(SAMPLE), "yacht_epoch_1.json")
    assert found.format == "inspect_ai"
    assert [said(trace) for trace in found.traces] == [said(_one(SAMPLE))]


def test_what_is_no_sample_is_named_and_the_rest_is_read() -> None:
    found = read(json.dumps(_log(SAMPLE, {"id": 2, "epoch": 1})), "log.json")
    assert len(found.traces) == 1
    assert [issue.record for issue in found.issues] == ["line 1, sample 2"]


@pytest.mark.parametrize("samples", [None, []])
def test_a_log_without_samples_says_so(samples: Any) -> None:
    found = read(lines(_log() | {"samples": samples}), "log.json")
    assert found.format == "inspect_ai"
    assert "log_samples" in found.issues[0].reason


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample traces ../shared/traces are not here")
def test_real_logs() -> None:
    archive, log = (
        read(path.read_bytes(), path.name) for path in sorted(SHARED.iterdir()) if path.suffix in (".eval", ".json")
    )
    assert (len(archive.traces), len(log.traces)) == (10, 3)
    for trace in archive.traces:
        assert [role for role, _ in said(trace)] == ["system", "user", "assistant"]
    for trace in log.traces:
        assert trace.metrics["model_graded_fact"] == 1.0
        calls = [step for step in trace.steps if step.kind is StepKind.MODEL_CALL]
        assert [bool(step.result) for step in calls] == [False, True]  # the grader's stays one click away
