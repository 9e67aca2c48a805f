"""Open codes as suggestions read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.domain.taxonomy import Taxonomy
from evaldash.errors import InvalidInput

MAX_QUOTE = 160  # characters of a note quoted in a definition or a reason


@dataclass(frozen=True, slots=True)
class CodeText:
    """The id of an open code and its words."""

    id: str
    text: str


def without_mode(codes: Sequence[CodeText], taxonomy: Taxonomy) -> list[int]:
    """Return the positions of the codes that the taxonomy does not place; InvalidInput when an id comes twice."""
    if len({code.id for code in codes}) != len(codes):
        raise InvalidInput(f"each code must be given once, got {len(codes)} codes with repeated ids")
    return [position for position, code in enumerate(codes) if code.id not in taxonomy.assignments]


def quoted(text: str) -> str:
    """Return a note on one line between quotation marks, cut at a word when it is long."""
    line = " ".join(text.split())
    if len(line) > MAX_QUOTE:
        line = (line[:MAX_QUOTE].rsplit(" ", 1)[0] or line[:MAX_QUOTE]).rstrip(",;:") + " …"
    return f"“{line}”"
