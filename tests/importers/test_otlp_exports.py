"""What SDKs of OpenTelemetry, OpenInference and OpenLLMetry exported, compared with what was sent, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import ImportIssue, Step, StepKind, Trace
from evaldash.importers import Told, expand, read_file
from evaldash.importers.base import Part
from evaldash.importers.kept import kept_of
from evaldash.importers.otlp_protobuf import otlp_records
from evaldash.importers.sources import SourceFile
from tests.importers.reading import said

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports"
CASES = {
    "events in log records": ("otel_openai_events", ["events.spans.otlp.jsonl", "events.logs.otlp.jsonl"]),
    "events, log records first": ("otel_openai_events", ["events.logs.otlp.jsonl", "events.spans.otlp.jsonl"]),
    "events in protobuf": ("otel_openai_events", ["events.spans.pb", "events.logs.pb"]),
    "events, spans in protobuf": ("otel_openai_events", ["events.spans.pb", "events.logs.otlp.jsonl"]),
    "messages on spans": ("otel_openai_v2", ["latest_span.spans.otlp.jsonl"]),
    "messages on spans in protobuf": ("otel_openai_v2", ["latest_span.spans.pb"]),
    "messages on spans, from the console": ("otel_openai_v2", ["console_spans.json"]),
    "messages in one event": ("otel_openai_v2", ["latest_event.spans.otlp.jsonl", "latest_event.logs.otlp.jsonl"]),
    "messages in one event in protobuf": ("otel_openai_v2", ["latest_event.logs.pb", "latest_event.spans.pb"]),
    "OpenInference": ("openinference_openai", ["spans.otlp.jsonl"]),
    "OpenInference in protobuf": ("openinference_openai", ["spans.pb"]),
    "OpenLLMetry, ids in base64": ("openllmetry", ["spans.otlp.jsonl"]),
    "OpenLLMetry in protobuf": ("openllmetry", ["spans.pb"]),
    "Langfuse": ("langfuse_sdk", ["spans.pb"]),
    "Langfuse, ids in base64": ("langfuse_sdk", ["spans.otlp.jsonl"]),
    "LangGraph through OpenInference": ("langgraph_otel", ["openinference.otlp.jsonl"]),
    "LangGraph through OpenLLMetry": ("langgraph_otel", ["openllmetry.otlp.jsonl"]),
}


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[list[dict[str, Any]], list[Trace]]:
    """What was sent, and the traces that its files make together."""
    folder, names = request.param
    sent = json.loads((EXPORTS / folder / "sent.json").read_text(encoding="utf-8"))
    return sent, _together([EXPORTS / folder / name for name in names])


def _together(paths: list[Path]) -> list[Trace]:
    """Return the traces of files that are imported at once."""
    groups: dict[str, list[Any]] = {}
    for source in expand([str(path) for path in paths]):
        assert isinstance(source, SourceFile)
        reading = read_file(source)
        for item in reading.items:
            assert isinstance(item, Part), "every record is a part of a trace"
            groups.setdefault(item.group, []).append(item.value)
    items = [item for parts in groups.values() for item in reading.assembled(parts)]
    told = [item for item in items if isinstance(item, Told)]
    assert not any(item.not_understood for item in told)
    # Making an agent is a trace of its own, in which nobody says anything.
    issues = [item.reason for item in items if isinstance(item, ImportIssue)]
    assert all("no conversation" in reason and "create_agent" in reason for reason in issues)
    return sorted((item.trace for item in told), key=lambda trace: str(trace.started_at))


def _of(trace: Trace, kind: StepKind) -> list[Step]:
    return [step for step in trace.steps if step.kind is kind]


def test_the_conversation_is_the_one_that_was_had(case: Any) -> None:
    sent, traces = case
    assert [said(trace) for trace in traces] == [[tuple(message) for message in one["messages"]] for one in sent]


def test_tool_calls_have_their_arguments_and_results(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        calls = _of(trace, StepKind.TOOL_CALL)
        assert [
            {"name": c.name, "id": c.attributes["call_id"], "arguments": c.arguments, "result": c.result} for c in calls
        ] == one["tool_calls"]


def test_a_call_stands_between_the_question_and_the_answer(case: Any) -> None:
    _, traces = case
    kinds = [step.kind.value for step in traces[0].steps if step.kind is not StepKind.MODEL_CALL]
    assert kinds[:4] == ["message", "message", "tool_call", "message"]
    assert set(kinds[4:]) <= {"message"}


def test_tokens_are_summed_once(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        assert trace.metrics.get("tokens_in") == one["tokens_in"]
        assert trace.metrics.get("tokens_out") == one["tokens_out"]
        assert trace.metrics["latency_ms"] > 0


def test_model_calls_and_errors(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        calls = _of(trace, StepKind.MODEL_CALL)
        assert len(calls) == one["model_calls"]
        assert trace.metadata["model"] == one["model"]
        errors = [step.error for step in trace.steps if step.error]
        assert len(errors) == (one["error"] is not None)
        assert all(one["error"] in error for error in errors)


def test_whose_talk_it_was(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        assert trace.session == one["session"]
        assert trace.metadata.get("user") == one["user"]
        assert trace.version == one["version"]
        assert trace.metadata["service"] == "harbour-desk"


def test_no_text_is_lost(case: Any) -> None:
    _, traces = case
    assert {kept_of(trace).share for trace in traces} == {1.0}


@pytest.mark.parametrize("folder", ["otel_openai_events", "otel_openai_v2", "openinference_openai"])
def test_protobuf_says_what_the_json_of_the_same_sdk_says(folder: str) -> None:
    files = sorted((EXPORTS / folder).glob("*.pb"))
    assert files
    for path in files:
        lines = path.with_suffix(".otlp.jsonl").read_text(encoding="utf-8").splitlines()
        assert [record.value for record in otlp_records(path.read_bytes())] == [json.loads(line) for line in lines]
