"""What the clients of OpenAI and Anthropic gave back, compared with what was sent, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.reading import read, said

EXPORT = Path(__file__).resolve().parents[1] / "fixtures" / "exports" / "api_sdk"
SENT: dict[str, Any] = json.loads((EXPORT / "sent.json").read_text("utf-8"))
CASES = {
    "chat completions": ["chat.jsonl"],
    "Responses": ["responses.jsonl"],
    "Anthropic messages": ["messages.jsonl"],
    "a batch of OpenAI": ["openai_batch_output.jsonl", "openai_batch_input.jsonl"],
    "a batch of Anthropic": ["anthropic_batch_input.jsonl", "anthropic_batch_results.jsonl"],
}


def _read(names: list[str]) -> list[Trace]:
    found = read(b"".join((EXPORT / name).read_bytes() for name in names))
    assert not found.issues
    return list(found.traces)


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def trace(request: pytest.FixtureRequest) -> Trace:
    found: Trace = _read(request.param)[0]
    return found


def test_the_conversation_is_the_one_that_was_had(trace: Trace) -> None:
    assert said(trace) == [tuple(message) for message in SENT["messages"]]
    (call,) = [step for step in trace.steps if step.kind is StepKind.TOOL_CALL]
    told = {"name": call.name, "id": call.attributes["call_id"], "arguments": call.arguments, "result": call.result}
    assert told == SENT["tool_call"]
    kinds = [step.kind.value for step in trace.steps if step.kind in (StepKind.MESSAGE, StepKind.TOOL_CALL)]
    assert kinds == ["message", "message", "tool_call", "message"]


def test_what_it_cost(trace: Trace) -> None:
    assert (trace.metrics["tokens_in"], trace.metrics["tokens_out"]) == (SENT["tokens_in"], SENT["tokens_out"])
    assert trace.metadata["model"] == SENT["model"]
    assert kept_of(trace).share == 1.0


@pytest.mark.parametrize("names", [CASES["chat completions"], CASES["a batch of OpenAI"]])
def test_the_other_choice_is_folded_away(names: list[str]) -> None:
    (other,) = [step for step in _read(names)[0].steps if step.name == "choice 2"]
    assert SENT["other"] in json.dumps(other.result)


def test_a_request_that_failed_says_why() -> None:
    _, closed = _read(CASES["a batch of Anthropic"])
    assert [step.error for step in closed.steps if step.error] == [SENT["error"]]
