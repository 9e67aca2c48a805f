"""MLflow: traces of 3 and 2 and rows of search_traces read as the same conversation, assessments as feedback."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.importers.mlflow_building import ANSWER, ASK, SHAPES, row, three, two
from tests.importers.reading import lines, read, said

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats" / "mlflow"


@pytest.mark.parametrize("record", SHAPES.values(), ids=SHAPES.keys())
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
    (before,), (after,) = read(lines(three(assessments=False))).traces, read(lines(three())).traces
    assert before.id == after.id


def test_an_error_is_shown() -> None:
    record = three()
    last = record["data"]["spans"][3]
    last["status"] = {"code": "STATUS_CODE_ERROR", "message": "the model is overloaded"}
    del last["attributes"]["mlflow.spanOutputs"]
    (trace,) = read(lines(record)).traces
    assert [step.error for step in trace.steps if step.error] == ["the model is overloaded"]


@pytest.mark.parametrize("name", ["row of search_traces", "the API", "the CLI"])
def test_the_same_trace_in_another_shape_is_no_second_one(name: str) -> None:
    assert read(lines(SHAPES[name])).traces[0].id == read(lines(three())).traces[0].id


def test_a_trace_that_was_tagged_later_is_the_same_trace() -> None:
    record = three()
    record["info"]["tags"]["checked"] = "by ben"
    assert read(lines(record)).traces[0].id == read(lines(three())).traces[0].id


def test_a_frame_written_as_csv_is_read() -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, row())
    writer.writeheader()
    writer.writerow(row())  # cells of objects are Python literals, as a data frame writes them
    (trace,) = read(text.getvalue(), "frame.csv").traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]
    assert trace.metrics["helpful"] == 0.5


def test_traces_listed_without_their_spans_show_what_is_told_of_them() -> None:
    info = {**three()["info"], "response_preview": json.dumps(ANSWER)}
    failed = {**info, "trace_id": "tr-2", "response_preview": "null", "state": "ERROR"}
    first, second = read(json.dumps({"traces": [info, failed]}), "traces.json").traces
    assert said(first) == [("user", ASK), ("assistant", ANSWER)]
    assert said(second) == [("user", ASK)]
    assert [step.error for step in second.steps if step.error] == ["it ended in an error"]


def _answered(output: str, **more: Any) -> list[tuple[str | None, str | None]]:
    record = three()
    root = record["data"]["spans"][0]
    record["data"]["spans"] = [{**root, **more, "attributes": {**root["attributes"], "mlflow.spanOutputs": output}}]
    return said(read(lines(record)).traces[0])[1:]


CHUNKS = [{"name": f"mlflow.chunk.item.{number}", "attributes": {}} for number in range(2)]


@pytest.mark.parametrize(
    ("output", "events", "shown"),
    [
        ("null", [], []),
        (json.dumps(ANSWER), [], [ANSWER]),
        (json.dumps(json.dumps(ANSWER)), [], [ANSWER]),
        ('["Yes, ", "berth 14."]', CHUNKS, ["Yes, berth 14."]),
        ('["Yes, ", "berth 14."]', [], ['["Yes, ","berth 14."]']),
        ("14", [], ["14"]),
    ],
    ids=["nothing", "a text", "encoded twice", "streamed", "a list", "a number"],
)
def test_an_answer_is_shown_as_it_was_given(output: str, events: list[Any], shown: list[str]) -> None:
    assert _answered(output, events=events) == [("assistant", text) for text in shown]


def test_tokens_come_from_the_answer_where_nothing_else_tells_them() -> None:
    record = two()
    for span in record["data"]["spans"]:
        usage = json.loads(span["attributes"].pop("mlflow.chat.tokenUsage", "{}"))
        if usage:
            answer = json.loads(span["attributes"]["mlflow.spanOutputs"])
            counts = {"prompt_tokens": usage["input_tokens"], "completion_tokens": usage["output_tokens"]}
            span["attributes"]["mlflow.spanOutputs"] = json.dumps(answer | {"usage": counts})
    (trace,) = read(lines(record)).traces
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == (100, 17)


def test_assessments_of_each_kind_are_feedback() -> None:
    judge = {"source_type": "LLM_JUDGE", "source_id": "openai:/judge"}
    told = [
        {"assessment_name": "grounded", "source": judge, "feedback": {"value": "yes"}, "valid": False},
        {"assessment_name": "grounded", "source": {"source_type": "HUMAN"}, "feedback": {"value": "no"}, "valid": True},
        {"assessment_name": "polite", "source": judge, "feedback": {"error": {"error_message": "no judge was there"}}},
        {
            "assessment_name": "facts",
            "source": judge,
            "expectation": {"serialized_value": {"value": '["north pier"]', "serialization_format": "JSON_FORMAT"}},
        },
        {"assessment_name": "iss-1", "source": judge, "issue": {"issue_name": "no price is told"}},
    ]
    record = three()
    record["info"]["assessments"] = told
    (trace,) = read(lines(record)).traces
    assert [(item.name, item.value, item.comment, item.author) for item in trace.feedback] == [
        ("grounded (overridden)", "yes", None, "openai:/judge"),
        ("grounded", "no", None, "HUMAN"),
        ("polite", None, "no judge was there", "openai:/judge"),
        ("expected facts", ["north pier"], None, "openai:/judge"),
        ("iss-1", "no price is told", None, "openai:/judge"),
    ]


def test_a_trace_without_spans_reads_by_its_request_and_response() -> None:
    record = two()
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
