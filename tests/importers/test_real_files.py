"""Real traces: counts that are known, and nothing rejected. They lie beside the checkout, not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaldash.domain.trace import Role, StepKind, Trace
from evaldash.importers import Skipped, Told, expand, read_file, whole_traces

TRACES = Path(__file__).resolve().parents[3] / "shared" / "traces"


def _read(path: str) -> tuple[list[Trace], list[Skipped]]:
    if not (TRACES / path).exists():
        pytest.skip(f"the sample traces {path} are not on this machine")
    found = list(expand([str(TRACES / path)]))
    files = [item for item in found if not isinstance(item, Skipped)]
    items = [item for file in files for item in whole_traces(read_file(file))]
    traces = [item.trace for item in items if isinstance(item, Told)]
    assert len(traces) == len(items), "every record is a trace"
    return traces, [item for item in found if isinstance(item, Skipped)]


def test_tau_bench() -> None:
    traces, _ = _read("tau_retail_agent/traces.json")
    calls = [step for trace in traces for step in trace.steps if step.kind is StepKind.TOOL_CALL]
    assert len(traces) == len({trace.id for trace in traces}) == 100
    assert {trace.external_id for trace in traces} == {str(number) for number in range(100)}
    assert sum(trace.metrics["reward"] for trace in traces) == 73
    assert len(calls) == 793
    assert all(len(call.source_positions) == 2 for call in calls), "each call has found its result"
    assert {trace.format for trace in traces} == {"tau_bench"}


def test_tau_bench_steps_cover_every_message_once() -> None:
    traces, _ = _read("tau_retail_agent/traces.json")
    for trace in traces:
        (record,) = trace.raw
        assert isinstance(record, dict)
        assert isinstance(record["traj"], list)
        places = {place for step in trace.steps for place in step.source_positions}
        assert places == set(range(len(record["traj"])))


def test_who_and_when() -> None:
    traces, skipped = _read("who_and_when_multiagent")
    assert len({trace.id for trace in traces}) == 40
    assert [Path(item.source).name for item in skipped] == ["LICENSE-MIT.txt"]
    for trace in traces:
        (record,) = trace.raw
        assert isinstance(record, dict)
        spoken = [step for step in trace.steps if step.kind is StepKind.MESSAGE and step.role is Role.USER]
        assert spoken[0].text == str(record["question"]).strip()
        assert any(item.comment == str(record["mistake_reason"]).strip() for item in trace.feedback)


@pytest.mark.parametrize(
    ("path", "count"), [("formats/openai_finetune", 4), ("formats/sharegpt", 25)], ids=["openai_finetune", "sharegpt"]
)
def test_other_files(path: str, count: int) -> None:
    traces, _ = _read(path)
    assert len(traces) == count
    assert all(step.text and step.role for trace in traces for step in trace.steps)
