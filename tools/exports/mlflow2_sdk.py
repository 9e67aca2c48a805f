"""Writes the same traces as `mlflow_sdk.py` as MLflow 2 keeps them: Trace.to_json, and the data frame as CSV.

Usage: python mlflow2_sdk.py FOLDER
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
from mlflow.entities import SpanType
from scripted_openai import QUESTIONS, SESSION, USER, be_refused, scripted_client, talk, write_sent

MACHINE = ("mlflow.source.", "mlflow.user", "mlflow.artifactLocation", "exception.stacktrace")  # of who made this


def main(folder: Path) -> None:
    """Run the agent and write its traces."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as store:
        os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
        mlflow.set_tracking_uri(f"file://{store}")
        mlflow.set_experiment("harbour")
        mlflow.openai.autolog()
        with scripted_client() as client:
            _desk(client)
            be_refused(client)
        mlflow.flush_trace_async_logging()
        traces = sorted(mlflow.search_traces(return_type="list"), key=lambda trace: trace.info.timestamp_ms)
        rows = [_without_machine(json.loads(trace.to_json())) for trace in traces]
        frame = mlflow.search_traces(return_type="pandas").sort_values("timestamp_ms")
        for column in ("tags", "spans"):
            frame[column] = frame[column].map(_plain)
    _write(folder / "traces.jsonl", rows)
    frame.to_csv(folder / "search_traces.csv", index=False)
    write_sent(folder)


def _desk(client: Any) -> None:
    with mlflow.start_span("harbour desk", span_type=SpanType.AGENT) as span:
        mlflow.update_current_trace(
            tags={"plan": "guest berth", "mlflow.trace.session": SESSION, "mlflow.trace.user": USER}
        )
        span.set_inputs({"question": QUESTIONS[0]})
        span.set_outputs(talk(client, tool=_tool))


@contextmanager
def _tool(name: str, call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
    with mlflow.start_span(name, span_type=SpanType.TOOL, attributes={"tool_call_id": call_id}) as span:
        span.set_inputs(arguments)
        yield span.set_outputs


def _plain(value: Any) -> Any:
    """Return a cell as plain values, as a frame writes them."""
    if isinstance(value, list):
        return [_without_machine(item if isinstance(item, dict) else item.to_dict()) for item in value]
    return _without_machine(value)


def _without_machine(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_machine(inner) for name, inner in value.items() if not name.startswith(MACHINE)}
    return [_without_machine(inner) for inner in value] if isinstance(value, list) else value


def _write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
