"""Turns of one session become one conversation: told once, in order, with all that each of them added."""

from dataclasses import replace

import pytest

from evaldash.domain.trace import Json, Role, Step, StepKind, Trace, joined

PROMPT = Step(kind=StepKind.MESSAGE, role=Role.SYSTEM, text="You are the desk of a small harbour.")


def asked(text: str) -> Step:
    return Step(kind=StepKind.MESSAGE, role=Role.USER, text=text)


def said(text: str) -> Step:
    return Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text=text)


def turn(*steps: Step) -> Trace:
    record: Json = {"turn": [step.text for step in steps]}
    return Trace(steps=steps, raw=(record,), identity=(record,), format="test", session="visit-4")


FIRST = (PROMPT, asked("Is a berth free?"), said("Yes, B14."))


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        pytest.param(
            (PROMPT, asked("And tomorrow?"), said("No.")),
            ["Is a berth free?", "Yes, B14.", "And tomorrow?", "No."],
            id="the prompt is shown once",
        ),
        pytest.param(
            (*FIRST, asked("And tomorrow?"), said("No.")),
            ["Is a berth free?", "Yes, B14.", "And tomorrow?", "No."],
            id="a turn that brings the talk before it",
        ),
        pytest.param(
            FIRST,
            ["Is a berth free?", "Yes, B14.", "Is a berth free?", "Yes, B14."],
            id="the same question asked twice",
        ),
        pytest.param(
            (asked("Is a berth free?"), said("No, none."), asked("Sure?")),
            ["Is a berth free?", "Yes, B14.", "Is a berth free?", "No, none.", "Sure?"],
            id="another answer is no repetition",
        ),
    ],
)
def test_what_was_said_stands_there_once(second: tuple[Step, ...], shown: list[str]) -> None:
    steps = joined([turn(*FIRST), turn(*second)]).steps
    assert [step.text for step in steps] == [PROMPT.text, *shown]


def test_enclosing_steps_and_records_are_counted_on() -> None:
    tool = Step(kind=StepKind.TOOL_CALL, name="find_berth", source_positions=(0,))
    inner = Step(kind=StepKind.MODEL_CALL, name="small", parent=3, source_positions=(0,))
    first = [replace(step, source_positions=(0,)) for step in FIRST]
    steps = joined([turn(*first), turn(PROMPT, asked("And tomorrow?"), tool, inner)]).steps
    assert steps[4].name == "find_berth"
    assert steps[5].parent == 5
    assert steps[5].source_positions == (1,)
