"""One trace of MLflow in all the shapes in which it comes."""

from __future__ import annotations

import base64
import json
from typing import Any

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


def three(assessments: bool = True) -> dict[str, Any]:
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


def two() -> dict[str, Any]:
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


def row() -> dict[str, Any]:
    whole = three()
    return {
        "trace_id": "tr-1",
        "trace": json.dumps(three(assessments=False)),
        "state": "OK",
        "request": {"question": ASK},
        "response": ANSWER,
        "request_time": NOON // 10**6,
        "assessments": whole["info"]["assessments"],
    }


def _otlp(value: Any) -> dict[str, Any]:
    """Return a value as the API writes it."""
    if isinstance(value, dict):
        return {"kvlist_value": {"values": [{"key": key, "value": _otlp(inner)} for key, inner in value.items()]}}
    if isinstance(value, list):
        return {"array_value": {"values": [_otlp(inner) for inner in value]}}
    if value is None:
        return {}
    return {"int_value": str(value)} if isinstance(value, int) else {"string_value": value}


def answer_of_api() -> dict[str, Any]:
    """Return what /api/3.0/mlflow/traces/get answers."""
    whole = three()
    info = {**whole["info"], "execution_duration": "4s"}
    del info["execution_duration_ms"]
    spans = [
        {
            **span,
            "start_time_unix_nano": str(span["start_time_unix_nano"]),
            "end_time_unix_nano": str(span["end_time_unix_nano"]),
            "attributes": [
                {"key": key, "value": _otlp(json.loads(value))} for key, value in span["attributes"].items()
            ],
        }
        for span in whole["data"]["spans"]
    ]
    return {"trace": {"trace_info": info, "spans": spans}}


def answer_of_cli() -> dict[str, Any]:
    """Return what `mlflow traces search --output json` prints."""
    return {"traces": [three()], "next_page_token": None}


SHAPES = {
    "3": three(),
    "2": two(),
    "row of search_traces": row(),
    "the API": answer_of_api(),
    "the CLI": answer_of_cli(),
}
