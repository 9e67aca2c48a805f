"""MLflow: traces of 3 and 2 and rows of search_traces read as the same conversation, assessments as feedback."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.importers.reading import lines, read, said

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats" / "mlflow"
NOON = 1_777_636_800_000_000_000  # nanoseconds: 2026-05-01 12:00 UTC
ASK, ANSWER = "Is there a berth for a boat of nine metres?", "Yes, berth 14 is free tonight."
CALL = {"id": "c1", "type": "function", "function": {"name": "find_berth", "arguments": '{"metres": 9}'}}
TOLD: list[dict[str, Any]] = [
    {"type": "AGENT", "name": "desk", "in": {"question": ASK}, "out": ANSWER},
    {
        "type": "CHAT_MODEL",
        "name": "chat",
        "in": {"model": "harbour-mini", "messages": [{"role": "user", "content": ASK}]},
        "out": {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [CALL]}}]},
        "usage": {"input_tokens": 40, "output_tokens": 8},
    },
    {"type": "TOOL", "name": "find_berth", "in": {"metres": 9}, "out": {"berth": 14}},
    {
        "type": "CHAT_MODEL",
        "name": "chat",
        "in": {
            "model": "harbour-mini",
            "messages": [
                {"role": "user", "content": ASK},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": '{"berth": 14}'},
            ],
        },
        "out": {"choices": [{"message": {"role": "assistant", "content": ANSWER}}]},
        "usage": {"input_tokens": 60, "output_tokens": 9},
    },
]
ASSESSMENTS = [
    {
        "assessment_name": "helpful",
        "source": {"source_type": "HUMAN", "source_id": "ben"},
        "feedback": {"value": 0.5},
        "rationale": "no price was told",
        "create_time": "2026-05-02T09:00:00Z",
        "valid": True,
    },
    {"assessment_name": "berth", "source": {"source_type": "HUMAN", "source_id": "ilse"}, "expectation": {"value": 14}},
]


def _attributes(told: dict[str, Any]) -> dict[str, str]:
    usage = {"mlflow.chat.tokenUsage": told["usage"]} if "usage" in told else {}
    values = {
        "mlflow.spanType": told["type"],
        "mlflow.spanInputs": told["in"],
        "mlflow.spanOutputs": told["out"],
        **usage,
    }
    return {name: json.dumps(value) for name, value in values.items()}


def _id(number: int) -> str:
    return base64.b64encode(bytes([0, 0, 0, 0, 0, 0, 0, number])).decode()


def _three(assessments: bool = True) -> dict[str, Any]:
    spans = [
        {
            "trace_id": base64.b64encode(b"harbour-trace-01").decode(),
            "span_id": _id(i + 1),
            "parent_span_id": _id(1) if i else None,
            "name": told["name"],
            "events": [],
            "start_time_unix_nano": NOON + i * 10**9,
            "end_time_unix_nano": NOON + (i + 1 if i else 4) * 10**9,
            "status": {"code": "STATUS_CODE_OK"},
            "attributes": _attributes(told),
        }
        for i, told in enumerate(TOLD)
    ]
    info = {
        "trace_id": "tr-1",
        "request_time": "2026-05-01T12:00:00Z",
        "execution_duration_ms": 4000,
        "state": "OK",
        "trace_metadata": {"mlflow.trace.session": "visit-4", "mlflow.trace.user": "ilse"},
        "tags": {"mlflow.traceName": "desk", "plan": "pro"},
        "request_preview": json.dumps({"question": ASK}),
        **({"assessments": ASSESSMENTS} if assessments else {}),
    }
    return {"info": info, "data": {"spans": spans}}


def _two() -> dict[str, Any]:
    spans = [
        {
            "name": told["name"],
            "context": {"span_id": f"0x{i + 1:016x}", "trace_id": "0x0a"},
            "parent_id": f"0x{1:016x}" if i else None,
            "start_time": NOON + i * 10**9,
            "end_time": NOON + (i + 1 if i else 4) * 10**9,
            "status_code": "OK",
            "status_message": "",
            "attributes": _attributes(told),
            "events": [],
        }
        for i, told in enumerate(TOLD)
    ]
    info = {
        "request_id": "tr-1",
        "experiment_id": "0",
        "timestamp_ms": NOON // 10**6,
        "execution_time_ms": 4000,
        "status": "OK",
        "request_metadata": [
            {"key": "mlflow.trace.session", "value": "visit-4"},
            {"key": "mlflow.trace.user", "value": "ilse"},
        ],
        "tags": [{"key": "mlflow.traceName", "value": "desk"}, {"key": "plan", "value": "pro"}],
        "assessments": ASSESSMENTS,
    }
    return {
        "info": info,
        "data": {"spans": spans, "request": json.dumps({"question": ASK}), "response": json.dumps(ANSWER)},
    }


def _row() -> dict[str, Any]:
    whole = _three()
    return {
        "trace_id": "tr-1",
        "trace": json.dumps(_three(assessments=False)),
        "state": "OK",
        "request": {"question": ASK},
        "response": ANSWER,
        "request_time": NOON // 10**6,
        "assessments": whole["info"]["assessments"],
    }


@pytest.mark.parametrize("record", [_three(), _two(), _row()], ids=["3", "2", "row of search_traces"])
def test_every_shape_is_the_same_conversation(record: dict[str, Any]) -> None:
    found = read(lines(record))
    assert found.format == "mlflow"
    (trace,) = found.traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]
    (call,) = [step for step in trace.steps if step.kind == "tool_call"]
    assert (call.name, call.arguments, call.result) == ("find_berth", {"metres": 9}, {"berth": 14})
    assert (trace.external_id, trace.session) == ("tr-1", "visit-4")
    assert trace.started_at is not None
    assert trace.started_at.isoformat() == "2026-05-01T12:00:00+00:00"
    assert {name: trace.metadata[name] for name in ("model", "user", "plan", "name")} == {
        "model": "harbour-mini",
        "user": "ilse",
        "plan": "pro",
        "name": "desk",
    }
    metrics = {name: trace.metrics[name] for name in ("tokens_in", "tokens_out", "latency_ms", "helpful")}
    assert metrics == {"tokens_in": 100, "tokens_out": 17, "latency_ms": 4000, "helpful": 0.5}
    told = {item.name: item for item in trace.feedback}
    assert (told["helpful"].comment, told["helpful"].author) == ("no price was told", "ben")
    assert (told["expected berth"].value, told["expected berth"].author) == (14, "ilse")


def test_an_assessed_trace_is_the_same_trace() -> None:
    (before,), (after,) = read(lines(_three(assessments=False))).traces, read(lines(_three())).traces
    assert before.id == after.id


def test_an_error_is_shown() -> None:
    record = _three()
    last = record["data"]["spans"][3]
    last["status"] = {"code": "STATUS_CODE_ERROR", "message": "the model is overloaded"}
    del last["attributes"]["mlflow.spanOutputs"]
    (trace,) = read(lines(record)).traces
    assert [step.error for step in trace.steps if step.error] == ["the model is overloaded"]


def test_a_trace_without_spans_reads_by_its_request_and_response() -> None:
    record = _two()
    record["data"]["spans"] = []
    (trace,) = read(lines(record)).traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample traces ../shared/traces are not here")
@pytest.mark.parametrize(
    ("name", "tools"),
    [
        ("tr-d6010cdc5e36a50046fc10f33f0bc427.json", ["knowledge_lookup"] * 4 + ["calculator"]),
        (
            "tr-f082801e1021022e0756e7d089f1558c.json",
            ["knowledge_lookup"] * 2 + ["calculator"] + ["knowledge_lookup"] * 2,
        ),
    ],
)
def test_real_exports(name: str, tools: list[str]) -> None:
    (trace,) = read((SHARED / name).read_bytes(), name).traces
    assert len([role for role, _ in said(trace) if role == "user"]) == 1
    assert [step.name for step in trace.steps if step.kind == "tool_call"] == tools
