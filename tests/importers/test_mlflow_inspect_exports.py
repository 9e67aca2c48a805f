"""What the SDKs of MLflow and Inspect AI wrote, compared with what was sent, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.reading import read, said

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports"
FILES = [
    "mlflow_sdk/traces.jsonl",
    "mlflow_sdk/search_traces.jsonl",
    "mlflow2_sdk/traces.jsonl",
    "mlflow2_sdk/search_traces.csv",
    "inspect_sdk/log.eval",
    "inspect_sdk/log.json",
]


@pytest.fixture(params=FILES)
def case(request: pytest.FixtureRequest) -> tuple[list[dict[str, Any]], list[Trace]]:
    path = EXPORTS / request.param
    found = read(path.read_bytes(), path.name)
    assert not found.issues
    sent = json.loads((path.parent / "sent.json").read_text(encoding="utf-8"))
    return sent, sorted(found.traces, key=lambda trace: str(trace.started_at or trace.external_id))


def test_the_conversation_is_the_one_that_was_had(case: Any) -> None:
    sent, traces = case
    assert [said(trace) for trace in traces] == [[tuple(message) for message in one["messages"]] for one in sent]


def test_tool_calls_have_their_arguments_and_results(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        calls = [step for step in trace.steps if step.kind is StepKind.TOOL_CALL]
        assert [
            {"name": c.name, "id": c.attributes["call_id"], "arguments": c.arguments, "result": c.result} for c in calls
        ] == one["tool_calls"]


def test_tokens_calls_and_errors(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        assert trace.metrics.get("tokens_in") == one["tokens_in"]
        assert trace.metrics.get("tokens_out") == one["tokens_out"]
        assert trace.metrics["latency_ms"] > 0
        assert len([step for step in trace.steps if step.kind is StepKind.MODEL_CALL]) == one["model_calls"]
        errors = [step.error for step in trace.steps if step.error]
        assert len(errors) == (one["error"] is not None)
        assert all(one["error"] in error for error in errors)


def test_scores_are_metrics_and_feedback(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        if "score" in one:
            assert trace.metrics["includes"] == one["score"]
            assert trace.feedback
        elif one["session"] and trace.feedback:  # MLflow 2 keeps none in its files
            assert trace.metrics["helpful"] == 0.5
            assert [item.name for item in trace.feedback] == ["helpful", "expected berth"]


def test_session_user_and_model(case: Any) -> None:
    for one, trace in zip(*case, strict=True):
        assert (trace.session, trace.metadata.get("user")) == (one.get("session"), one.get("user"))
        assert trace.metadata["model"] == one.get("model", "mockllm/model")


def test_no_text_is_lost_and_none_is_unknown(case: Any) -> None:
    _, traces = case
    assert {kept_of(trace).share for trace in traces} == {1.0}


def test_a_log_reads_the_same_in_both_forms() -> None:
    archive, log = (read((EXPORTS / "inspect_sdk" / name).read_bytes(), name) for name in ("log.eval", "log.json"))
    assert [trace.steps for trace in archive.traces] == [trace.steps for trace in log.traces]
