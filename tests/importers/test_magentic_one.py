"""Histories of agents: the log of a Magentic-One run, and the chat history of AutoGen 0.2."""

from __future__ import annotations

from typing import Any

from tests.importers.reading import lines, read, said

EVENTS: list[dict[str, Any]] = [
    {
        "source": "UserProxy (initial prompt)",
        "message": "Find a berth for a boat of nine metres.",
        "type": "OrchestrationEvent",
    },
    {"source": "Orchestrator (thought)", "message": "Initial plan: ask the web surfer.", "type": "OrchestrationEvent"},
    {"prompt_tokens": 120, "completion_tokens": 30, "type": "LLMCallEvent"},
    {
        "source": "WebSurfer",
        "message": "Berth 14 is free tonight.",
        "url": "https://x.example",
        "type": "WebSurferEvent",
    },
    {"source": "Orchestrator (final answer)", "message": "Take berth 14.", "type": "OrchestrationEvent"},
]
TIMED = [{"timestamp": f"2026-05-01T10:00:0{second}", **event} for second, event in enumerate(EVENTS)]


def test_a_log_is_one_run_in_which_agents_speak() -> None:
    found = read(lines(*reversed(TIMED)))
    assert found.format == "magentic_one"
    (trace,) = found.traces
    assert said(trace) == [
        ("user", "Find a berth for a boat of nine metres."),
        ("assistant", "Berth 14 is free tonight."),
        ("assistant", "Take berth 14."),
    ]
    assert [step.text for step in trace.steps if step.kind == "reasoning"] == ["Initial plan: ask the web surfer."]
    assert [step.name for step in trace.steps][-1] == "Orchestrator (final answer)"
    assert (trace.metrics["tokens_in"], trace.metrics["latency_ms"]) == (120, 4000)


def test_a_chat_history_of_autogen() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    history = [
        {"role": "assistant", "name": "captain", "content": "Find a berth for Ilse."},
        {"role": "user", "name": "pilot", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "14", "tool_responses": [{"tool_call_id": "c1", "role": "tool", "content": "14"}]},
        {"role": "user", "name": "pilot", "content": "Berth 14 it is."},
    ]
    (trace,) = read(lines({"chat_history": history, "summary": "Berth 14 it is."})).traces
    assert [step.name for step in trace.steps] == ["captain", "find", "pilot"]
    assert [step.result for step in trace.steps if step.kind == "tool_call"] == ["14"]
