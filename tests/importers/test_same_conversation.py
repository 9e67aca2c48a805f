"""One agent's run, exported by many vendors' SDKs: on the screen it is the same conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import Trace
from evaldash.transcript.payload import imported, trace_payload
from tests.importers.reading import read

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports"
FILES = {
    "OpenInference": "openinference_openai/spans.otlp.jsonl",
    "OpenLLMetry": "openllmetry/spans.otlp.jsonl",
    "OpenTelemetry": "otel_openai_v2/latest_span.spans.otlp.jsonl",
    "LangSmith": "langsmith_sdk/openai.runs.jsonl",
    "Weave": "weave_sdk/calls.jsonl",
    "Langfuse": "langfuse_sdk/spans.pb",
    "MLflow": "mlflow_sdk/traces.jsonl",
    "Braintrust": "braintrust_sdk/rows.jsonl",
}


def _screen(trace: Trace) -> list[dict[str, Any]]:
    """Return what the page shows open: model calls and chain steps are folded lines."""
    steps = [step for step in trace_payload(imported(trace))["steps"] if step["kind"] not in ("model_call", "event")]
    return [
        {name: step[name] for name in ("kind", "role", "label", "failed")}
        | {"body": [node for node in step["body"] if node[-1] != "who"]}  # which also says how long it took
        for step in steps
    ]


def _talk(path: str) -> list[dict[str, Any]]:
    file = EXPORTS / path
    first = min(read(file.read_bytes(), file.name).traces, key=lambda trace: str(trace.started_at))
    return _screen(first)


@pytest.mark.parametrize("path", FILES.values(), ids=list(FILES))
def test_the_same_run_looks_the_same(path: str) -> None:
    expected = _talk(FILES["OpenInference"])
    assert [step["kind"] for step in expected] == ["message", "message", "tool_call", "message", "message", "message"]
    assert _talk(path) == expected
