"""Snippets: where in a trace the words of a search stand, with what is around them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evaldash.domain.searching import UNSPACED, Chunk, chunks_of, strings_of
from evaldash.domain.trace import Step

BEFORE = 50  # characters shown before the first hit
LENGTH = 200  # characters of a snippet
ELLIPSIS = "…"
_LETTER = rf"[^\W_{UNSPACED}]"  # a letter or digit that makes words together with its neighbours
_CHARACTER = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a snippet; `is_hit` where it is what was searched for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True)
class _Sought:
    """What stands in a text only if `word` does, which is quickly seen."""

    word: str
    pattern: re.Pattern[str]

    def is_in(self, lean: str) -> bool:
        return self.word in lean and self.pattern.search(lean) is not None


def snippet_of(steps: Iterable[Step], searches: Sequence[str]) -> tuple[Piece, ...]:
    """Return the part of a trace that shows most of what was searched for, the first of several; () for none."""
    sought = _sought(tuple(searches))
    best, most = "", 0
    for text in (text for step in steps for text in _texts(step)):
        lean = _lean(text)
        hits = sum(item.is_in(lean) for item in sought)
        if hits > most:
            best, most = text, hits
        if most == len(sought):
            break
    return _cut(best, sought) if most else ()


def marked(snippet: Iterable[Piece]) -> str:
    """Return a snippet on one line of plain text, its hits between ‹ and ›."""
    return " ".join("".join(f"‹{piece.text}›" if piece.is_hit else piece.text for piece in snippet).split())


@lru_cache(maxsize=64)
def _sought(searches: tuple[str, ...]) -> tuple[_Sought, ...]:
    chunks = (chunk for words in searches for chunk in chunks_of(words))
    return tuple(_Sought(chunk.words[0], re.compile(_pattern(chunk))) for chunk in chunks)


def _pattern(chunk: Chunk) -> str:
    first, last = chunk.words[0], chunk.words[-1]
    begin = "" if _CHARACTER.match(first) else rf"(?<!{_LETTER})"
    rest = f"{_LETTER}*" if chunk.is_prefix else rf"(?!{_LETTER})"
    return begin + r"[\W_]*".join(map(re.escape, chunk.words)) + ("" if _CHARACTER.match(last) else rest)


def _texts(step: Step) -> Iterator[str]:
    yield from (text for text in (step.text, step.error) if text)
    for value in (step.arguments, step.result, step.name):
        yield from strings_of(value)


def _cut(text: str, sought: Sequence[_Sought]) -> tuple[Piece, ...]:
    lean = _lean(text)
    hits = sorted(match.span() for item in sought for match in item.pattern.finditer(lean))
    start = max(hits[0][0] - BEFORE, 0)
    start = text.find(" ", start, hits[0][0]) + 1 or start if start else 0  # not within a word
    end = max(start + LENGTH, min(hits[0][1], start + 2 * LENGTH))
    pieces, at = [Piece(ELLIPSIS)] if start else [], start
    for first, last in hits:
        if at <= first and last <= end:
            pieces += [Piece(text[at:first]), Piece(text[first:last], is_hit=True)]
            at = last
    pieces += [Piece(text[at:end]), Piece(ELLIPSIS if end < len(text) else "")]
    return tuple(piece for piece in pieces if piece.text)


def _lean(text: str) -> str:
    """Return a text in lower case without accents, character by character, so that places stay the same."""
    return text.lower() if text.isascii() else "".join(map(_lean_character, text))


@lru_cache(maxsize=4096)
def _lean_character(character: str) -> str:
    lower = character.lower()[:1]
    return lower if lower.isascii() or _CHARACTER.match(lower) else unicodedata.normalize("NFD", lower)[:1]
