"""Braintrust: rows that its own SDK wrote, compared with what was sent; rows of the API and of the page's CSV."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.reading import lines, read, said

EXPORT = Path(__file__).resolve().parents[1] / "fixtures" / "exports" / "braintrust_sdk"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in (EXPORT / "rows.jsonl").read_text("utf-8").splitlines()]
SENT: list[dict[str, Any]] = json.loads((EXPORT / "sent.json").read_text("utf-8"))
CELLS = ("input", "output", "metadata", "metrics", "scores", "span_attributes", "span_parents", "tags")


def _csv(rows: list[dict[str, Any]]) -> str:
    held = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(held, names)
    writer.writeheader()
    writer.writerows({name: json.dumps(row[name]) if name in CELLS else row[name] for name in row} for row in rows)
    return held.getvalue()


SHAPES = {
    "as sent": lines(*ROWS),
    "shuffled": lines(*random.Random(4).sample(ROWS, len(ROWS))),  # noqa: S311
    "as the API lists them": json.dumps({"events": ROWS, "cursor": None}),
    "CSV of the page": _csv(ROWS),
}


@pytest.fixture(params=SHAPES.values(), ids=list(SHAPES))
def traces(request: pytest.FixtureRequest) -> list[Trace]:
    found = read(request.param)
    assert found.format == "braintrust"
    assert not found.issues
    return sorted(found.traces, key=lambda trace: str(trace.started_at))


def test_the_conversation_is_the_one_that_was_had(traces: list[Trace]) -> None:
    assert [said(trace) for trace in traces] == [[tuple(message) for message in one["messages"]] for one in SENT]
    calls = [step for step in traces[0].steps if step.kind is StepKind.TOOL_CALL]
    told = [
        {"name": c.name, "id": c.attributes["call_id"], "arguments": c.arguments, "result": c.result} for c in calls
    ]
    assert told == SENT[0]["tool_calls"]


def test_what_it_cost_and_whose_talk_it_was(traces: list[Trace]) -> None:
    one, trace = SENT[0], traces[0]
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == (one["tokens_in"], one["tokens_out"])
    assert (trace.session, trace.metadata["user"], trace.version) == (one["session"], one["user"], one["version"])
    assert (trace.metadata["plan"], tuple(trace.tags)) == ("guest berth", ("harbour",))
    assert trace.metrics["helpful"] == 0.5
    assert {kept_of(trace).share for trace in traces} == {1.0}


def test_what_was_refused_says_why(traces: list[Trace]) -> None:
    errors = [[step.error for step in trace.steps if step.error] for trace in traces]
    assert errors[0] == []
    assert [SENT[1]["error"] in error for error in errors[1]] == [True]


EXACT = "The words are not the same at all."


def _row(span: str, parent: str | None, kind: str, /, **more: Any) -> dict[str, Any]:
    """Return a row of an experiment as the API lists it: all fields, null where there is nothing."""
    return {
        "id": f"row-{span}",
        "span_id": span,
        "root_span_id": "r",
        "span_parents": [parent] if parent else None,
        "is_root": parent is None,
        "experiment_id": "e-1",
        "_xact_id": "1000193",
        "created": "2026-05-01T10:00:00Z",
        "span_attributes": {"name": span, "type": kind},
        "expected": None,
        "scores": None,
        "tags": None,
        "error": None,
        "metadata": None,
        **more,
    }


ASK, ANSWER = "When does the last ferry leave?", "It leaves at nine."
COST = {"prompt_tokens": 20, "completion_tokens": 5, "estimated_cost": 0.001}
RUN = [
    _row("r", None, "eval", input=ASK, output=ANSWER, expected="At nine.", metadata={"case": "late"}),
    _row("task", "r", "task", input=ASK, output=ANSWER),
    _row(
        "chat",
        "task",
        "llm",
        input=[{"role": "user", "content": ASK}],
        output=[{"index": 0, "message": {"role": "assistant", "content": ANSWER}}],
        metadata={"model": "harbour-mini"},
        metrics=COST,
    ),
]
JUDGED = [
    {**RUN[0], "scores": {"exact": 0, "tone": None}, "comments": [{"text": "Should name the pier."}]},
    *RUN[1:],
    _row("exact", "r", "score", output={"score": 0}, metadata={"rationale": EXACT}, scores={"exact": 0}),
    _row(
        "judge",
        "exact",
        "llm",
        input=[{"role": "user", "content": "Compare the answer of the desk with what was expected."}],
        output=[{"message": {"role": "assistant", "content": "They differ, I choose the worst grade."}}],
        metrics=COST,
    ),
]


def test_an_experiment_reads_as_its_talk_and_what_judged_it() -> None:
    (trace,) = read(json.dumps({"events": JUDGED[::-1], "cursor": "c"})).traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]
    told = {item.name: (item.value, item.comment) for item in trace.feedback}
    assert told == {"exact": (0, EXACT), "expected": ("At nine.", None), "comment": (None, "Should name the pier.")}
    assert trace.metrics["exact"] == 0
    assert (trace.metrics["tokens_in"], trace.metrics["cost_usd"]) == (20, 0.001)
    assert len([step for step in trace.steps if step.kind is StepKind.MODEL_CALL]) == 1
    assert kept_of(trace).share == 1.0


def test_a_judged_trace_is_the_same_trace() -> None:
    (before,), (after,) = read(lines(*RUN)).traces, read(lines(*JUDGED)).traces
    assert before.id == after.id


def test_scorers_judge_and_do_not_speak() -> None:
    root = ROWS[0]["root_span_id"]
    scorer = {
        "id": "x",
        "span_id": "x",
        "root_span_id": root,
        "span_parents": [ROWS[0]["span_id"]],
        "scores": {"tone": 0.2},
        "span_attributes": {"type": "score", "name": "tone"},
        "output": "The answer sounds curt to a guest.",
        "created": ROWS[0]["created"],
    }
    before, after = read(lines(*ROWS)).traces[0], read(lines(*ROWS, scorer)).traces[0]
    assert said(before) == said(after)
    assert after.metrics["tone"] == 0.2
    assert before.id == after.id


def test_an_error_is_shown() -> None:
    failed = {**ROWS[-1], "error": "the ferry timetable is too long"}
    (trace,) = read(lines(failed)).traces
    assert [step.error for step in trace.steps if step.error] == ["the ferry timetable is too long"]
