"""Nothing is lost in silence: digits, empty results, unknown parts, and what stands where nobody expects it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaldash.domain.trace import Json
from evaldash.importers.messages import steps_of
from tests.importers.reading import lines, read

TALK = {"messages": [{"role": "user", "content": "Ahoy"}, {"role": "assistant", "content": "Welcome"}]}
LINE = json.dumps(TALK)
CALL = {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "think", "arguments": "{}"}}]}


def _result_of(*messages: dict[str, Any]) -> Json:
    (step,) = steps_of(messages)
    return step.result


def test_bytes_that_are_no_text_far_into_a_file_leave_what_came_before() -> None:
    found = read(f"{LINE}\n".encode() * 6_000 + b'{"messages": "\xff"}\n')
    assert found.issues
    assert all(issue.reason for issue in found.issues)


def test_what_follows_an_array_does_not_vanish() -> None:
    found = read(f"[{LINE}] {LINE}", "file.json")
    assert len(found.traces) == 1
    assert len(found.issues) == 1


def test_lists_as_lines_are_read_or_named() -> None:
    found = read(lines(TALK["messages"], TALK["messages"]))
    assert len(found.traces) + len(found.issues) >= 2


@pytest.mark.parametrize("number", [2**63, 2**64 + 1, 10**30, -(2**70)])
def test_long_numbers_keep_their_digits(number: int) -> None:
    (trace,) = read(lines({**TALK, "span": number})).traces
    assert trace.raw == ({**TALK, "span": number},)


def test_an_empty_result_is_not_a_missing_one() -> None:
    assert _result_of(CALL, {"role": "tool", "tool_call_id": "a", "content": ""}) == ""
    assert _result_of(CALL) is None


def test_the_text_of_an_unknown_part_is_not_lost() -> None:
    (step,) = steps_of([{"role": "assistant", "content": [{"type": "novel", "words": "kept all the same"}]}])
    assert "kept all the same" in (step.text or "")
