"""SWE-agent: an action holds what the environment answered; demonstrations are no part of the talk."""

from __future__ import annotations

from typing import Any

from evaldash.domain.trace import StepKind
from tests.importers.reading import lines, read, said

HISTORY: list[dict[str, Any]] = [
    {"role": "system", "content": "You work in a shell."},
    {"role": "user", "content": "Here is how another berth was found.", "is_demo": True},
    {"role": "user", "content": "Find the berth in the plan."},
    {"role": "assistant", "content": "I look at the file.\n```\ncat plan.txt\n```", "action": "cat plan.txt"},
    {"role": "user", "content": "berth 14 is at the south pier"},
    {"role": "assistant", "content": "Done.\n```\nsubmit\n```", "action": "submit"},
]
STEPS = [
    {"response": "I look at the file.", "action": "cat plan.txt", "observation": "berth 14 is at the south pier"},
    {"response": "Done.", "action": "submit", "observation": ""},
]
INFO = {
    "exit_status": "submitted",
    "submission": "berth 14",
    "model_stats": {"tokens_sent": 120, "instance_cost": 0.02},
}


def test_actions_hold_what_came_back() -> None:
    (trace,) = read(lines({"history": HISTORY, "trajectory": STEPS, "info": INFO, "instance_id": "berth-1"})).traces
    calls = [(step.arguments, step.result) for step in trace.steps if step.kind is StepKind.TOOL_CALL]
    assert calls == [("cat plan.txt", "berth 14 is at the south pier"), ("submit", None)]
    assert [role for role, _ in said(trace)] == ["system", "user", "assistant", "assistant"]
    assert [step.text for step in trace.steps if step.kind is StepKind.EVENT] == [
        "Demonstration: Here is how another berth was found."
    ]
    assert (trace.external_id, trace.metadata["submission"]) == ("berth-1", "berth 14")
    assert (trace.metrics["tokens_in"], trace.metrics["cost_usd"]) == (120, 0.02)


def test_a_trajectory_without_a_history_is_told_by_its_steps() -> None:
    (trace,) = read(lines({"trajectory": STEPS})).traces
    assert said(trace) == [("assistant", "I look at the file."), ("assistant", "Done.")]
    assert [step.arguments for step in trace.steps if step.kind is StepKind.TOOL_CALL] == ["cat plan.txt", "submit"]
