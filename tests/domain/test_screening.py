"""Signals of a trace's text: what each counts, what it leaves alone, and the sentence that explains it."""

import pytest

from evaldash.domain.screening import TEXT_SIGNALS, explain, text_signals
from evaldash.domain.trace import Json, Role, Step, StepKind


def user(text: str) -> Step:
    return Step(kind=StepKind.MESSAGE, role=Role.USER, text=text)


def bot(text: str, **attributes: Json) -> Step:
    return Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text=text, attributes=attributes)


def call(name: str, arguments: Json, error: str | None = None) -> Step:
    return Step(kind=StepKind.TOOL_CALL, name=name, arguments=arguments, error=error)


LONG = "The ferry leaves at nine and " * 8
CASES = {
    "asked three times": (
        [
            user("When does the ferry leave?"),
            bot("At nine."),
            user("when does the FERRY leave"),
            bot("Nine."),
            user("When does the ferry leave ?"),
            bot("At nine."),
        ],
        {"repeated_questions": 2},
        ["asked nearly the same thing 3 times"],
    ),
    "yes twice": ([user("yes"), bot("Done."), user("yes"), bot("Done.")], {}, []),
    "sorry, in another language": (
        [
            user("Wo ist meine Fähre und wie komme ich zu der Mole?"),
            bot("Sorry, it is not there. You will have to wait for the next one."),
        ],
        {"apologies": 1, "language_switch": 1},
        ["apologised once", "answered in another language than asked"],
    ),
    "refused and annoyed": (
        [user("Book it"), bot("As an AI I cannot book."), user("This is ridiculous!!"), bot("I can't help with that.")],
        {"refusals": 2, "frustration": 1},
        ["2 answers read like refusals", "one message of the user sounds annoyed"],
    ),
    "the same call again after it failed": (
        [
            user("Seat?"),
            call("seat", {"n": 4}, "time-out"),
            call("seat", {"n": 4}),
            call("seat", {"n": 5}),
            bot("4 is free."),
        ],
        {"retries": 1, "tool_errors": 1},
        ["one tool was called again with the same arguments", "one tool failed"],
    ),
    "no answer": ([user("Is anybody there?")], {"empty_answers": 1}, ["ends without an answer"]),
    "thanks need no answer": ([user("Seat?"), bot("4."), user("Thanks")], {}, []),
    "the last question is left": (
        [user("Seat?"), bot("4."), user("And 5?")],
        {"empty_answers": 1},
        ["ends without an answer"],
    ),
    "cut off by its length": (
        [user("All of it"), bot("Ferries", finish_reason="length")],
        {"cut_off_answers": 1},
        ["one answer ends in the middle of a sentence"],
    ),
    "cut off by its look": (
        [user("All"), bot(LONG.rstrip()), bot(LONG + "stays.")],
        {"cut_off_answers": 1},
        ["one answer ends in the middle of a sentence"],
    ),
    "nothing at all": ([], {}, []),
}


@pytest.mark.parametrize(("steps", "expected", "sentences"), CASES.values(), ids=CASES.keys())
def test_each_signal_counts_what_it_says(steps: list[Step], expected: dict[str, int], sentences: list[str]) -> None:
    found = text_signals(steps)
    assert tuple(found) == TEXT_SIGNALS
    assert {name: count for name, count in found.items() if count} == expected
    assert explain(found) == sentences
