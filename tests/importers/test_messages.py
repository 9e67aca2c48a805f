"""Chat messages into steps, in the shapes that real files have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaldash.domain.trace import Role, Step, StepKind, Trace
from evaldash.importers.messages import steps_of
from tests.importers.reading import lines, read


def _call(call_id: str | None, name: str, arguments: str = "{}") -> dict[str, Any]:
    call = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return call if call_id is None else {"id": call_id, **call}


def _calls(*calls: dict[str, Any], content: str | None = None) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def _result(call_id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("user", Role.USER),
        ("Human", Role.USER),
        ("customer", Role.USER),
        ("assistant", Role.ASSISTANT),
        ("gpt", Role.ASSISTANT),
        ("bot", Role.ASSISTANT),
        ("model", Role.ASSISTANT),
        ("agent", Role.ASSISTANT),
        ("system", Role.SYSTEM),
        ("developer", Role.SYSTEM),
    ],
)
def test_words_for_roles(word: str, role: Role) -> None:
    assert [step.role for step in steps_of([{"role": word, "content": "x"}])] == [role]


def test_an_unknown_role_is_a_name_and_never_a_guess() -> None:
    (step,) = steps_of([{"role": "harbour master", "content": "Cast off"}])
    assert (step.role, step.name, step.text) == (None, "harbour master", "Cast off")


CONTENTS = [
    pytest.param("plain", ["plain"], id="text"),
    pytest.param([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}], ["one", "two"], id="parts"),
    pytest.param(["one", ["two", ["three"]]], ["one", "two", "three"], id="lists-within-lists"),
    pytest.param([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "so"}], ["hm", "so"], id="thinking"),
    pytest.param([{"type": "refusal", "refusal": "I cannot"}], ["I cannot"], id="refusal"),
    pytest.param({"words": "kept as well"}, ["kept as well"], id="object"),
    pytest.param(41.5, ["41.5"], id="number"),
]


@pytest.mark.parametrize(("content", "expected"), CONTENTS)
def test_no_text_of_a_content_is_lost(content: Any, expected: list[str]) -> None:
    shown = "\n".join(step.text or "" for step in steps_of([{"role": "assistant", "content": content}]))
    places = [shown.find(text) for text in expected]
    assert -1 not in places
    assert places == sorted(places)


def test_text_goes_before_the_calls_of_its_message() -> None:
    steps = steps_of([_calls(_call("a", "tide"), _call("b", "wind"), content="Let me look."), _result("a", "high")])
    assert [step.kind for step in steps] == [StepKind.MESSAGE, StepKind.TOOL_CALL, StepKind.TOOL_CALL]
    assert [step.name for step in steps] == [None, "tide", "wind"]


def _only_call(*messages: dict[str, Any]) -> Step:
    (step,) = [step for step in steps_of(messages) if step.kind is StepKind.TOOL_CALL]
    return step


def test_a_call_holds_its_result_and_both_places() -> None:
    step = _only_call(_calls(_call("a", "tide", '{"port": "Ost"}')), _result("a", '{"at": "14:20"}'))
    assert (step.name, step.arguments, step.result) == ("tide", {"port": "Ost"}, {"at": "14:20"})
    assert step.source_positions == (0, 1)
    assert step.error is None


def test_a_result_that_stands_before_its_call_finds_it() -> None:
    step = _only_call(_result("a", "14:20"), _calls(_call("a", "tide")))
    assert (step.name, step.result, step.source_positions) == ("tide", "14:20", (0, 1))


def test_results_out_of_order_find_their_calls() -> None:
    steps = steps_of([_calls(_call("a", "tide"), _call("b", "wind")), _result("b", "west"), _result("a", "high")])
    assert [(step.name, step.result) for step in steps] == [("tide", "high"), ("wind", "west")]


def test_an_id_used_again_in_a_later_turn_belongs_to_that_turn() -> None:
    steps = steps_of([
        _calls(_call("a", "tide")), _result("a", "first"), _calls(_call("a", "tide")), _result("a", "second")
    ])  # fmt: skip
    assert [step.result for step in steps] == ["first", "second"]


def test_a_result_without_a_call_is_a_step_of_its_own() -> None:
    step = _only_call(_result("gone", "14:20"))
    assert (step.result, step.arguments) == ("14:20", None)


def test_arguments_that_are_no_json_stay_text() -> None:
    assert _only_call(_calls(_call("a", "tide", "{port: Ost"))).arguments == "{port: Ost"


def test_the_old_function_call_and_its_result_are_one_step() -> None:
    step = _only_call(
        {"role": "assistant", "content": None, "function_call": {"name": "tide", "arguments": '{"day": 3}'}},
        {"role": "function", "name": "tide", "content": "14:20"},
    )
    assert (step.name, step.arguments, step.result) == ("tide", {"day": 3}, "14:20")


def test_parts_of_tool_use_and_tool_result_are_one_step() -> None:
    step = _only_call(
        {"role": "assistant", "content": [{"type": "tool_use", "id": "u", "name": "tide", "input": {"day": 3}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "u", "content": "no", "is_error": True}]},
    )
    assert (step.name, step.arguments, step.result, step.error) == ("tide", {"day": 3}, "no", "no")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("Error: no such port", "Error: no such port"),
        ("error: timeout", "error: timeout"),
        ('{"error": "timeout"}', "timeout"),
        ('{"error": ""}', None),
        ('{"error": null, "at": "14:20"}', None),
        ("No errors were found", None),
    ],
)
def test_only_a_clear_error_is_one(content: str, error: str | None) -> None:
    assert _only_call(_calls(_call("a", "tide")), _result("a", content)).error == error


def test_a_list_of_messages_alone_is_one_trace() -> None:
    data = json.dumps([{"role": "user", "content": "Ahoy"}, {"role": "assistant", "content": "Welcome"}])
    assert [len(trace.steps) for trace in read(data, "talk.json").traces] == [2]


def test_a_list_of_lists_of_messages_is_a_trace_each() -> None:
    talk = [{"role": "user", "content": "Ahoy"}]
    assert len(read(json.dumps([talk, talk]), "talks.json").traces) == 2


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), WORDS), min_size=1, max_size=8))
def test_what_is_written_is_what_is_read(turns: list[tuple[str, str]]) -> None:
    """Any words, in any order of speakers, come through JSON Lines as they were."""
    record = {"messages": [{"role": role, "content": text} for role, text in turns]}
    (trace,) = read(lines(record)).traces
    assert [(step.role and step.role.value, step.text) for step in trace.steps] == turns
    assert [step.source_positions for step in trace.steps] == [(place,) for place in range(len(turns))]


def _turn(role: str, text: str) -> dict[str, object]:
    return {"role": role, "content": text}


def _read_one(record: object) -> Trace:
    found = read(lines(record))
    assert not found.issues
    assert len(found.traces) == 1
    return found.traces[0]


def test_one_odd_entry_does_not_cost_the_conversation() -> None:
    trace = _read_one({"messages": [_turn("user", "Hi"), {"event": "handed over"}, _turn("assistant", "Hello")]})
    assert [(step.kind.value, step.text) for step in trace.steps] == [
        ("message", "Hi"), ("event", '{"event": "handed over"}'), ("message", "Hello"),
    ]  # fmt: skip


def test_turns_with_roles_as_keys_are_read() -> None:
    trace = _read_one({"conversation": [{"user": "Hi", "assistant": "Hello"}, {"human": "Bye", "bot": "See you"}]})
    assert [(step.role, step.text) for step in trace.steps] == [
        ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "See you"),
    ]  # fmt: skip
    assert [step.source_positions for step in trace.steps] == [(0,), (0,), (1,), (1,)]


@pytest.mark.parametrize("output", [_turn("assistant", "Hello"), [_turn("assistant", "Hello")]], ids=["one", "list"])
def test_what_was_sent_and_what_came_back_are_one_conversation(output: object) -> None:
    trace = _read_one({"id": "x", "input": [_turn("user", "Hi")], "output": output})
    assert [step.text for step in trace.steps] == ["Hi", "Hello"]


def test_an_image_within_the_record_is_named_and_not_spelled_out() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 400}}
    link = {"type": "image_url", "image_url": {"url": "https://example.invalid/a.png"}}
    trace = _read_one({"messages": [{"role": "user", "content": [picture, link]}, _turn("assistant", "A cat")]})
    assert next(step.text for step in trace.steps) == "[image_url, 3 kB, in the raw record]"
    assert "https://example.invalid/a.png" in (trace.steps[1].text or "")


def test_the_metadata_says_session_and_version_where_the_record_does_not() -> None:
    trace = _read_one(
        {"messages": [_turn("user", "Hi"), _turn("assistant", "Yo")], "metrics": {"ttft": 0.2, "note": "x"},
         "metadata": {"session_id": "s1", "version": "2"}}
    )  # fmt: skip
    assert (trace.session, trace.version, trace.metrics) == ("s1", "2", {"ttft": 0.2})


def test_json_lines_of_lists_are_a_conversation_a_line() -> None:
    rows = [json.dumps([_turn("user", f"Hi {number}"), _turn("assistant", "Hello")]) for number in range(3)]
    traces = read("\n".join(rows)).traces
    assert [trace.steps[0].text for trace in traces] == ["Hi 0", "Hi 1", "Hi 2"]
