"""Writes the traces of an agent over OpenAI's client as MLflow's SDK keeps them: Trace.to_json, and search_traces.

Usage: python mlflow_sdk.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import AssessmentSource, AssessmentSourceType, SpanType
from scripted_openai import QUESTIONS, SESSION, USER, be_refused, scripted_client, talk, write_sent

MACHINE = ("mlflow.source.", "mlflow.user", "mlflow.artifactLocation")  # of the one who made this


def main(folder: Path) -> None:
    """Run the agent and write its traces."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    with tempfile.TemporaryDirectory() as store:
        os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
        mlflow.set_tracking_uri(f"sqlite:///{store}/mlflow.db")
        mlflow.set_experiment("harbour")
        mlflow.openai.autolog()
        with scripted_client() as client:
            _desk(client)
            be_refused(client)
        mlflow.flush_trace_async_logging()
        _assess()
        traces = sorted(mlflow.search_traces(return_type="list"), key=lambda trace: trace.info.request_time)
        whole = [_without_machine(json.loads(trace.to_json())) for trace in traces]
        frame = mlflow.search_traces(return_type="pandas").sort_values("request_time")
        rows = [_without_machine(row) for row in json.loads(frame.to_json(orient="records", date_format="iso"))]
    _write(folder / "traces.jsonl", whole)
    _write(folder / "search_traces.jsonl", rows)
    write_sent(folder)


def _desk(client: Any) -> None:
    with mlflow.start_span("harbour desk", span_type=SpanType.AGENT) as span:
        mlflow.update_current_trace(
            tags={"plan": "guest berth"}, metadata={"mlflow.trace.session": SESSION, "mlflow.trace.user": USER}
        )
        span.set_inputs({"question": QUESTIONS[0]})
        span.set_outputs(talk(client, tool=_tool))


@contextmanager
def _tool(name: str, call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
    with mlflow.start_span(name, span_type=SpanType.TOOL, attributes={"tool_call_id": call_id}) as span:
        span.set_inputs(arguments)
        yield span.set_outputs


def _assess() -> None:
    first = min(mlflow.search_traces(return_type="list"), key=lambda trace: trace.info.request_time)
    source = AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id="ilse")
    mlflow.log_feedback(
        trace_id=first.info.trace_id, name="helpful", value=0.5, source=source, rationale="No price was told."
    )
    mlflow.log_expectation(trace_id=first.info.trace_id, name="berth", value="B14", source=source)


def _without_machine(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_machine(inner) for name, inner in value.items() if not name.startswith(MACHINE)}
    if isinstance(value, list):
        return [_without_machine(inner) for inner in value]
    if isinstance(value, str) and value.startswith("{") and any(name in value for name in MACHINE):
        return json.dumps(_without_machine(json.loads(value)))
    return value


def _write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
