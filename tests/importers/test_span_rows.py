"""Spans as rows: SDK dumps, Logfire, and the data frames of Phoenix as JSON Lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from evaldash.importers.python_literal import parsed_if_literal
from tests.importers.reading import lines, read, said

TRACE, ROOT, CALL, TOOL = "5b" * 16, "a1" * 8, "b2" * 8, "c3" * 8
ASKED, ANSWERED = "Is there a berth for me tonight?", "Yes, berth B14 is free."
TALK = [("user", ASKED), ("assistant", ANSWERED)]
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "berth-1",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": ASKED,
    "gen_ai.completion.0.content": ANSWERED,
    "gen_ai.completion.0.role": "assistant",
    "session.id": "visit-1",
}
RESOURCE = {"service.name": "harbour-desk", "service.version": "4.2"}
DUMPS: dict[str, dict[str, Any]] = {
    "Python's console": {
        "name": "chat",
        "context": {"trace_id": f"0x{TRACE}", "span_id": f"0x{CALL}", "trace_state": "[]"},
        "kind": "SpanKind.CLIENT",
        "parent_id": None,
        "start_time": "2026-05-01T10:00:00.000000Z",
        "end_time": "2026-05-01T10:00:01.500000Z",
        "status": {"status_code": "ERROR", "description": "the radio went silent"},
        "attributes": CHAT,
        "events": [],
        "links": [],
        "resource": {"attributes": RESOURCE, "schema_url": ""},
    },
    "JavaScript, in memory": {
        "name": "chat",
        "spanContext": {"traceId": TRACE, "spanId": CALL},
        "attributes": CHAT,
        "status": {"code": 2, "message": "the radio went silent"},
        "startTime": [1_777_629_600, 0],
        "endTime": [1_777_629_601, 500_000_000],
        "events": [],
        "resource": {"attributes": RESOURCE},
    },
    "JavaScript's console": {
        "traceId": TRACE,
        "id": CALL,
        "name": "chat",
        "timestamp": 1_777_629_600_000_000,
        "duration": 1_500_000,
        "attributes": CHAT,
        "status": {"code": 2, "message": "the radio went silent"},
        "events": [],
        "resource": {"attributes": RESOURCE},
    },
    "Logfire": {
        "trace_id": TRACE,
        "span_id": CALL,
        "parent_span_id": None,
        "span_name": "chat",
        "start_timestamp": "2026-05-01T10:00:00Z",
        "end_timestamp": "2026-05-01T10:00:01.500Z",
        "otel_status_code": "ERROR",
        "otel_status_message": "the radio went silent",
        "attributes": json.dumps(CHAT),
        "otel_resource_attributes": json.dumps(RESOURCE),
        "otel_events": [],
    },
}


def _one(text: str, name: str = "spans.jsonl", *, format: str) -> Trace:
    found = read(text, name)
    assert found.format == format
    assert not found.issues
    (trace,) = found.traces
    assert kept_of(trace).share == 1.0
    return trace


@pytest.mark.parametrize("dump", DUMPS.values(), ids=DUMPS)
def test_a_span_as_its_sdk_dumps_it(dump: dict[str, Any]) -> None:
    trace = _one(json.dumps([dump]), format="otel_spans")
    assert said(trace) == TALK
    assert (trace.session, trace.version, trace.external_id) == ("visit-1", "4.2", TRACE)
    assert trace.metrics["latency_ms"] == 1500.0
    assert trace.started_at is not None
    assert trace.started_at.isoformat() == "2026-05-01T10:00:00+00:00"
    (call,) = (step for step in trace.steps if step.kind is StepKind.MODEL_CALL)
    assert call.error == "the radio went silent"


@pytest.mark.parametrize("key", ["spans", "data"])
def test_spans_listed_in_one_object(key: str) -> None:
    assert said(_one(json.dumps({key: [DUMPS["JavaScript, in memory"]]}), format="otel_spans")) == TALK


NESTED: dict[str, Any] = {
    "name": "llm",
    "context": {"trace_id": TRACE, "span_id": CALL},
    "span_kind": "LLM",
    "parent_id": None,
    "start_time": "2026-05-01T10:00:00+00:00",
    "end_time": "2026-05-01T10:00:01+00:00",
    "status_code": "UNSET",
    "status_message": "",
    "attributes": {
        "llm": {
            "model_name": "berth-1",
            "input_messages": [{"message": {"role": "user", "content": ASKED}}],
            "output_messages": [{"message": {"role": "assistant", "content": ANSWERED}}],
            "token_count": {"prompt": 3, "completion": 4},
        },
        "metadata": {"plan": "guest of the harbour"},
        "session": {"id": "visit-1"},
    },
    "events": [],
}
ANNOTATION = {
    "name": "quality",
    "annotator_kind": "HUMAN",
    "result": {"label": "good", "score": 0.8, "explanation": "short and right"},
}


def test_spans_of_phoenix_as_json_lines() -> None:
    trace = _one(lines(NESTED), format="phoenix")
    assert said(trace) == TALK
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == (3.0, 4.0)
    assert (trace.session, trace.metadata["plan"]) == ("visit-1", "guest of the harbour")


def test_annotations_of_phoenix_are_feedback_and_no_part_of_the_identity() -> None:
    trace = _one(lines({**NESTED, "annotations": [ANNOTATION]}), format="phoenix")
    score, label = trace.feedback
    assert (score.name, score.value, score.comment, score.author) == ("quality", 0.8, "short and right", "HUMAN")
    assert (label.name, label.value) == ("quality.label", "good")
    assert trace.metrics["quality"] == 0.8
    assert trace.id == _one(lines(NESTED), format="phoenix").id


CALL_CELL = (
    "[{'message.role': 'assistant', 'message.tool_calls': array([{'tool_call.id': 'c1', 'tool_call.function.name': "
    "'find_berth', 'tool_call.function.arguments': '{\"nights\": 1}'}], dtype=object)}]"
)
ROWS: list[dict[str, Any]] = [
    {
        "": ROOT,
        "name": "harbour desk",
        "span_kind": "AGENT",
        "start_time": "2026-05-01 10:00:00+00:00",
        "end_time": "2026-05-01 10:00:03.500+00:00",
        "status_code": "OK",
        "events": "[]",
        "context.span_id": ROOT,
        "context.trace_id": TRACE,
        "attributes.input.value": ASKED,
        "attributes.output.value": ANSWERED,
        "attributes.metadata": "{'plan': 'guest of the harbour'}",
        "eval.Helpful.score": "1.0",
        "eval.Helpful.label": "helpful",
        "eval.Helpful.explanation": "It names a berth.",
    },
    {
        "": CALL,
        "name": "llm",
        "span_kind": "LLM",
        "parent_id": ROOT,
        "start_time": "2026-05-01 10:00:01+00:00",
        "end_time": "2026-05-01 10:00:02+00:00",
        "status_code": "OK",
        "events": "[]",
        "context.span_id": CALL,
        "context.trace_id": TRACE,
        "attributes.llm.model_name": "berth-1",
        "attributes.llm.token_count.prompt": "11.0",
        "attributes.llm.input_messages": "[{'message.role': 'system', 'message.content': \"It's a small harbour.\"}\n"
        f" {{'message.role': 'user', 'message.content': '{ASKED}'}}]",
        "attributes.llm.output_messages": CALL_CELL,
    },
    {
        "": TOOL,
        "name": "find_berth",
        "span_kind": "TOOL",
        "parent_id": ROOT,
        "start_time": "2026-05-01 10:00:02+00:00",
        "end_time": "2026-05-01 10:00:02.100+00:00",
        "status_code": "ERROR",
        "status_message": "the berth list is closed",
        "events": "[{'name': 'exception', 'timestamp': '2026-05-01T10:00:02Z', "
        "'attributes': {'exception.type': 'ValueError', 'exception.message': 'the berth list is closed'}}]",
        "context.span_id": TOOL,
        "context.trace_id": TRACE,
        "attributes.input.value": '{"nights": 1}',
        "attributes.tool.name": "find_berth",
    },
]


def _csv(rows: list[dict[str, Any]], *, index: str | None = None) -> str:
    """Return rows as a data frame writes them, with its index as a first column of the same name as another."""
    columns = list(dict.fromkeys(name for row in rows for name in row if name or index))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([name or index for name in columns])
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return text.getvalue()


@pytest.mark.parametrize("index", [None, "context.span_id"], ids=["columns only", "with its index"])
@pytest.mark.parametrize("order", [1, -1], ids=["as it was", "turned"])
def test_a_data_frame_of_phoenix_whose_cells_are_python(index: str | None, order: int) -> None:
    trace = _one(_csv(ROWS[::order], index=index), "spans.csv", format="phoenix")
    assert said(trace) == [("system", "It's a small harbour."), *TALK]
    (call,) = (step for step in trace.steps if step.kind is StepKind.TOOL_CALL)
    assert (call.name, call.arguments, call.attributes["call_id"]) == ("find_berth", {"nights": 1}, "c1")
    assert call.error == "ValueError: the berth list is closed"
    assert trace.metadata["plan"] == "guest of the harbour"
    assert (trace.metrics["tokens_in"], trace.metrics["latency_ms"], trace.metrics["Helpful"]) == (11.0, 3500.0, 1.0)
    assert {item.name: (item.value, item.comment) for item in trace.feedback} == {
        "Helpful": (1.0, "It names a berth."),
        "Helpful.label": ("helpful", None),
    }


def test_evaluations_in_columns_are_no_part_of_the_identity() -> None:
    without = [{name: value for name, value in row.items() if not name.startswith("eval.")} for row in ROWS]
    ids = {_one(_csv(rows), "spans.csv", format="phoenix").id for rows in (ROWS, without)}
    assert len(ids) == 1


def test_a_row_that_is_no_span_is_an_issue() -> None:
    found = read(lines(NESTED, {"name": "llm", "span_kind": "LLM"}, NESTED), format="phoenix")
    assert [said(trace) for trace in found.traces] == [TALK]
    (issue,) = found.issues
    assert issue.record == "line 2"
    assert "context.trace_id" in issue.reason


LITERALS = {
    "a list": ("[1, 2.5, -3, 'a', None, True]", [1, 2.5, -3, "a", None, True]),
    "a dictionary with nan": ("{'a': nan, 'b': (1, 2)}", {"a": None, "b": [1, 2]}),
    "an array in an array": ("[{'a': array([1, 2], dtype=object)}\n {'a': array([])}]", [{"a": [1, 2]}, {"a": []}]),
    "text": ("[sic] this is no list", "[sic] this is no list"),
    "a call": ("[__import__('os').getcwd()]", "[__import__('os').getcwd()]"),
    "a sum": ("[1 + 1]", "[1 + 1]"),
    "a name": ("[secret]", "[secret]"),
    "an f-string": ("[f'{secret}']", "[f'{secret}']"),
    "bytes": ("[b'a']", "[b'a']"),
    "too many brackets": ("[" * 500 + "]" * 500, "[" * 500 + "]" * 500),
}


@pytest.mark.parametrize(("text", "expected"), LITERALS.values(), ids=LITERALS)
def test_python_literals_are_read_and_never_evaluated(text: str, expected: Any) -> None:
    assert parsed_if_literal(text) == expected
