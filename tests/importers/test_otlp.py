"""OTLP as files hold it: requests in every layout, traces scattered over them, and what goes wrong on the way."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers import Told, expand, read_file, whole_traces
from evaldash.importers.kept import kept_of
from evaldash.importers.sources import SourceFile
from tests.importers.otlp_building import START, TRACE, log, request, span
from tests.importers.reading import Read, lines, read, said

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats"
ASKED, ANSWERED = "When does the last ferry leave?", "The last ferry leaves at ten."
TALK = [("user", ASKED), ("assistant", ANSWERED)]
ROOT = span(1, {"openinference.span.kind": "CHAIN", "input.value": ASKED, "output.value": ANSWERED}, name="desk")
CALL = span(
    2,
    {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "ferry-1",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": ASKED,
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": ANSWERED,
    },
    parent=1,
)


def _one(found: Read) -> Trace:
    assert not found.issues
    (trace,) = found.traces
    return trace


def _snake(value: Any) -> Any:
    if isinstance(value, dict):
        return {re.sub(r"[A-Z]", lambda m: f"_{m.group().lower()}", key): _snake(item) for key, item in value.items()}
    return [_snake(item) for item in value] if isinstance(value, list) else value


def _base64_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(item)).decode() if key.endswith("Id") else _base64_ids(item)
            for key, item in value.items()
        }
    return [_base64_ids(item) for item in value] if isinstance(value, list) else value


def _number_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: int(item) if key.endswith("Nano") else _number_times(item) for key, item in value.items()}
    return [_number_times(item) for item in value] if isinstance(value, list) else value


LAYOUTS = {
    "one request": json.dumps(request(ROOT, CALL)),
    "one request, indented": json.dumps(request(ROOT, CALL), indent=2),
    "a line for each span": lines(request(ROOT), request(CALL)),
    "children first": lines(request(CALL), request(ROOT)),
    "an array": json.dumps([request(ROOT), request(CALL)]),
    "sent twice": lines(request(ROOT, CALL), request(CALL), request(ROOT)),
    "as Tempo has it": json.dumps({"batches": request(ROOT, CALL)["resourceSpans"]}),
    "as Tempo has it, within a trace": json.dumps({"trace": request(ROOT, CALL)}),
    "with a line of nothing": lines({"resourceSpans": []}, request(ROOT, CALL)),
    "snake_case": json.dumps(_snake(request(ROOT, CALL))),
    "ids in base64": json.dumps(_base64_ids(request(ROOT, CALL))),
    "times as numbers": json.dumps(_number_times(request(ROOT, CALL))),
    "old names of scopes": json.dumps(request(ROOT, CALL))
    .replace("scopeSpans", "instrumentationLibrarySpans")
    .replace('"scope"', '"instrumentationLibrary"'),
    "with a mark at the beginning": "\ufeff" + json.dumps(request(ROOT, CALL)),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_a_trace_is_one_in_every_layout(text: str) -> None:
    found = read(text, "traces.json")
    trace = _one(found)
    assert found.format == "otlp"
    assert found.confidence > 0.9
    assert said(trace) == TALK
    assert trace.external_id == TRACE
    assert trace.metrics["latency_ms"] == 1500.0
    assert trace.started_at is not None
    assert trace.started_at.timestamp() == START / 1e9 + 1
    assert len(trace.raw) == 2
    assert kept_of(trace).share == 1.0


def test_its_identity_does_not_depend_on_the_order() -> None:
    layouts = ("one request", "a line for each span", "children first", "an array", "sent twice")
    assert len({_one(read(LAYOUTS[name], "traces.json")).id for name in layouts}) == 1


def test_a_span_sent_again_at_its_end_counts_once() -> None:
    begun = {**CALL, "attributes": CALL["attributes"][:2]}
    trace = _one(read(lines(request(ROOT, begun), request(CALL))))
    assert said(trace) == TALK
    assert sum(step.kind is StepKind.MODEL_CALL for step in trace.steps) == 1


def test_several_traces_in_one_request() -> None:
    other = {**CALL, "traceId": "c4" * 16, "parentSpanId": ""}
    found = read(lines(request(ROOT, other, CALL)))
    assert [trace.external_id for trace in found.traces] == [TRACE, "c4" * 16]
    assert [said(trace) for trace in found.traces] == [TALK, TALK]


ODD_PARENTS = {
    "missing": [{**CALL, "parentSpanId": "f" * 16}],
    "zeros": [{**CALL, "parentSpanId": "0" * 16}],
    "itself": [{**CALL, "parentSpanId": CALL["spanId"]}],
    "a cycle": [{**ROOT, "parentSpanId": CALL["spanId"]}, CALL],
}


@pytest.mark.parametrize("spans", ODD_PARENTS.values(), ids=ODD_PARENTS)
def test_parents_that_lead_nowhere(spans: list[Any]) -> None:
    assert said(_one(read(lines(request(*spans))))) == TALK


def test_events_without_their_span_tell_the_conversation() -> None:
    logs = [
        log(1, "gen_ai.user.message", {"content": ASKED}),
        log(1, "gen_ai.choice", {"message": {"content": ANSWERED}}),
    ]
    assert said(_one(read(lines(request(logs=logs))))) == TALK


def test_the_name_of_an_event_may_be_an_attribute() -> None:
    record = log(1, "", {"content": ASKED}, told={"event.name": "gen_ai.user.message"})
    assert said(_one(read(lines(request(logs=[record]))))) == TALK[:1]


def test_other_log_records_stand_in_the_metadata() -> None:
    trace = _one(read(lines(request(ROOT, CALL, logs=[log(2, "", "the radio was silent for a while")]))))
    assert trace.metadata["logs"] == ["the radio was silent for a while"]
    assert said(trace) == TALK


def test_attributes_that_nobody_knows_stand_in_the_metadata() -> None:
    odd = span(
        3, {"harbour.note": "the fog was thick that night"}, parent=1, events=[("a foghorn was heard twice", {})]
    )
    trace = _one(read(lines(request(ROOT, CALL, odd, resource={"host.note": "a server in the old lighthouse"}))))
    assert trace.metadata["harbour.note"] == "the fog was thick that night"
    assert trace.metadata["host.note"] == "a server in the old lighthouse"
    assert trace.metadata["events"] == "a foghorn was heard twice"
    assert kept_of(trace).share == 1.0


def test_version_and_environment_come_from_the_resource() -> None:
    resource = {"service.name": "desk", "service.version": "4.2", "deployment.environment.name": "production"}
    trace = _one(read(lines(request(ROOT, CALL, resource=resource))))
    assert trace.version == "4.2"
    assert (trace.metadata["environment"], trace.metadata["service"]) == ("production", "desk")


SCORE = {
    "gen_ai.evaluation.name": "helpful",
    "gen_ai.evaluation.score.value": 0.5,
    "gen_ai.evaluation.explanation": "It does not say from which pier.",
}


def test_an_evaluation_that_comes_later_is_feedback() -> None:
    before = _one(read(lines(request(ROOT, CALL))))
    event = {**CALL, "events": span(2, {}, events=[("gen_ai.evaluation.result", SCORE)])["events"]}
    as_event = _one(read(lines(request(ROOT, event))))
    as_log = _one(read(lines(request(ROOT, CALL, logs=[log(2, "gen_ai.evaluation.result", told=SCORE)]))))
    for trace in (as_event, as_log):
        (item,) = trace.feedback
        assert (item.name, item.value, item.comment) == ("helpful", 0.5, "It does not say from which pier.")
        assert trace.metrics["helpful"] == 0.5
        assert said(trace) == TALK
    assert as_log.id == before.id


BAD = {
    "a span without a trace": (request({**CALL, "traceId": ""}), "line 2", "span without a trace id"),
    "a log record without a trace": (
        request(logs=[{**log(1, "gen_ai.choice"), "traceId": ""}]),
        "line 2",
        "log record without a trace id",
    ),
    "something else": ({"spans": 3}, "line 2", "neither resourceSpans nor resourceLogs"),
    "no conversation": (
        request(span(1, {"http.method": "GET"}, name="GET /health", trace="c4" * 16)),
        f"trace {'c4' * 16}",
        "no conversation in it: nothing of a model, tool or agent (GET /health)",
    ),
}


@pytest.mark.parametrize(("record", "label", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_part_of_a_trace_is_an_issue(record: Any, label: str, reason: str) -> None:
    found = read(lines(request(ROOT, CALL), record))
    assert [said(trace) for trace in found.traces] == [TALK]
    (issue,) = found.issues
    assert issue.record == label
    assert reason in issue.reason
    assert issue.raw


HOSTILE = {
    "a list index out of all proportion": {"llm.input_messages.999999999.message.content": "x"},
    "a name of many dots": {"llm.input_messages" + ".a" * 5_000: "x"},
    "a name and one below it": {"llm.input_messages.0": "x", "llm.input_messages.0.message.role": "user"},
    "JSON of brackets": {"gen_ai.input.messages": "[" * 50_000},
    "messages that are none": {"gen_ai.input.messages": '[1, null, [], {}, {"role": 3}]'},
    "numbers as texts": {"gen_ai.usage.input_tokens": "many", "gen_ai.usage.output_tokens": float("inf")},
    "tools that are none": {"gen_ai.tool.definitions": "3", "llm.tools.0": "x"},
    "NUL and a lone surrogate": {"gen_ai.prompt.0.content": "a\0b\ud800"},
}


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_hostile_attributes_do_no_harm(told: dict[str, Any]) -> None:
    odd = span(3, told, parent=1)
    trace = _one(read(lines(request(ROOT, CALL, odd))))
    assert said(trace)[:1] == TALK[:1]
    assert ("assistant", ANSWERED) in said(trace)


REAL = {
    "openinference/openinference-openai-chat.otlp.jsonl": ("otlp", 14),
    "otlp_genai/openllmetry-0.40-openai-chat.otlp.jsonl": ("otlp", 14),
    "otlp_genai/openllmetry-0.62-openai-chat.otlp.jsonl": ("otlp", 14),
    "otlp_genai/otel-openai-v2-2.3b0-events.otlp.logs.jsonl": ("otlp", 6),
    "vercel_ai_sdk/all-spans.json": ("otel_spans", 10),
}


@pytest.mark.parametrize(("path", "expected"), REAL.items(), ids=REAL)
def test_real_files(path: str, expected: tuple[str, int]) -> None:
    if not (FORMATS / path).exists():
        pytest.skip(f"the sample traces {path} are not on this machine")
    (source,) = expand([str(FORMATS / path)])
    assert isinstance(source, SourceFile)
    reading = read_file(source)
    found = list(whole_traces(reading))
    assert (reading.format, len(found)) == expected
    for item in found:
        assert isinstance(item, Told)
        assert not item.not_understood
        assert kept_of(item.trace).share == 1.0
        assert any(step.kind in (StepKind.MESSAGE, StepKind.TOOL_CALL) for step in item.trace.steps)
