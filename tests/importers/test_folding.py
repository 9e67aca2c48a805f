"""A span tree folds into the conversation its user had: each thing once, in order, the plumbing in folded steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evaldash.domain.trace import Json, Trace
from evaldash.importers.folding import folded
from evaldash.importers.spans import Span, SpanKind, SpanTrace

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PROMPT: dict[str, Any] = {"role": "system", "content": "You are the desk of a small harbour."}
ASK: dict[str, Any] = {"role": "user", "content": "Is there a berth for a boat of nine metres?"}
CALL: dict[str, Any] = {
    "id": "c1",
    "type": "function",
    "function": {"name": "find_berth", "arguments": '{"metres": 9}'},
}
WANTS: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}
FOUND: dict[str, Any] = {"role": "tool", "tool_call_id": "c1", "content": '{"berth": 14}'}
ANSWER: dict[str, Any] = {"role": "assistant", "content": "Yes, berth 14 is free."}
THANKS: dict[str, Any] = {"role": "user", "content": "Thank you. What does it cost?"}
ROUTE: dict[str, Any] = {"role": "user", "content": "Name the desk for this request"}
PRICE: dict[str, Any] = {"role": "assistant", "content": "29 euros a night."}


def span(id: str, kind: SpanKind = SpanKind.CHAIN, parent: str | None = None, at: int = 0, **more: Any) -> Span:
    started = NOON + timedelta(seconds=at)
    return Span(id=id, parent=parent, name=id, kind=kind, started=started, ended=started + timedelta(seconds=1), **more)


def model(id: str, given: Sequence[Json], answered: Sequence[Json], **more: Any) -> Span:
    return span(id, SpanKind.MODEL, given=given, answered=answered, model="harbour-mini", **more)


def fold(*spans: Span, **more: Any) -> Trace:
    return folded(SpanTrace(spans=spans, raw=[{"id": item.id} for item in spans], format="test", **more))


def shown(trace: Trace) -> list[str]:
    """Return the steps in short: who said what, what was called, what is folded away."""
    return [
        f"{step.role.value}: {step.text}" if step.kind == "message" and step.role else f"{step.kind.value} {step.name}"
        for step in trace.steps
    ]


TALK = [
    "system: You are the desk of a small harbour.",
    "user: Is there a berth for a boat of nine metres?",
    "model_call harbour-mini",
    "tool_call find_berth",
    "model_call harbour-mini",
    "assistant: Yes, berth 14 is free.",
]
TOOL = span("find_berth", SpanKind.TOOL, "root", at=2, input={"metres": 9}, output={"berth": 14}, call_id="c1")
FIRST = model("m1", [PROMPT, ASK], [WANTS], parent="root", at=1)
SECOND = model("m2", [PROMPT, ASK, WANTS, FOUND], [ANSWER], parent="root", at=3)
ROOT = span("root", SpanKind.AGENT)


@pytest.mark.parametrize(
    ("spans", "steps"),
    [
        pytest.param((ROOT, FIRST, TOOL, SECOND), TALK, id="history once, the tool tied to its call"),
        pytest.param((SECOND, TOOL, ROOT, FIRST), TALK, id="in whatever order they come"),
        pytest.param((FIRST, TOOL, SECOND), TALK, id="the parent of all of them is missing"),
        pytest.param(
            (
                ROOT,
                span("lookup", SpanKind.RETRIEVAL, "root", at=0, output=["berths are on the south pier"]),
                model("m1", [PROMPT, ASK], [ANSWER], parent="root", at=1),
            ),
            [*TALK[:2], "retrieval lookup", "model_call harbour-mini", TALK[-1]],
            id="what was looked up stands behind the question",
        ),
        pytest.param(
            (
                span("root", input={"question": ASK["content"]}, output={"answer": ANSWER["content"]}),
                model("route", [ROUTE], [PRICE], parent="root", at=1),
                model("m1", [PROMPT, ASK], [ANSWER], parent="root", at=2),
            ),
            [TALK[0], TALK[1], "model_call harbour-mini", "model_call harbour-mini", TALK[-1]],
            id="a call about something else stays folded",
        ),
        pytest.param(
            (model("m1", [ASK], [ANSWER], at=0), model("m2", [ASK, ANSWER, THANKS], [PRICE], at=5)),
            [TALK[1], "model_call harbour-mini", TALK[-1], f"user: {THANKS['content']}", "model_call harbour-mini",
             f"assistant: {PRICE['content']}"],
            id="two turns, the second with the first as its history",
        ),
        pytest.param(
            (
                model("m1", [ASK], [ANSWER], at=0),
                span("lookup", SpanKind.RETRIEVAL, at=5, output=["prices are on the board"]),
                model("m2", [ASK, ANSWER, THANKS], [PRICE], at=6),
            ),
            [TALK[1], "model_call harbour-mini", TALK[-1], f"user: {THANKS['content']}", "retrieval lookup",
             "model_call harbour-mini", f"assistant: {PRICE['content']}"],
            id="what was looked up for the second turn stands in it",
        ),
        pytest.param(
            (span("a", parent="b", input="Is a berth free?", output="Yes, one."), span("b", parent="a")),
            ["user: Is a berth free?", "assistant: Yes, one."],
            id="a cycle",
        ),
        pytest.param(
            (ROOT, model("m1", [ASK], [], parent="root", at=1, error="the harbour office is closed")),
            [TALK[1], "model_call harbour-mini"],
            id="a call that failed",
        ),
    ],
)  # fmt: skip
def test_the_conversation(spans: tuple[Span, ...], steps: list[str]) -> None:
    assert shown(fold(*spans)) == steps


def test_a_tool_call_holds_its_arguments_and_result() -> None:
    (call,) = [step for step in fold(ROOT, FIRST, TOOL, SECOND).steps if step.kind == "tool_call"]
    assert (call.name, call.arguments, call.result) == ("find_berth", {"metres": 9}, {"berth": 14})
    assert call.attributes["call_id"] == "c1"
    assert call.attributes["latency_ms"] == 1000


def test_tokens_of_a_wrapper_that_repeats_its_calls_count_once() -> None:
    used = {"tokens_in": 40.0, "tokens_out": 8.0}
    wrapper = span("root", SpanKind.AGENT, metrics={"tokens_in": 80.0, "tokens_out": 16.0})
    calls = (
        model("m1", [ASK], [WANTS], parent="root", metrics=used),
        model("m2", [ASK], [ANSWER], parent="root", metrics=used),
    )
    trace = fold(wrapper, *calls)
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == (80, 16)


def test_latency_is_from_the_first_start_to_the_last_end() -> None:
    assert fold(ROOT, FIRST, TOOL, SECOND).metrics["latency_ms"] == 4000


def test_an_error_of_the_plumbing_is_shown_once() -> None:
    why = "the index of berths could not be read"
    trace = fold(span("root", error=why, input="Is a berth free?"), span("inner", parent="root", at=1, error=why))
    assert [step.error for step in trace.steps if step.error] == [why]


def test_a_model_call_inside_a_tool_stands_in_it() -> None:
    inner = model("m3", [{"role": "user", "content": "Rank these berths by depth"}], [PRICE], parent="find_berth", at=2)
    steps = fold(ROOT, FIRST, TOOL, inner, SECOND).steps
    (call,) = [step for step in steps if step.parent is not None]
    assert call.kind == "model_call"
    assert steps[call.parent - 1].kind == "tool_call" if call.parent else False
    assert isinstance(call.arguments, dict)
    assert call.arguments["messages"] == [{"role": "user", "content": "Rank these berths by depth"}]
