"""Langfuse: the same trace however it is exported, each observation once, scores as what they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import Feedback
from evaldash.importers import Told, from_bytes, read_file, whole_traces
from tests.importers.reading import lines, read, said

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats" / "langfuse"
ASK, ANSWER = "Is there a berth for a boat of nine metres?", "Yes, berth 14 is free tonight."
TRACE: dict[str, Any] = {
    "id": "t-1",
    "name": "harbour-desk",
    "timestamp": "2026-05-01T10:00:00.000Z",
    "sessionId": "visit-4",
    "userId": "ilse",
    "projectId": "p-1",
    "version": "2.3",
    "environment": "production",
    "tags": ["guest"],
    "input": json.dumps(json.dumps({"question": ASK})),
    "output": json.dumps(ANSWER),
    "metadata": json.dumps({"plan": "pro"}),
    "latency": 2.5,
}
CALL: dict[str, Any] = {
    "id": "c1",
    "type": "function",
    "function": {"name": "find_berth", "arguments": '{"metres": 9}'},
}
ROOT: dict[str, Any] = {
    "id": "o-1",
    "traceId": "t-1",
    "type": "SPAN",
    "name": "desk",
    "startTime": "2026-05-01T10:00:00Z",
    "endTime": "2026-05-01T10:00:02.5Z",
    "input": {"question": ASK},
    "output": ANSWER,
}
FIRST: dict[str, Any] = {
    "id": "o-2",
    "traceId": "t-1",
    "parentObservationId": "o-1",
    "type": "GENERATION",
    "name": "chat",
    "startTime": "2026-05-01T10:00:00.100Z",
    "endTime": "2026-05-01T10:00:01Z",
    "model": "harbour-mini",
    "modelParameters": {"temperature": 0.2},
    "usageDetails": {"input": 40, "output": 8},
    "costDetails": {"total": 0.002},
    "input": [{"role": "user", "content": ASK}],
    "output": {"role": "assistant", "content": "", "tool_calls": [CALL]},
}
TOOL: dict[str, Any] = {
    "id": "o-3",
    "traceId": "t-1",
    "parentObservationId": "o-1",
    "type": "TOOL",
    "name": "find_berth",
    "startTime": "2026-05-01T10:00:01.200Z",
    "endTime": "2026-05-01T10:00:01.300Z",
    "input": {"metres": 9},
    "output": {"berth": 14},
    "metadata": {"tool_call_id": "c1"},
}
SECOND: dict[str, Any] = {
    "id": "o-4",
    "traceId": "t-1",
    "parentObservationId": "o-1",
    "type": "GENERATION",
    "name": "chat",
    "startTime": "2026-05-01T10:00:02Z",
    "endTime": "2026-05-01T10:00:02.5Z",
    "model": "harbour-mini",
    "usageDetails": {"input": 60, "output": 9},
    "costDetails": {"total": 0.003},
    "input": [
        {"role": "user", "content": ASK},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": '{"berth": 14}'},
    ],
    "output": {"role": "assistant", "content": ANSWER},
}
OBSERVATIONS: list[dict[str, Any]] = [ROOT, FIRST, TOOL, SECOND]
SCORE: dict[str, Any] = {
    "id": "s-1",
    "traceId": "t-1",
    "name": "helpful",
    "value": 0.5,
    "source": "ANNOTATION",
    "dataType": "NUMERIC",
    "comment": "no price was told",
    "authorUserId": "ben",
    "timestamp": "2026-05-02T09:00:00Z",
}
WORD: dict[str, Any] = {
    "id": "s-2",
    "traceId": "t-1",
    "name": "tone",
    "value": 1,
    "stringValue": "curt",
    "dataType": "CATEGORICAL",
}


def _snake(value: Any) -> Any:
    """Return objects with names as the Python SDK writes them."""
    if isinstance(value, list):
        return [_snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): inner for name, inner in value.items()}
    return {name: inner if name in ("input", "output") else _snake(inner) for name, inner in renamed.items()}


def _ingested() -> dict[str, Any]:
    """Return the batch that an older SDK sends: what is created, then what is told later."""
    begun = {name: value for name, value in FIRST.items() if name not in ("output", "endTime", "usageDetails")}
    late = {name: FIRST[name] for name in ("id", "traceId", "output", "endTime", "usageDetails")}
    events = [
        ("trace-create", TRACE),
        ("span-create", ROOT),
        ("generation-create", begun),
        ("span-create", TOOL),
        ("generation-update", late),
        ("generation-create", SECOND),
        ("score-create", SCORE),
        ("score-create", WORD),
    ]
    return {
        "batch": [
            {"id": str(i), "type": kind, "timestamp": "2026-05-01T10:00:03Z", "body": body}
            for i, (kind, body) in enumerate(events)
        ]
    }


def _enriched() -> list[dict[str, Any]]:
    """Return the rows of the newer blob export: no traces, each observation says whose talk it is; scores beside."""
    named = ("sessionId", "userId", "version", "environment", "tags", "projectId")
    about = {**{name: TRACE[name] for name in named}, "traceName": TRACE["name"], "bookmarked": False}
    about["metadata"] = {"plan": "pro"}
    rows = [{"parentObservationId": "", **about, **item} for item in OBSERVATIONS]
    texts = [{name: json.dumps(row[name]) for name in ("input", "output")} for row in rows]
    times = [{name: row[name].replace("T", " ").rstrip("Z") for name in ("startTime", "endTime")} for row in rows]
    return [*(_snake({**row, **text, **time}) for row, text, time in zip(rows, texts, times, strict=True)), SCORE, WORD]


EMPTY_TWINS = [{**item, "input": "", "output": None} for item in OBSERVATIONS]
SHAPES = {
    "page": lines(
        {"trace": {**TRACE, "scores": [SCORE, WORD], "observations": EMPTY_TWINS}, "observations": OBSERVATIONS}
    ),
    "api": lines({**TRACE, "observations": OBSERVATIONS, "scores": [SCORE, WORD]}),
    "list": lines({"data": [{**TRACE, "observations": OBSERVATIONS, "scores": [SCORE, WORD]}], "meta": {"page": 1}}),
    "sdk": lines(_snake({**TRACE, "observations": OBSERVATIONS, "scores": [SCORE, WORD]})),
    "rows": lines(SECOND, SCORE, TRACE, TOOL, FIRST, WORD, ROOT),
    "enriched": lines(*reversed(_enriched())),
    "observations of the API": json.dumps({"data": _enriched(), "meta": {"cursor": None}}),
    "ingestion": lines(_ingested()),
}


@pytest.fixture(params=list(SHAPES))
def data(request: pytest.FixtureRequest) -> str:
    return SHAPES[request.param]


def test_every_shape_is_the_same_conversation(data: str) -> None:
    found = read(data)
    assert found.format == "langfuse"
    assert not found.issues
    (trace,) = found.traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]
    (call,) = [step for step in trace.steps if step.kind == "tool_call"]
    assert (call.name, call.arguments, call.result) == ("find_berth", {"metres": 9}, {"berth": 14})
    assert (trace.external_id, trace.session, trace.version, tuple(trace.tags)) == ("t-1", "visit-4", "2.3", ("guest",))
    assert {name: trace.metadata[name] for name in ("model", "user", "environment", "plan", "name")} == {
        "model": "harbour-mini",
        "user": "ilse",
        "environment": "production",
        "plan": "pro",
        "name": "harbour-desk",
    }
    metrics = dict(trace.metrics)
    assert (metrics["tokens_in"], metrics["tokens_out"], metrics["latency_ms"]) == (100, 17, 2500)
    assert metrics["cost_usd"] == pytest.approx(0.005)


def test_a_trace_is_read_again_from_its_raw_records(data: str) -> None:
    reading = read_file(from_bytes("traces.jsonl", data.encode()))
    (told,) = [item for item in whole_traces(reading) if isinstance(item, Told)]
    again = reading.again(told.trace.raw, told.trace.id)
    assert (again.trace.steps, again.trace.metrics) == (told.trace.steps, told.trace.metrics)


def test_what_is_told_later_of_a_trace_does_not_move_its_start() -> None:
    later = {"type": "trace-create", "timestamp": "2026-05-01T10:00:09Z", "body": {"id": "t-1", "output": ANSWER}}
    batch = _ingested()["batch"]
    (trace,) = read(lines({"batch": [*batch, later]})).traces
    assert trace.started_at == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_an_update_of_an_observation_has_the_last_word() -> None:
    batch = _ingested()["batch"]
    late = {"id": FIRST["id"], "traceId": "t-1", "model": "harbour-maxi", "endTime": "2026-05-01T10:00:08Z"}
    event = {"type": "generation-update", "timestamp": "2026-05-01T10:00:09Z", "body": late}
    (trace,) = read(lines({"batch": [event, *batch]})).traces
    assert trace.metadata["model"] == "harbour-maxi"
    assert trace.metrics["latency_ms"] == 8000


def test_scores_are_metrics_and_feedback(data: str) -> None:
    (trace,) = read(data).traces
    assert trace.metrics["helpful"] == 0.5
    told: dict[str, Feedback] = {item.name: item for item in trace.feedback}
    assert (told["helpful"].value, told["helpful"].comment, told["helpful"].author) == (0.5, "no price was told", "ben")
    assert told["tone"].value == "curt"


def test_a_rated_trace_is_the_same_trace() -> None:
    rated = {**TRACE, "observations": OBSERVATIONS, "scores": [SCORE], "updatedAt": "2026-05-03", "bookmarked": True}
    (before,) = read(lines({**TRACE, "observations": OBSERVATIONS, "scores": []})).traces
    (after,) = read(lines(rated)).traces
    assert before.id == after.id
    assert not before.feedback
    assert after.feedback


def test_an_error_is_shown() -> None:
    failed = {**SECOND, "output": None, "level": "ERROR", "statusMessage": "the model is overloaded"}
    (trace,) = read(
        lines({**TRACE, "output": None, "observations": [{**ROOT, "output": None}, FIRST, TOOL, failed]})
    ).traces
    assert [step.error for step in trace.steps if step.error] == ["the model is overloaded"]


def test_a_session_of_the_api_is_its_traces() -> None:
    second = {**TRACE, "id": "t-2", "input": "And for two nights?", "output": "Also free."}
    session = {"id": "visit-4", "createdAt": "2026-05-01T10:00:00Z", "projectId": "p-1", "environment": "production"}
    traces = read(json.dumps({**session, "traces": [TRACE, second]})).traces
    assert [(trace.external_id, trace.session) for trace in traces] == [("t-1", "visit-4"), ("t-2", "visit-4")]


def test_an_answer_of_blocks_alone_reads_as_an_answer() -> None:
    blocks = [{"type": "text", "text": "Let me look."}, {"type": "tool_use", "id": "c1", "name": "find_berth"}]
    call = {**FIRST, "output": [*blocks[:1], {**blocks[1], "input": {"metres": 9}}]}
    (trace,) = read(lines({**TRACE, "observations": [ROOT, call, TOOL]})).traces
    assert said(trace) == [("user", ASK), ("assistant", "Let me look."), ("assistant", ANSWER)]
    told = [(s.name, s.arguments, s.result) for s in trace.steps if s.kind == "tool_call"]
    assert told == [("find_berth", {"metres": 9}, {"berth": 14})]


@pytest.mark.parametrize(
    ("cost", "tokens"),
    [
        ({"usageDetails": {"input": 40, "input_cache_read": 100, "output": 8, "output_reasoning": 5}}, (140, 13)),
        ({"usage": {"input": 40, "output": 8, "unit": "TOKENS", "input_cost": 3, "output_cost": 4}}, (40, 8)),
        ({"inputUsage": 40, "outputUsage": 8}, (40, 8)),
        ({"usage": {"promptTokens": 40, "completionTokens": 8}}, (40, 8)),
        ({"promptTokens": 40, "completionTokens": 8}, (40, 8)),
    ],
)
def test_tokens_are_all_that_were_counted(cost: dict[str, Any], tokens: tuple[int, int]) -> None:
    call = {**{name: value for name, value in FIRST.items() if name != "usageDetails"}, **cost, "input": "14"}
    (trace,) = read(lines({**TRACE, "observations": [call]})).traces
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == tokens


def test_a_trace_without_observations_reads_by_its_input_and_output() -> None:
    (trace,) = read(lines(TRACE)).traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]
    assert trace.metrics["latency_ms"] == 2500


def test_rows_of_the_page_as_csv() -> None:
    header = "id,timestamp,name,userId,sessionId,input,output,metadata"
    row = f't-1,2026-05-01T10:00:00Z,desk,ilse,visit-4,"{{""question"": ""{ASK}""}}","{ANSWER}","{{""plan"": ""pro""}}"'
    found = read(f"{header}\n{row}\n", "traces.csv")
    assert found.format == "langfuse"
    assert said(found.traces[0]) == [("user", ASK), ("assistant", ANSWER)]
    assert found.traces[0].metadata["plan"] == "pro"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample traces ../shared/traces are not here")
@pytest.mark.parametrize(
    ("name", "users", "tools"),
    [
        ("langgraph-python-2025-08-22.trace.json", 2, ["Web-Search"]),
        ("vercel-aisdk-2025-11-17.trace.json", 1, ["getWeather"]),
        (
            "pydantic-ai-tools-2025-12-04.trace.json",
            1,
            ["get_pun_suggestion", "get_dad_joke_suggestion", "get_one_liner_suggestion", "final_result"],
        ),
        ("sdk-4c354cfb.json", 1, ["knowledge_lookup"] * 4 + ["calculator"]),
    ],
)
def test_real_exports(name: str, users: int, tools: list[str]) -> None:
    (trace,) = read((SHARED / name).read_bytes(), name).traces
    assert len([role for role, _ in said(trace) if role == "user"]) == users
    assert [step.name for step in trace.steps if step.kind == "tool_call"] == tools
