"""Data frames as people keep them: the traces of a vendor as Parquet or XLSX read as they do in its own export."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd  # noqa: TID253 (a test of data frames)
import pyarrow
import pytest
from pyarrow import parquet

from evaldash.domain.trace import StepKind
from evaldash.errors import UnreadableSource
from tests.importers.reading import Read, read, said

EXPORTS = Path(__file__).parent.parent / "fixtures" / "exports"


def as_parquet(frame: pd.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.to_parquet(held)
    return held.getvalue()


def as_sheet(frame: pd.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.to_excel(held, index=False)
    return held.getvalue()


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose nested cells are JSON, as most people store those that Arrow has no type for."""
    return frame.map(lambda cell: json.dumps(cell) if isinstance(cell, dict | list) else cell)


def talks(found: Read) -> list[str]:
    assert not found.issues
    return sorted(str(said(trace)) for trace in found.traces)


@pytest.mark.parametrize(
    ("path", "nested"),
    [
        ("mlflow_sdk/search_traces.jsonl", True),
        ("mlflow_sdk/search_traces.jsonl", False),
        ("mlflow_sdk/traces.jsonl", True),
        ("mlflow2_sdk/traces.jsonl", True),
        ("langsmith_sdk/langchain.runs.jsonl", False),
        ("langsmith_sdk/openai.runs.jsonl", False),
        ("braintrust_sdk/rows.jsonl", False),
    ],
)
def test_rows_of_a_vendor_as_a_data_frame(path: str, nested: bool) -> None:
    content = (EXPORTS / path).read_bytes()
    own = read(content, "own.jsonl")
    frame = pd.DataFrame([json.loads(line) for line in content.splitlines()])
    found = read(as_parquet(frame if nested else as_text(frame)), "frame.parquet")
    assert found.format == own.format
    assert talks(found) == talks(own)


@pytest.mark.parametrize("written", [as_parquet, as_sheet])
def test_a_frame_of_mlflow_that_was_stored_and_loaded(written: Any) -> None:
    content = (EXPORTS / "mlflow2_sdk/search_traces.csv").read_bytes()
    found = read(written(pd.read_csv(io.BytesIO(content))), "frame.bin")
    assert found.format == "mlflow"
    assert talks(found) == talks(read(content, "own.csv"))


TRACE, ROOT, CALL = "5b" * 16, "a1" * 8, "b2" * 8
AT = pd.Timestamp("2026-05-01 10:00:00.123456789", tz="UTC")
SPANS: list[dict[str, Any]] = [
    {
        "name": "library desk",
        "span_kind": "AGENT",
        "parent_id": None,
        "start_time": AT,
        "end_time": AT + pd.Timedelta(seconds=3),
        "status_code": "OK",
        "events": [],
        "context.span_id": ROOT,
        "context.trace_id": TRACE,
        "attributes.input.value": "Is the atlas on loan?",
        "attributes.output.value": "Yes, until Friday.",
        "attributes.metadata": {"plan": "reader"},
    },
    {
        "name": "llm",
        "span_kind": "LLM",
        "parent_id": ROOT,
        "start_time": AT + pd.Timedelta(seconds=1),
        "end_time": AT + pd.Timedelta(seconds=2),
        "status_code": "ERROR",
        "events": [{"name": "exception", "timestamp": AT.isoformat(), "attributes": {"exception.message": "too slow"}}],
        "context.span_id": CALL,
        "context.trace_id": TRACE,
        "attributes.llm.model_name": "shelf-1",
        "attributes.llm.token_count.prompt": 11.0,
        "attributes.llm.input_messages": [
            {"message.role": "system", "message.content": "You keep a library desk."},
            {"message.role": "user", "message.content": "Is the atlas on loan?"},
        ],
    },
]


@pytest.mark.parametrize("index", [None, "context.span_id"], ids=["numbered", "by span"])
def test_a_data_frame_of_phoenix_with_nested_columns(index: str | None) -> None:
    frame = pd.DataFrame(SPANS)
    if index:
        frame = frame.set_index(index, drop=False)
    found = read(as_parquet(frame), "spans.parquet")
    (trace,) = found.traces
    assert (found.format, found.issues) == ("phoenix", ())
    assert said(trace) == [
        ("system", "You keep a library desk."),
        ("user", "Is the atlas on loan?"),
        ("assistant", "Yes, until Friday."),
    ]
    assert trace.metadata["plan"] == "reader"
    assert trace.metrics["tokens_in"] == 11
    assert trace.metrics["latency_ms"] == pytest.approx(3_000)
    assert any("too slow" in (step.error or "") for step in trace.steps if step.kind is not StepKind.MESSAGE)


def test_a_column_nested_too_deep() -> None:
    kind = pyarrow.string()
    for _ in range(250):
        kind = pyarrow.struct([("a", kind)])
    held = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": pyarrow.nulls(1, kind)}), held)
    with pytest.raises(UnreadableSource, match=r"deep\.parquet"):
        read(held.getvalue(), "deep.parquet")


def test_one_value_in_all_rows_is_a_bomb() -> None:
    held = io.BytesIO()
    rows = pyarrow.array(["x" * 2_000_000]).dictionary_encode().take(pyarrow.array([0] * 200))
    parquet.write_table(pyarrow.table({"question": rows}), held, dictionary_pagesize_limit=1 << 30)
    found = read(held.getvalue(), "bomb.parquet")
    assert "zip bomb" in found.issues[-1].reason
