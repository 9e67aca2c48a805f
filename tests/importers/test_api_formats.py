"""API objects and histories: what was sent and came back, whatever the API calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from tests.importers.reading import lines, read, said

SHARED = Path(__file__).resolve().parents[3] / "shared" / "traces" / "formats"
SYSTEM, ASK, ANSWER = (
    "You help sailors.",
    "Is there a berth for a boat of nine metres?",
    "Yes, berth 14 is free tonight.",
)
TALK = [("system", SYSTEM), ("user", ASK), ("assistant", ANSWER)]
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1777636800,
    "model": "harbour-mini",
    "status": "completed",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "A berth is asked for."}]},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "find_berth", "arguments": '{"metres": 9}'},
        {"type": "function_call_output", "call_id": "c1", "output": '{"berth": 14}'},
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "tide"}},
        {
            "type": "mcp_call",
            "id": "mcp_1",
            "name": "depth",
            "arguments": '{"berth": 14}',
            "output": "2.4 m",
            "error": None,
        },
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": ANSWER, "annotations": []}],
        },
    ],
    "usage": {"input_tokens": 40, "output_tokens": 9},
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "harbour-mini",
    "stop_reason": "end_turn",
    "content": [
        {"type": "thinking", "thinking": "A berth is asked for.", "signature": "abc"},
        {"type": "server_tool_use", "id": "st_1", "name": "web_search", "input": {"query": "tide"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "st_1",
            "content": [{"type": "web_search_result", "title": "Tides"}],
        },
        {"type": "text", "text": ANSWER},
    ],
    "usage": {"input_tokens": 30, "cache_read_input_tokens": 10, "output_tokens": 9},
}
COMPLETION: dict[str, Any] = {
    "id": "chat_1",
    "object": "chat.completion",
    "created": 1777636800,
    "model": "harbour-mini",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"},
        {
            "index": 1,
            "message": {"role": "assistant", "content": "No idea, ask the harbour master."},
            "finish_reason": "stop",
        },
    ],
    "usage": {"prompt_tokens": 40, "completion_tokens": 9},
}
CHAT = {"model": "harbour-mini", "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": ASK}]}
CLAUDE = {"model": "harbour-mini", "system": SYSTEM, "messages": [{"role": "user", "content": ASK}], "max_tokens": 100}
INPUT = {"model": "harbour-mini", "instructions": SYSTEM, "input": ASK}


def _calls(trace: Trace) -> list[tuple[str | None, Any, Any]]:
    return [(step.name, step.arguments, step.result) for step in trace.steps if step.kind is StepKind.TOOL_CALL]


@pytest.mark.parametrize(
    ("record", "format", "calls"),
    [
        (
            {"request": INPUT, "response": RESPONSE},
            "openai_responses",
            [
                ("find_berth", {"metres": 9}, {"berth": 14}),
                ("web_search", {"type": "search", "query": "tide"}, None),
                ("depth", {"berth": 14}, "2.4 m"),
            ],
        ),
        ({**RESPONSE, "instructions": SYSTEM}, "openai_responses", None),
        (
            {"request": CLAUDE, "response": MESSAGE},
            "anthropic_messages",
            [("web_search", {"query": "tide"}, {"type": "web_search_result", "title": "Tides"})],
        ),
        ({"request": CHAT, "response": COMPLETION}, "openai_chat", []),
    ],
)
def test_requests_with_their_answers(record: dict[str, Any], format: str, calls: Any) -> None:
    found = read(lines(record))
    assert found.format == format
    (trace,) = found.traces
    assert said(trace) == (TALK if "request" in record else [TALK[0], TALK[2]])
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"], trace.metadata["model"]) == (40, 9, "harbour-mini")
    if calls is not None:
        assert _calls(trace) == calls


def test_every_choice_is_kept() -> None:
    (trace,) = read(lines({"request": CHAT, "response": COMPLETION})).traces
    (other,) = [step for step in trace.steps if step.name == "choice 2"]
    assert isinstance(other.result, dict)
    assert other.result["content"] == "No idea, ask the harbour master."


def test_preference_files_show_what_was_preferred() -> None:
    record = {
        "input": {"messages": CHAT["messages"], "tools": []},
        "preferred_output": [{"role": "assistant", "content": ANSWER}],
        "non_preferred_output": [{"role": "assistant", "content": "Ask the harbour master."}],
    }
    (trace,) = read(lines(record)).traces
    assert said(trace) == TALK
    assert "Ask the harbour master." in json.dumps(
        [step.result for step in trace.steps if step.name == "not preferred"]
    )


REQUESTS = [
    {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": CHAT},
    {"custom_id": "b", "method": "POST", "url": "/v1/responses", "body": INPUT},
    {"custom_id": "c", "params": CLAUDE},
    {"custom_id": "d", "method": "POST", "url": "/v1/chat/completions", "body": CHAT},
    {"custom_id": "e", "params": CLAUDE},
]
RESULTS = [
    {
        "id": "r1",
        "custom_id": "e",
        "result": {
            "type": "errored",
            "error": {"type": "error", "error": {"type": "overloaded_error", "message": "too busy"}},
        },
    },
    {
        "id": "r2",
        "custom_id": "d",
        "response": {"status_code": 400, "body": {"error": {"message": "too long"}}},
        "error": None,
    },
    {"id": "r3", "custom_id": "c", "result": {"type": "succeeded", "message": MESSAGE}},
    {"id": "r4", "custom_id": "b", "response": {"status_code": 200, "body": RESPONSE}, "error": None},
    {"id": "r5", "custom_id": "a", "response": {"status_code": 200, "body": COMPLETION}, "error": None},
]


def test_requests_and_results_of_a_batch_are_joined() -> None:
    found = read(lines(*RESULTS, *REQUESTS))
    assert found.format == "api_batch"
    traces = {trace.external_id: trace for trace in found.traces}
    assert set(traces) == set("abcde")
    assert all(said(traces[name]) == TALK for name in "abc")
    assert [step.error for step in traces["d"].steps if step.error] == ["too long"]
    assert [step.error for step in traces["e"].steps if step.error] == ["too busy"]


def _line(uuid: str, at: int, kind: str, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "sessionId": "s-1",
        "timestamp": f"2026-05-01T10:00:{at:02}.000Z",
        "type": kind,
        "isSidechain": False,
        "cwd": "/harbour",
        "gitBranch": "main",
        "version": "2.1.0",
        "message": {"role": kind, "content": content},
        **more,
    }


def _answer(uuid: str, at: int, block: Any, id: str = "msg_1", **more: Any) -> dict[str, Any]:
    line = _line(uuid, at, "assistant", [block], **more)
    line["message"] |= {"id": id, "model": "harbour-mini", "usage": {"input_tokens": 5, "output_tokens": 7}}
    return line


SESSION = [
    {"type": "summary", "summary": "Berths for long boats", "leafUuid": "u9"},
    _line("u1", 0, "user", "Look for a berth in the plans."),
    _answer("u2", 1, {"type": "text", "text": "I send somebody to look."}),
    _answer(
        "u3", 2, {"type": "tool_use", "id": "c1", "name": "Task", "input": {"prompt": "Search the plans for berths"}}
    ),
    _line("u4", 3, "user", "Search the plans for berths", isSidechain=True, agentId="x"),
    _answer("u5", 4, {"type": "text", "text": "Berth 14 is long enough."}, "msg_2", isSidechain=True, agentId="x"),
    _line("u6", 5, "user", [{"type": "tool_result", "tool_use_id": "c1", "content": "Berth 14 is long enough."}]),
    _answer("u7", 6, {"type": "text", "text": "Take berth 14."}, "msg_3"),
]


def test_a_session_of_claude_code_with_its_sub_agent() -> None:
    found = read(lines(*reversed(SESSION), SESSION[3]), "s-1.jsonl")
    assert found.format == "claude_code"
    (trace,) = found.traces
    outer = [step for step in trace.steps if step.parent is None and step.kind is not StepKind.EVENT]
    assert [(step.kind.value, step.text or step.name) for step in outer] == [
        ("message", "Look for a berth in the plans."),
        ("message", "I send somebody to look."),
        ("tool_call", "Task"),
        ("message", "Take berth 14."),
    ]
    inner = [step for step in trace.steps if step.parent is not None]
    assert [step.text for step in inner] == ["Search the plans for berths", "Berth 14 is long enough."]
    assert {trace.steps[(step.parent or 0) - 1].name for step in inner} == {"Task"}
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == (15, 21)
    assert (trace.session, trace.metadata["cwd"], trace.metadata["model"]) == ("s-1", "/harbour", "harbour-mini")


LANGCHAIN: list[Any] = [
    {"type": "system", "content": SYSTEM},
    {"type": "human", "content": ASK},
    {
        "type": "ai",
        "content": "",
        "tool_calls": [{"id": "c1", "name": "find_berth", "args": {"metres": 9}}],
        "usage_metadata": {"input_tokens": 40, "output_tokens": 9},
    },
    {"type": "tool", "tool_call_id": "c1", "content": '{"berth": 14}'},
    {"type": "ai", "content": ANSWER},
]
SERIALISED: list[Any] = [
    {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", kind], "kwargs": {"content": text}}
    for kind, text in (("SystemMessage", SYSTEM), ("HumanMessage", ASK), ("AIMessage", ANSWER))
]


@pytest.mark.parametrize(
    "record",
    [
        LANGCHAIN,
        {"messages": LANGCHAIN},
        {"values": {"messages": LANGCHAIN}, "config": {"configurable": {"thread_id": "t"}}},
        {"messages": SERIALISED},
        [{"type": m["type"], "data": {**m}} for m in LANGCHAIN],
    ],
    ids=["list", "under messages", "state of a graph", "serialised", "with data"],
)
def test_messages_of_langchain(record: Any) -> None:
    found = read(json.dumps(record) if isinstance(record, dict) else json.dumps([record]))
    assert found.format == "langchain"
    (trace,) = found.traces
    assert said(trace) == TALK


AUTOGEN = {
    "messages": [
        {"source": "user", "type": "TextMessage", "content": ASK},
        {"source": "Pilot", "type": "ThoughtEvent", "content": "I look at the plan."},
        {
            "source": "Pilot",
            "type": "ToolCallRequestEvent",
            "content": [{"id": "c1", "name": "find_berth", "arguments": '{"metres": 9}'}],
            "models_usage": {"prompt_tokens": 40, "completion_tokens": 9},
        },
        {
            "source": "Pilot",
            "type": "ToolCallExecutionEvent",
            "content": [{"call_id": "c1", "name": "find_berth", "content": "14", "is_error": False}],
        },
        {"source": "Pilot", "type": "TextMessage", "content": ANSWER},
    ],
    "stop_reason": "Maximum of turns reached",
}


def test_a_run_of_autogen() -> None:
    found = read(lines(AUTOGEN))
    assert found.format == "autogen"
    (trace,) = found.traces
    assert said(trace) == [("user", ASK), ("assistant", ANSWER)]
    assert [step.name for step in trace.steps if step.text == ANSWER] == ["Pilot"]
    assert _calls(trace) == [("find_berth", {"metres": 9}, "14")]
    assert trace.metrics["tokens_in"] == 40
    assert trace.metadata["stop_reason"] == "Maximum of turns reached"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sample traces ../shared/traces are not here")
@pytest.mark.parametrize(
    ("path", "format", "tools"),
    [
        ("openai_responses/openai-code-interpreter-tool.1.json", "openai_responses", ["code_interpreter"] * 3),
        ("openai_responses/openai-web-search-tool.1.json", "openai_responses", ["web_search"] * 3),
        ("anthropic_messages/anthropic-mcp.1.json", "anthropic_messages", ["echo"]),
        ("anthropic_messages/anthropic-text.json", "anthropic_messages", []),
        ("claude_code/tool_call_conversation.jsonl", "claude_code", ["Read"]),
    ],
)
def test_real_files(path: str, format: str, tools: list[str]) -> None:
    found = read((SHARED / path).read_bytes(), path)
    assert found.format == format
    (trace,) = found.traces
    assert [name for name, _, _ in _calls(trace)] == tools
    assert said(trace)[-1][0] == "assistant"
