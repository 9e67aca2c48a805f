"""What holds for every importer, each with a small source of its own."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from evaldash.domain.trace import Role
from evaldash.importers import IMPORTERS
from evaldash.importers.kept import kept_of, texts_of
from tests.importers.otlp_building import log, request, span
from tests.importers.reading import Read, lines, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A record of a format, who speaks in it, and feedback that may be added later.

    `scattered`: the traces of the format are put together from parts, so the same record twice is one trace.
    """

    record: dict[str, Any]
    roles: tuple[Role, ...]
    later: dict[str, Any] = field(default_factory=dict)
    scattered: bool = False


CALL = {"id": "c1", "type": "function", "function": {"name": "find_berth", "arguments": '{"boat": "Ilse"}'}}
TALK = [
    {"role": "system", "content": "You help sailors find a berth."},
    {"role": "user", "content": "Is there a place for Ilse tonight?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": '{"berth": 14}'},
    {"role": "assistant", "content": "Yes, berth 14 is free."},
]
CHAT_SPAN: dict[str, Any] = {
    "name": "chat",
    "context": {"trace_id": "5b" * 16, "span_id": "a1" * 8},
    "start_time": "2026-05-01T10:00:00Z",
    "attributes": {
        "gen_ai.operation.name": "chat",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Is there a berth for me?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "Yes, berth 14 is free.",
    },
}
INSPECTED: dict[str, Any] = {
    "id": 1,
    "epoch": 1,
    "input": "Is there a berth for me?",
    "target": "14",
    "messages": [
        {"role": "user", "content": "Is there a berth for me?"},
        {"role": "assistant", "content": "Yes, berth 14 is free."},
    ],
}
KIND_SCORE = {"gen_ai.evaluation.score.value": 0.5}
SAMPLES = {
    "chat_messages": Sample(
        record={"id": "a1", "conversations": [{"from": "human", "value": "Ahoy"}, {"from": "gpt", "value": "Welcome"}]},
        roles=(Role.USER, Role.ASSISTANT),
        later={"rating": 2, "feedback": {"thumbs": "down", "comment": "curt"}},
    ),
    "langfuse": Sample(
        record={
            "id": "t-1",
            "name": "harbour-desk",
            "timestamp": "2026-05-01T10:00:00Z",
            "sessionId": "visit-4",
            "userId": "ilse",
            "input": {"question": "Is there a berth for me?"},
            "output": "Yes, berth 14 is free.",
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"scores": [{"name": "helpful", "value": 1, "source": "API", "comment": "good"}]},
        scattered=True,
    ),
    "langsmith": Sample(
        record={
            "id": "0b7f5a52-0000-4000-8000-000000000001",
            "trace_id": "0b7f5a52-0000-4000-8000-000000000001",
            "name": "ChatOpenAI",
            "run_type": "llm",
            "start_time": "2026-05-01T10:00:00",
            "inputs": {"messages": [{"role": "user", "content": "Is there a berth for me?"}]},
            "outputs": {"choices": [{"message": {"role": "assistant", "content": "Yes, berth 14 is free."}}]},
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"feedback_stats": {"kind": {"n": 1, "avg": 0.5}}},
        scattered=True,
    ),
    "message_rows": Sample(
        record={"conversation_id": "c-4", "role": "user", "content": "Ahoy, is the berth at the north pier free?"},
        roles=(Role.USER,),
        scattered=True,
    ),
    "openai_chat": Sample(
        record={
            "request": {"model": "m-1", "messages": TALK[:2]},
            "response": {
                "choices": [{"message": {"role": "assistant", "content": "Yes, berth 14 is free."}}],
                "usage": {"prompt_tokens": 21, "completion_tokens": 7},
            },
        },
        roles=(Role.SYSTEM, Role.USER, Role.ASSISTANT),
        later={"score": 0.5},
    ),
    "otel_spans": Sample(record=CHAT_SPAN, roles=(Role.USER, Role.ASSISTANT), scattered=True),
    "otlp": Sample(
        record=request(span(1, CHAT_SPAN["attributes"])),
        roles=(Role.USER, Role.ASSISTANT),
        later=request(logs=[log(1, "gen_ai.evaluation.result", told={"gen_ai.evaluation.name": "kind", **KIND_SCORE})]),
        scattered=True,
    ),
    "phoenix": Sample(
        record={**CHAT_SPAN, "span_kind": "LLM"},
        roles=(Role.USER, Role.ASSISTANT),
        later={"annotations": [{"name": "kind", "annotator_kind": "HUMAN", "result": {"score": 0.5}}]},
        scattered=True,
    ),
    "table": Sample(
        record={"id": "r1", "question": "When is high tide?", "answer": "At 14:20."},
        roles=(Role.USER, Role.ASSISTANT),
        later={"rating": "2"},
    ),
    "tau_bench": Sample(
        record={"task_id": 7, "reward": 0.0, "info": {"task": {"user_id": "ilse"}}, "traj": TALK, "trial": 0},
        roles=(Role.SYSTEM, Role.USER, Role.ASSISTANT),
        later={"reward": 1.0, "info": {"task": {"user_id": "ilse"}, "reward_info": {"reward": 1.0}}},
    ),
    "mlflow": Sample(
        record={
            "info": {"trace_id": "tr-1", "request_time": "2026-05-01T10:00:00Z", "state": "OK", "tags": {}},
            "data": {
                "spans": [
                    {
                        "span_id": "AAAAAAAAAAE=",
                        "name": "desk",
                        "start_time_unix_nano": 1777636800000000000,
                        "attributes": {
                            "mlflow.spanType": '"AGENT"',
                            "mlflow.spanInputs": '{"question": "Is there a berth for me?"}',
                            "mlflow.spanOutputs": '"Yes, berth 14 is free."',
                        },
                    }
                ]
            },
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"assessments": [{"assessment_name": "helpful", "feedback": {"value": True}, "rationale": "good"}]},
    ),
    "braintrust": Sample(
        record={
            "id": "r1",
            "span_id": "s1",
            "root_span_id": "s1",
            "span_parents": None,
            "span_attributes": {"name": "desk", "type": "task"},
            "created": "2026-05-01T10:00:00Z",
            "input": {"question": "Is there a berth for me?"},
            "output": "Yes, berth 14 is free.",
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"scores": {"helpful": 0.5}},
        scattered=True,
    ),
    "swe_agent": Sample(
        record={
            "history": [
                {"role": "user", "content": "Find the berth in the plan."},
                {"role": "assistant", "content": "I look at the file.", "action": "cat plan.txt"},
                {"role": "user", "content": "berth 14 is at the south pier"},
            ],
            "trajectory": [{"action": "cat plan.txt", "observation": "berth 14 is at the south pier"}],
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"rating": 2},
    ),
    "magentic_one": Sample(
        record={
            "timestamp": "2026-05-01T10:00:00",
            "source": "UserProxy",
            "message": "Find a berth for the boat Ilse.",
            "type": "OrchestrationEvent",
        },
        roles=(Role.USER,),
        scattered=True,
    ),
    "claude_code": Sample(
        record={
            "type": "user",
            "uuid": "u1",
            "sessionId": "s-1",
            "timestamp": "2026-05-01T10:00:00Z",
            "message": {"role": "user", "content": "Is there a berth for me?"},
        },
        roles=(Role.USER,),
        scattered=True,
    ),
    "api_batch": Sample(
        record={
            "custom_id": "a",
            "body": {"model": "m-1", "messages": [{"role": "user", "content": "Is there a berth for me?"}]},
        },
        roles=(Role.USER,),
        scattered=True,
    ),
    "openai_responses": Sample(
        record={
            "request": {"model": "m-1", "input": "Is there a berth for me?"},
            "response": {
                "object": "response",
                "output": [{"type": "message", "role": "assistant", "content": "Yes, berth 14 is free."}],
            },
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"feedback": {"thumbs": "down", "comment": "curt"}},
    ),
    "anthropic_messages": Sample(
        record={
            "request": {"model": "m-1", "messages": [{"role": "user", "content": "Is there a berth for me?"}]},
            "response": {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": "Yes, berth 14 is free."}],
                "stop_reason": "end_turn",
            },
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"rating": 2},
    ),
    "langchain": Sample(
        record={
            "messages": [{"type": "human", "content": "Ahoy there"}, {"type": "ai", "content": "Welcome, skipper"}]
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"rating": 2},
    ),
    "autogen": Sample(
        record={
            "messages": [
                {"source": "user", "type": "TextMessage", "content": "Ahoy there"},
                {"source": "Pilot", "type": "TextMessage", "content": "Welcome, skipper"},
            ]
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"rating": 2},
    ),
    "inspect_ai": Sample(
        record={
            "inspect_sample": INSPECTED,
            "inspect_log": {"eval": {"task": "harbour_desk", "model": "harbour/mini"}},
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"inspect_sample": INSPECTED | {"scores": {"includes": {"value": "C", "explanation": "it is named"}}}},
    ),
    "weave": Sample(
        record={
            "id": "c-1",
            "trace_id": "t-1",
            "op_name": "weave:///harbour/desk/op/openai.chat.completions.create:1",
            "started_at": "2026-05-01T10:00:00Z",
            "inputs": {"model": "m-1", "messages": [{"role": "user", "content": "Is there a berth for me?"}]},
            "output": {"choices": [{"message": {"role": "assistant", "content": "Yes, berth 14 is free."}}]},
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"feedback": [{"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👍"}, "creator": "ilse"}]},
        scattered=True,
    ),
    "who_and_when": Sample(
        record={
            "question": "How deep is the harbour?",
            "question_ID": "q-9",
            "history": [{"role": "assistant", "name": "Pilot", "content": "I shall look at the chart."}],
            "mistake_agent": "Pilot",
            "mistake_step": "0",
            "mistake_reason": "It never looked.",
        },
        roles=(Role.USER, Role.ASSISTANT),
        later={"mistake_reason": "It made up the chart.", "is_correct": False},
    ),
}


@pytest.fixture(params=[importer.name for importer in IMPORTERS])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sample(name: str) -> Sample:
    return SAMPLES[name]


def _one(record: dict[str, Any]) -> Read:
    found = read(lines(record))
    assert not found.issues
    assert len(found.traces) == 1
    return found


def test_every_importer_says_what_it_reads(name: str) -> None:
    importer = next(item for item in IMPORTERS if item.name == name)
    assert importer.description
    assert all(ending.startswith(".") for ending in importer.extensions)


def test_its_own_records_are_recognised(name: str, sample: Sample) -> None:
    found = _one(sample.record)
    assert found.format == name
    assert 0.3 < found.confidence <= 1


def test_who_speaks_is_kept_in_order(sample: Sample) -> None:
    trace = _one(sample.record).traces[0]
    assert tuple(step.role for step in trace.steps if step.kind == "message") == sample.roles


def test_the_record_is_kept_as_it_was(sample: Sample) -> None:
    before = copy.deepcopy(sample.record)
    found = _one(sample.record).traces[0]
    assert sample.record == before
    if sample.scattered:
        assert {item.text for item in texts_of(list(found.raw))} >= {item.text for item in texts_of(before)}
    else:
        assert found.raw == (before,)


def test_every_text_stands_in_the_trace(sample: Sample) -> None:
    assert kept_of(_one(sample.record).traces[0]).share == 1.0


def test_steps_point_into_their_source(sample: Sample) -> None:
    for index, step in enumerate(_one(sample.record).traces[0].steps, start=1):
        assert list(step.source_positions) == sorted(set(step.source_positions))
        assert all(position >= 0 for position in step.source_positions)
        assert step.parent is None or 0 < step.parent < index


def test_the_id_does_not_depend_on_the_order_of_keys(sample: Sample) -> None:
    turned = dict(reversed(sample.record.items()))
    assert _one(turned).traces[0].id == _one(sample.record).traces[0].id


def test_the_id_does_not_depend_on_feedback(sample: Sample) -> None:
    assert _one({**sample.record, **sample.later}).traces[0].id == _one(sample.record).traces[0].id


def test_the_id_depends_on_what_was_said(sample: Sample) -> None:
    text = json.dumps(sample.record)
    for word, other in (("berth", "buoy"), ("Ahoy", "Hello"), ("deep", "old"), ("high tide", "low tide")):
        text = text.replace(word, other)
    assert _one(json.loads(text)).traces[0].id != _one(sample.record).traces[0].id


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES.values() if sample.later])
def test_later_feedback_is_kept(sample: Sample) -> None:
    found = _one({**sample.record, **sample.later}).traces[0]
    assert found.feedback or found.metrics.get("reward") == 1.0


def test_reading_twice_gives_the_same(sample: Sample) -> None:
    assert _one(sample.record) == _one(sample.record)


def test_lines_an_array_and_one_object_hold_the_same_traces(sample: Sample) -> None:
    record = sample.record
    as_lines = read(lines(record))
    assert read(json.dumps([record, record]), "file.json").traces == read(lines(record, record)).traces
    assert read(json.dumps(record, indent=2), "file.json").traces == as_lines.traces


def test_a_record_of_another_kind_is_an_issue_and_the_rest_is_read(name: str, sample: Sample) -> None:
    found = read(lines(sample.record, 7, sample.record), format=name)
    assert len(found.traces) == (1 if sample.scattered else 2)
    assert [issue.record for issue in found.issues] == ["line 2"]
    assert found.issues[0].reason
