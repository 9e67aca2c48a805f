"""What two versions answered to the same question: steps side by side, the words that differ marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from evaldash.domain.trace import Step
from evaldash.transcript.markup import visible
from evaldash.transcript.nodes import Node, el
from evaldash.transcript.payload import Readable
from evaldash.transcript.pretty import pretty
from evaldash.transcript.steps import card, is_inner, label

ROOM = 6_000  # characters of one piece of a step; longer ones are read in the trace itself
MAX_ROWS = 300
MAX_WORDS = 2_000  # of a text that is compared word by word; longer ones line by line
# One word, one sign, one stretch of white space; in scripts without spaces each character is a word.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|\w+|\s+|.", re.DOTALL)


def comparison(mine: Readable, theirs: Readable) -> dict[str, Any]:
    """Return {"rows": [{"left", "right", "same"}, …]}; a side is None where the other has a step that it has not."""
    pairs = list(_pairs(_told(mine.steps), _told(theirs.steps)))[:MAX_ROWS]
    return {"rows": [_row(left, right, mine, theirs) for left, right in pairs]}


def word_diff(old: str, new: str) -> tuple[list[Node], list[Node]]:
    """Return both texts as nodes; what only the old has stands in "del", what only the new has in "ins"."""
    words: list[list[str]] = [WORD.findall(text) for text in (old, new)]
    if max(map(len, words)) > MAX_WORDS:
        words = [text.splitlines(keepends=True) for text in (old, new)]
    left: list[Node] = []
    right: list[Node] = []
    for what, a, b, c, d in SequenceMatcher(None, words[0], words[1], autojunk=False).get_opcodes():
        before, after = "".join(words[0][a:b]), "".join(words[1][c:d])
        left += [before if what == "equal" else el("del", before)] if before else []
        right += [after if what == "equal" else el("ins", after)] if after else []
    return left, right


def _told(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if not is_inner(step)]


def _pairs(mine: Sequence[Step], theirs: Sequence[Step]) -> Iterator[tuple[Step | None, Step | None]]:
    """Yield steps side by side: those of one kind and name in their order, others beside what stands there instead."""
    matcher = SequenceMatcher(None, [_key(step) for step in mine], [_key(step) for step in theirs], autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        yield from zip_longest(mine[a:b], theirs[c:d])


def _key(step: Step) -> tuple[str, str, str]:
    return step.kind.value, step.role.value if step.role else "", step.name or ""


def _row(left: Step | None, right: Step | None, mine: Readable, theirs: Readable) -> dict[str, Any]:
    same = left is not None and right is not None and _key(left) == _key(right) and _text(left) == _text(right)
    if left is None or right is None or same or _key(left) != _key(right):
        return {"left": _cell(left, mine), "right": _cell(right, theirs), "same": same}
    told = word_diff(_bounded(_text(left)), _bounded(_text(right)))
    cells = [_about(step) | {"body": _marked(step, said)} for step, said in zip((left, right), told, strict=True)]
    return {"left": cells[0], "right": cells[1], "same": False}


def _marked(step: Step, said: list[Node]) -> list[Node]:
    return [el("div", label(step) if step.name else _who(step), extra="who"), el("div", *said, extra="lines")]


def _cell(step: Step | None, trace: Readable) -> dict[str, Any] | None:
    return None if step is None else _about(step) | {"body": card(step, trace.drawing(ROOM)).nodes}


def _about(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind.value,
        "role": step.role.value if step.role else "",
        "failed": step.error is not None,
    }


def _who(step: Step) -> str:
    return step.role.value.capitalize() if step.role else step.kind.value


def _text(step: Step) -> str:
    parts = [step.text or "", pretty(step.arguments), pretty(step.result), f"error: {step.error}" if step.error else ""]
    return visible("\n\n".join(part for part in parts if part))


def _bounded(text: str) -> str:
    return text if len(text) <= ROOM else f"{text[:ROOM]}\n… {len(text) - ROOM:,} more characters"
