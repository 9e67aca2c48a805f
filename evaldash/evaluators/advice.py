"""What kind of check a failure mode deserves, why, and what it costs: the cheapest that can see the failure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaldash.domain.check import CheckKind
from evaldash.domain.counting import count_of


class Evaluator(StrEnum):
    """The three ways to look for a failure mode without a person, the cheapest first."""

    ASSERTION = "assertion"  # a rule over the text: regex, contains, schema, length, language
    REFERENCE = "reference"  # code that knows the right answer, or which tool had to be called
    JUDGE = "judge"  # a model that reads the trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The evaluator that a mode deserves; `kind` is the code check to begin with, None for a judge."""

    evaluator: Evaluator
    kind: CheckKind | None
    reason: str
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hint:
    """Words, as regular expressions at the beginning of a word, that say which check could see a failure."""

    kind: CheckKind
    evaluator: Evaluator
    words: tuple[str, ...]
    why: str


_HINTS = (
    _Hint(
        kind=CheckKind.JSON_SCHEMA,
        evaluator=Evaluator.ASSERTION,
        words=("json", "schema", "malformed", "unparsable", "markdown", "markup"),
        why="the form of the answer can be parsed",
    ),
    _Hint(
        kind=CheckKind.LANGUAGE,
        evaluator=Evaluator.ASSERTION,
        words=("wrong language", "language of", "in (?:english|german|french|spanish|italian|dutch)", "translat"),
        why="the language of an answer can be told by code",
    ),
    _Hint(
        kind=CheckKind.LENGTH,
        evaluator=Evaluator.ASSERTION,
        words=(
            "too (?:long|short)",
            "verbos",
            "lengthy",
            "wordy",
            "rambl",
            "overload",
            "truncat",
            "too much (?:info|text)",
        ),
        why="length can be counted",
    ),
    _Hint(
        kind=CheckKind.REGEX,
        evaluator=Evaluator.ASSERTION,
        words=(
            "leak",
            "expose",
            "placeholder",
            "e-?mail address",
            "phone number",
            r"urls?\b",
            r"links?\b",
            "emoji",
            "disclaimer",
        ),
        why="the words that may not occur, or must, have a form",
    ),
    _Hint(
        kind=CheckKind.TOOL_CALLED,
        evaluator=Evaluator.REFERENCE,
        words=(
            r"tools?\b",
            "function call",
            r"call(?:s|ed)?\b",
            r"arguments?\b",
            r"api\b",
            "authenticat",
            "escalat",
            "transfer",
        ),
        why="calls are in the trace; which call was right needs a reference for each case",
    ),
    _Hint(
        kind=CheckKind.CONTAINS,
        evaluator=Evaluator.REFERENCE,
        words=(
            r"(?:wrong|incorrect) (?:\w+ )?(?:date|day|price|number|amount|total|order|name|unit|count)",
            "miscount",
            "calculat",
            "arithmetic",
            "off by",
            "out of stock",
        ),
        why="the right value can be looked up for each case and compared",
    ),
)
_COST = {
    Evaluator.ASSERTION: "minutes to write; runs over all traces in seconds, for nothing",
    Evaluator.REFERENCE: "hours to collect the right answers of some dozens of cases; then runs for nothing",
    Evaluator.JUDGE: "a call of a model for each trace, and some 100 labels of people to know how far to trust it",
}


def advise(name: str, definition: str, notes: Sequence[str]) -> Advice:
    """Return the evaluator that a mode deserves, from its name, its definition and what its notes say.

    A hint is taken from the name or definition, or from at least a third of the notes; without one it needs a judge.
    """
    said = f"{name}. {definition}".lower()
    for hint in _HINTS:
        pattern = re.compile(rf"\b(?:{'|'.join(hint.words)})")
        holding = sum(bool(pattern.search(note[:2_000].lower())) for note in notes)
        found = pattern.search(said)
        if found or (notes and holding >= max(2, len(notes) / 3)):
            where = (
                f"its words say “{found.group()}”" if found else f"{holding} of {count_of(len(notes), 'note')} say so"
            )
            reason = f"{hint.why}: {where}"
            return Advice(evaluator=hint.evaluator, kind=hint.kind, reason=reason, cost=_COST[hint.evaluator])
    reason = "nothing in its words says that a rule could see it: a reader has to understand the trace"
    return Advice(evaluator=Evaluator.JUDGE, kind=None, reason=reason, cost=_COST[Evaluator.JUDGE])
