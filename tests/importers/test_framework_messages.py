"""Model calls as frameworks give them to MLflow: whatever their form, the same talk is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.framework_messages import common
from evaldash.importers.kept import kept_of
from tests.importers.reading import read, said

SYSTEM, ASK = "You are the desk of a small harbour.", "Is there a berth tonight?"
ANSWER = "Yes, berth 14 is free tonight."
SYSTEM_MESSAGE, ASK_MESSAGE = {"role": "system", "content": SYSTEM}, {"role": "user", "content": ASK}
USE = {"toolUse": {"toolUseId": "t1", "name": "find", "input": {"m": 9}}}
FOUND = {"toolResult": {"toolUseId": "t1", "content": [{"json": {"berth": 14}}]}}


def _blocks(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "blocks": [{"block_type": "text", "text": text}]}


def _item(**more: Any) -> dict[str, Any]:
    return {"kind": "request", "parts": [{"part_kind": kind, "content": text} for kind, text in more.items()]}


FORMS: dict[str, tuple[Any, Any]] = {
    "Anthropic": (
        {"model": "m", "system": SYSTEM, "messages": [ASK_MESSAGE]},
        {"role": "assistant", "content": [{"type": "text", "text": ANSWER}]},
    ),
    "Gemini, a text": (
        {"model": "m", "contents": ASK, "config": {"system_instruction": SYSTEM}},
        {"candidates": [{"content": {"parts": [{"text": ANSWER}], "role": "model"}}]},
    ),
    "Responses": (
        {"model": "m", "instructions": SYSTEM, "input": ASK},
        {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": ANSWER}]}]},
    ),
    "Bedrock, Converse": (
        {"system": [{"text": SYSTEM}], "messages": [{"role": "user", "content": [{"text": ASK}]}]},
        {"output": {"message": {"role": "assistant", "content": [{"text": ANSWER}]}}},
    ),
    "Bedrock, a body": (
        {"modelId": "m", "body": json.dumps({"system": SYSTEM, "messages": [ASK_MESSAGE]})},
        {"body": {"role": "assistant", "content": [{"type": "text", "text": ANSWER}]}},
    ),
    "LangChain": (
        [[{"type": "system", "content": SYSTEM}, {"type": "human", "content": ASK}]],
        {"generations": [[{"text": ANSWER, "message": {"type": "ai", "content": ANSWER}}]]},
    ),
    "LlamaIndex": (
        {"messages": [_blocks("system", SYSTEM), _blocks("user", ASK)]},
        {"message": _blocks("assistant", ANSWER), "raw": None},
    ),
    "AutoGen": (
        {"messages": [{"type": "SystemMessage", "content": SYSTEM}, {"type": "UserMessage", "content": ASK}]},
        {"content": ANSWER, "finish_reason": "stop"},
    ),
    "Pydantic AI": (
        {"messages": [_item(**{"system-prompt": SYSTEM, "user-prompt": ASK})]},
        {"kind": "response", "parts": [{"part_kind": "text", "content": ANSWER}]},
    ),
    "Ollama": ({"messages": [SYSTEM_MESSAGE, ASK_MESSAGE]}, {"message": {"role": "assistant", "content": ANSWER}}),
    "DSPy": ({"prompt": None, "messages": [SYSTEM_MESSAGE, ASK_MESSAGE]}, [ANSWER]),
}
PLAIN: dict[str, tuple[Any, Any]] = {
    "a prompt": ({"prompt": ASK}, ANSWER),
    "prompts": ({"prompts": [ASK]}, {"generations": [[{"text": ANSWER, "generation_info": None}]]}),
    "a completion": ({"prompt": ASK, "model": "m"}, {"choices": [{"text": ANSWER, "index": 0}]}),
}


def _read(given: Any, answered: Any) -> Trace:
    attributes = {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.spanInputs": json.dumps(given),
        "mlflow.spanOutputs": json.dumps(answered),
    }
    span = {"span_id": "AAAAAAAAAAE=", "name": "call", "start_time_unix_nano": 1, "attributes": attributes}
    info = {"trace_id": "tr-1", "request_time": "2026-05-01T10:00:00Z", "state": "OK"}
    (trace,) = read(json.dumps({"info": info, "data": {"spans": [span]}}), "trace.json").traces
    assert kept_of(trace).share == 1.0
    return trace


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_each_framework_reads_as_the_same_talk(form: tuple[Any, Any]) -> None:
    assert said(_read(*form)) == [("system", SYSTEM), ("user", ASK), ("assistant", ANSWER)]


@pytest.mark.parametrize("form", PLAIN.values(), ids=PLAIN.keys())
def test_texts_alone_are_a_question_and_an_answer(form: tuple[Any, Any]) -> None:
    assert said(_read(*form)) == [("user", ASK), ("assistant", ANSWER)]


CALLS: dict[str, list[Any]] = {
    "Bedrock": [{"role": "assistant", "content": [USE]}, {"role": "user", "content": [FOUND]}],
    "LlamaIndex": [
        {
            "role": "assistant",
            "blocks": [{"block_type": "tool_call", "tool_call_id": "t1", "tool_name": "find", "tool_kwargs": {"m": 9}}],
        },
        {**_blocks("tool", '{"berth": 14}'), "additional_kwargs": {"tool_call_id": "t1", "name": "find"}},
    ],
    "AutoGen": [
        {"type": "AssistantMessage", "content": [{"id": "t1", "name": "find", "arguments": '{"m": 9}'}]},
        {"type": "FunctionExecutionResultMessage", "content": [{"call_id": "t1", "content": '{"berth": 14}'}]},
    ],
    "Pydantic AI": [
        {"parts": [{"part_kind": "tool-call", "tool_name": "find", "args": {"m": 9}, "tool_call_id": "t1"}]},
        {"parts": [{"part_kind": "tool-return", "tool_name": "find", "content": {"berth": 14}, "tool_call_id": "t1"}]},
    ],
}


@pytest.mark.parametrize("messages", CALLS.values(), ids=CALLS.keys())
def test_calls_and_results_find_each_other(messages: list[Any]) -> None:
    trace = _read({"messages": [ASK_MESSAGE, *messages]}, {"role": "assistant", "content": ANSWER})
    (call,) = [step for step in trace.steps if step.kind is StepKind.TOOL_CALL]
    assert (call.name, call.arguments, call.result) == ("find", {"m": 9}, {"berth": 14})
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "text",
        [],
        {},
        {"messages": {"blocks": 3}},
        {"parts": [3]},
        {"role": "user", "content": [{"toolUse": 1}]},
    ],
    ids=str,
)
def test_what_is_of_no_framework_stays_what_it_is(value: Any) -> None:
    assert common(value) == value


def test_a_part_of_an_unknown_kind_is_kept() -> None:
    part: Any = {"part_kind": ["built in"], "content": "The pier is closed on Sundays."}
    assert common({"parts": [part]}) == [{"role": "assistant", "content": [part]}]
