"""LangSmith's runs: what its SDK sent and listed, compared with what was said; the shapes people have them in."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import Role, Step, StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.reading import lines, read, said

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports" / "langsmith_sdk"
SENT: list[dict[str, Any]] = json.loads((EXPORTS / "sent.json").read_text(encoding="utf-8"))
SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats" / "langsmith"
FILES = [
    f"{agent}.{shape}" for agent in ("openai", "langchain") for shape in ("batches.jsonl", "runs.jsonl", "nested.json")
]
T = "0b7f5a52-0000-4000-8000-00000000000"
CHAT: dict[str, Any] = {
    "id": f"{T}1",
    "trace_id": f"{T}1",
    "name": "ChatOpenAI",
    "run_type": "llm",
    "start_time": "2026-05-01T10:00:00",
    "inputs": {"messages": [{"role": "user", "content": "Is the lock at the canal open today?"}]},
    "outputs": {"choices": [{"message": {"role": "assistant", "content": "Yes, until six in the evening."}}]},
}
TALK = [("user", "Is the lock at the canal open today?"), ("assistant", "Yes, until six in the evening.")]


@pytest.fixture(params=FILES)
def traces(request: pytest.FixtureRequest) -> list[Trace]:
    found = read((EXPORTS / request.param).read_bytes(), request.param)
    assert found.format == "langsmith"
    assert not found.issues
    return sorted(found.traces, key=lambda trace: str(trace.started_at))


def _of(trace: Trace, kind: StepKind) -> list[Step]:
    return [step for step in trace.steps if step.kind is kind]


def test_the_conversation_is_the_one_that_was_had(traces: list[Trace]) -> None:
    assert [said(trace) for trace in traces] == [
        [tuple(message) for message in one["messages"]] for one in SENT[: len(traces)]
    ]


def test_tool_calls_have_their_arguments_and_results(traces: list[Trace]) -> None:
    for one, trace in zip(SENT, traces, strict=False):
        calls = _of(trace, StepKind.TOOL_CALL)
        assert [
            {"name": c.name, "id": c.attributes["call_id"], "arguments": c.arguments, "result": c.result} for c in calls
        ] == one["tool_calls"]


def test_tokens_model_and_errors(traces: list[Trace]) -> None:
    for one, trace in zip(SENT, traces, strict=False):
        assert trace.metrics.get("tokens_in") == one["tokens_in"]
        assert trace.metrics.get("tokens_out") == one["tokens_out"]
        assert trace.metrics["latency_ms"] > 0
        assert trace.metadata["model"] == one["model"]
        assert len(_of(trace, StepKind.MODEL_CALL)) == one["model_calls"]
        errors = [step.error for step in trace.steps if step.error]
        assert len(errors) == (one["error"] is not None)
        assert all(one["error"] in error for error in errors)


def test_whose_talk_it_was(traces: list[Trace]) -> None:
    for one, trace in zip(SENT, traces, strict=False):
        assert (trace.session, trace.metadata.get("user"), trace.version) == (one["session"], one["user"], "2.3.0")
    assert traces[0].tags == ("harbour",)


def test_no_text_is_lost(traces: list[Trace]) -> None:
    assert {kept_of(trace).share for trace in traces} == {1.0}


def test_a_look_up_holds_its_documents() -> None:
    (trace,) = read((EXPORTS / "langchain.runs.jsonl").read_bytes()).traces
    (step,) = _of(trace, StepKind.RETRIEVAL)
    assert step.arguments == {"query": "And what do two nights with electricity cost?"}
    assert isinstance(step.result, list)
    assert step.result[0]["page_content"] == "Berths at the north pier have electricity and water."  # type: ignore[index,call-overload]


def test_feedback_is_a_metric_and_said() -> None:
    (trace,) = read((EXPORTS / "langchain.runs.jsonl").read_bytes()).traces
    assert trace.metrics["helpful"] == 1.0
    assert [(item.name, item.value, item.comment) for item in trace.feedback] == [
        ("helpful", 1.0, None),
        ("helpful.comment", None, "The skipper found the berth at once."),
    ]


def test_the_order_of_rows_does_not_matter() -> None:
    rows = (EXPORTS / "openai.runs.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    one, other = read("".join(rows)), read("".join(reversed(rows)))
    assert {trace.id for trace in one.traces} == {trace.id for trace in other.traces}


def test_a_patch_completes_what_was_posted() -> None:
    asked = {name: value for name, value in CHAT.items() if name != "outputs"}
    order = f"20260501T100000000000Z{T}1"
    post = {**asked, "outputs": {}, "dotted_order": order}
    patch = {"trace_id": f"{T}1", "dotted_order": order, "end_time": "2026-05-01T10:00:02", "outputs": CHAT["outputs"]}
    for records in ([{"post": [post], "patch": [patch]}], [{"post": [], "patch": [patch]}, {"post": [post]}]):
        (trace,) = read(lines(*records)).traces
        assert said(trace) == TALK
        assert trace.metrics["latency_ms"] == 2_000


@pytest.mark.parametrize("cell", [json.dumps, repr], ids=["JSON", "Python"])
def test_cells_of_a_table_are_decoded(cell: Any) -> None:
    file = io.StringIO()
    row = {name: cell(value) if isinstance(value, dict) else value for name, value in CHAT.items()}
    row |= {"feedback_stats": cell({"kind": {"n": 2, "avg": 0.5}}), "total_cost": "0.0021", "parent_run_id": ""}
    writer = csv.DictWriter(file, list(row))
    writer.writeheader()
    writer.writerow(row)
    found = read(file.getvalue(), "runs.csv")
    assert found.format == "langsmith"
    assert said(found.traces[0]) == TALK
    assert found.traces[0].metrics["cost_usd"] == 0.0021
    assert found.traces[0].metrics["kind"] == 0.5


def test_rows_of_feedback_find_their_trace() -> None:
    rated = {
        "id": "f1",
        "run_id": f"{T}1",
        "trace_id": f"{T}1",
        "key": "thumb",
        "score": 0,
        "comment": "It was closed.",
    }
    found = read(lines(CHAT, rated))
    (trace,) = found.traces
    assert trace.id == read(lines(CHAT)).traces[0].id
    assert [(item.name, item.value, item.comment) for item in trace.feedback] == [("thumb", 0.0, "It was closed.")]


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (
            {"messages": [[{"type": "human", "content": TALK[0][1]}]]},
            {"generations": [[{"text": TALK[1][1], "message": {"type": "ai", "content": TALK[1][1]}}]]},
        ),
        ({"prompts": [TALK[0][1]]}, {"generations": [[{"text": TALK[1][1], "generation_info": None}]]}),
        ({"prompts": [TALK[0][1]]}, {"generations": [[{"text": TALK[1][1]}]]}),
        ({"input": TALK[0][1]}, {"output": TALK[1][1]}),
        (CHAT["inputs"], {"role": "assistant", "content": TALK[1][1]}),
        (CHAT["inputs"], {"output": {"role": "assistant", "content": TALK[1][1]}}),
        ({"prompt": TALK[0][1]}, {"choices": [{"text": TALK[1][1]}]}),
    ],
    ids=["LangChain", "generations", "bare generations", "plain", "Anthropic", "wrapped", "completions"],
)
def test_shapes_of_a_model_call(inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    (trace,) = read(lines({**CHAT, "inputs": inputs, "outputs": outputs})).traces
    assert said(trace) == TALK


def test_an_example_of_a_dataset_is_a_question_and_its_answer() -> None:
    example = {"id": "e1", "dataset_id": "d1", "inputs": {"question": TALK[0][1]}, "outputs": {"answer": TALK[1][1]}}
    found = read(lines(example))
    assert found.format == "langsmith"
    assert said(found.traces[0]) == TALK


def test_a_run_that_says_nothing_is_an_issue() -> None:
    found = read(lines({**CHAT, "inputs": {}, "outputs": {}, "run_type": "chain"}), format="langsmith")
    assert "no conversation" in found.issues[0].reason


@pytest.mark.parametrize("name", ["langsmith_js_wrap_openai_default.json", "langsmith_py_wrap_openai_.json"])
def test_batches_of_its_own_tests_open(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the samples of real files are not here")
    found = read((SHARED / name).read_bytes(), name)
    (trace,) = found.traces
    assert [step.role for step in trace.steps if step.kind is StepKind.MESSAGE] == [Role.USER, Role.ASSISTANT]
    assert trace.metrics["tokens_in"] == trace.metrics["tokens_out"] == 9
    assert kept_of(trace).share == 1.0
