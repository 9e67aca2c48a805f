"""Weave's calls: what its SDK listed, compared with what was said; kinds of calls, columns and feedback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import Step, StepKind, Trace
from evaldash.importers.kept import kept_of
from evaldash.importers.weave_calls import op_of
from tests.importers.reading import lines, read, said

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports" / "weave_sdk"
SENT: list[dict[str, Any]] = json.loads((EXPORTS / "sent.json").read_text(encoding="utf-8"))
OP = "weave:///harbour/desk/op/"
CHAT: dict[str, Any] = {
    "id": "c-1",
    "trace_id": "t-1",
    "parent_id": None,
    "op_name": f"{OP}openai.chat.completions.create:abc",
    "started_at": "2026-05-01T10:00:00Z",
    "ended_at": "2026-05-01T10:00:01Z",
    "inputs": {"self": "weave:///harbour/desk/object/Completions:x", "model": "m", "messages": []},
    "output": {"model": "m-2", "choices": [{"message": {"role": "assistant", "content": "Yes, until six tonight."}}]},
    "summary": {"usage": {"m-2": {"prompt_tokens": 7, "completion_tokens": 5, "requests": 1}}},
}
CHAT["inputs"]["messages"] = [{"role": "user", "content": "Is the lock at the canal open today?"}]
TALK = [("user", "Is the lock at the canal open today?"), ("assistant", "Yes, until six tonight.")]


@pytest.fixture(params=["calls.jsonl", "calls.csv"])
def traces(request: pytest.FixtureRequest) -> list[Trace]:
    found = read((EXPORTS / request.param).read_bytes(), request.param)
    assert found.format == "weave"
    assert not found.issues
    return sorted(found.traces, key=lambda trace: str(trace.started_at))


def _of(trace: Trace, kind: StepKind) -> list[Step]:
    return [step for step in trace.steps if step.kind is kind]


def test_the_conversation_is_the_one_that_was_had(traces: list[Trace]) -> None:
    assert [said(trace) for trace in traces] == [[tuple(message) for message in one["messages"]] for one in SENT]


def test_tool_calls_have_their_arguments_and_results(traces: list[Trace]) -> None:
    for one, trace in zip(SENT, traces, strict=True):
        calls = _of(trace, StepKind.TOOL_CALL)
        assert [
            {"name": c.name, "id": c.attributes["call_id"], "arguments": c.arguments, "result": c.result} for c in calls
        ] == one["tool_calls"]


def test_tokens_model_and_errors(traces: list[Trace]) -> None:
    for one, trace in zip(SENT, traces, strict=True):
        assert trace.metrics.get("tokens_in") == one["tokens_in"]
        assert trace.metrics.get("tokens_out") == one["tokens_out"]
        assert trace.metrics["latency_ms"] > 0
        assert trace.metadata["model"] == one["model"]
        assert len(_of(trace, StepKind.MODEL_CALL)) == one["model_calls"]
        errors = [step.error for step in trace.steps if step.error]
        assert len(errors) == (one["error"] is not None)
        assert all(one["error"] in error and error.startswith("BadRequestError") for error in errors)


def test_whose_talk_it_was_and_what_was_said_about_it(traces: list[Trace]) -> None:
    trace = traces[0]
    assert (trace.session, trace.metadata["user"], trace.version) == (SENT[0]["session"], SENT[0]["user"], "2.3.0")
    assert [(item.name, item.value, item.comment, item.author) for item in trace.feedback] == [
        ("note", None, "The skipper found the berth at once.", "ilse"),
        ("reaction", "👍", None, "ilse"),
    ]


def test_no_text_is_lost(traces: list[Trace]) -> None:
    assert {kept_of(trace).share for trace in traces} == {1.0}


def test_the_order_of_calls_does_not_matter() -> None:
    rows = (EXPORTS / "calls.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    one, other = read("".join(rows)), read("".join(reversed(rows)))
    assert {trace.id for trace in one.traces} == {trace.id for trace in other.traces}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        (f"{OP}find_berth:abc123", "find_berth"),
        (f"{OP}Desk.answer:*", "Desk.answer"),
        ("find_berth", "find_berth"),
        ("weave:///a/b/op/openai.chat.completions.create:x", "openai.chat.completions.create"),
    ],
)
def test_ops_have_plain_names(name: str, plain: str) -> None:
    assert op_of(name) == plain


def test_an_op_that_a_model_called_by_name_is_the_tool() -> None:
    call = {"id": "x1", "type": "function", "function": {"name": "lock_hours", "arguments": '{"day": "today"}'}}
    asking = {**CHAT, "output": {"model": "m", "choices": [{"message": {"role": "assistant", "tool_calls": [call]}}]}}
    tool = {
        **{"id": "c-2", "trace_id": "t-1", "op_name": f"{OP}lock_hours:1", "started_at": "2026-05-01T10:00:02Z"},
        **{"inputs": {"day": "today"}, "output": "from eight to six"},
    }
    (trace,) = read(lines(asking, tool)).traces
    (step,) = _of(trace, StepKind.TOOL_CALL)
    assert (step.name, step.arguments, step.result) == ("lock_hours", {"day": "today"}, "from eight to six")


def test_plain_ops_say_what_went_in_and_came_out() -> None:
    plain = {**CHAT, "op_name": f"{OP}answer:1", "inputs": {"question": TALK[0][1]}, "output": TALK[1][1]}
    (trace,) = read(lines(plain)).traces
    assert said(trace) == TALK


def test_usage_of_a_parent_counts_once() -> None:
    parent = {**CHAT, "op_name": f"{OP}desk:1", "inputs": {"question": TALK[0][1]}, "output": TALK[1][1]}
    (trace,) = read(lines(parent, {**CHAT, "id": "c-2", "parent_id": "c-1"})).traces
    assert trace.metrics["tokens_in"] == 7
    assert said(trace) == TALK


@pytest.mark.parametrize(
    ("item", "name", "value", "metric"),
    [
        ({"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👎"}}, "reaction", "👎", None),
        ({"feedback_type": "wandb.annotation.tone", "payload": {"value": "curt"}}, "tone", "curt", None),
        ({"feedback_type": "wandb.runnable.kind", "payload": {"output": {"score": 0.5}}}, "kind.score", 0.5, 0.5),
        ({"feedback_type": "stars", "payload": {"value": 2}}, "stars", 2, 2),
    ],
    ids=["reaction", "annotation", "scorer", "own"],
)
def test_feedback_is_no_part_of_the_identity(item: dict[str, Any], name: str, value: Any, metric: float | None) -> None:
    rated = {**CHAT, "summary": {**CHAT["summary"], "weave": {"feedback": [item]}}}
    bare = {**CHAT, "summary": {**CHAT["summary"], "weave": {}}}
    (trace,) = read(lines(rated)).traces
    assert [(found.name, found.value) for found in trace.feedback] == [(name, value)]
    assert trace.metrics.get(name) == metric
    assert trace.id == read(lines(bare)).traces[0].id


def test_costs_of_all_models_are_summed() -> None:
    costs = {
        "m-2": {"prompt_tokens_total_cost": 0.01, "completion_tokens_total_cost": 0.02},
        "m-3": {"prompt_tokens_total_cost": 0.1},
    }
    (trace,) = read(lines({**CHAT, "summary": {"weave": {"costs": costs}}})).traces
    assert trace.metrics["cost_usd"] == pytest.approx(0.13)


def test_a_call_that_says_nothing_is_an_issue() -> None:
    found = read(lines({**CHAT, "op_name": f"{OP}noop:1", "inputs": {}, "output": None}), format="weave")
    assert "no conversation" in found.issues[0].reason


@pytest.mark.parametrize(
    ("exception", "shown"),
    [
        ("ValueError: the gate is stuck", "ValueError: the gate is stuck"),
        (
            {
                "type": "ValueError",
                "message": "the gate is stuck",
                "traceback": [{"function_name": "open_gate", "line_number": 4, "text": "gate.lift()"}],
            },
            "ValueError: the gate is stuck\n  open_gate: gate.lift()",
        ),
    ],
    ids=["text", "with frames"],
)
def test_exceptions_read_as_text(exception: Any, shown: str) -> None:
    said_as = exception if isinstance(exception, str) else json.dumps(exception)
    (trace,) = read(lines({**CHAT, "output": None, "exception": said_as})).traces
    assert [step.error for step in trace.steps if step.error] == [shown]
