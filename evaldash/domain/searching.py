"""Words: what is searched for, and what of a trace is searched.

All words of a search must occur, a "phrase between quotes" stays together; case and accents do not count. A word
between spaces is found by its beginning: `parc` finds parcel. Scripts written without spaces have no such words:
there each character counts as one, and what is searched for is a phrase of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.trace import Json, Step

MIN_PREFIX = 3  # letters from which the beginning of a word is enough: shorter ones would begin nearly everything
# Thai, Lao, Burmese, Khmer, kana, and Chinese characters in all their blocks
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_CHARACTER = re.compile(f"[{UNSPACED}]")
_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_CHUNK = re.compile(r'"([^"]*)"?|([^\s"]+)')
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Words that stand together, as they are indexed; `is_prefix`: the last one may go on."""

    words: tuple[str, ...]
    is_prefix: bool


def chunks_of(search: str) -> list[Chunk]:
    """Return what a search asks for; what holds no letter and no digit is left out."""
    found = []
    for match in _CHUNK.finditer(search):
        quoted, plain = match.groups()
        words = tuple(_WORD.findall(_lean(quoted if plain is None else plain)))
        if words:
            found.append(Chunk(words, is_prefix=plain is not None and len(words[-1]) >= MIN_PREFIX))
    return found


def words_of_steps(steps: Sequence[Mapping[str, Any]]) -> str:
    """Return all that was said and done in steps, as they are stored, one text per line.

    The index is made from this, and what goes out of it must be the same: a change here needs a new migration, which
    makes the index anew.
    """
    return "\n".join(text for step in steps for text in texts_of_step(step))


def texts_of_step(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a step as it is stored: name, text, error, and all that its arguments and result hold."""
    for name in ("name", "text", "error"):
        if step.get(name):
            yield step[name]
    for name in ("arguments", "result"):
        if name in step:
            yield from strings_of(step[name])


def characters_of(steps: Sequence[Step]) -> int:
    """Return about how many characters `words_of_steps` gives, to know how much memory they take."""
    said = sum(len(step.text or "") for step in steps)
    return said + sum(
        len(text) for step in steps for value in (step.arguments, step.result) for text in strings_of(value)
    )


def spaced(text: str) -> str:
    """Return a text with spaces around each character of a script that is written without."""
    return text if text.isascii() else _CHARACTER.sub(r" \g<0> ", text)


def folded(text: str) -> str:
    """Return the words of a text as PostgreSQL indexes them: lower case, no accents, nothing but words."""
    return " ".join(_WORD.findall(_lean(text)))


def strings_of(value: Json) -> Iterator[str]:
    """Yield all texts of a value, with the names of fields, and numbers as texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_of(item)
    elif value is not None:
        yield str(value)


def _lean(text: str) -> str:
    lower = text.lower()
    if lower.isascii():
        return lower
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", lower)))
