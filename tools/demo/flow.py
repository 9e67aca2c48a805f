"""Values as the written conversations hold them: JSON with fewer quotes.

    {device: T2-0417, min: 3.8, days: [mon, wed]}

A bare word ends at a comma or bracket; it is a number, `true`, `false` or `null` where it reads as one, else text.
What holds commas, brackets or should stay text stands in quotes, as in JSON.
"""

from __future__ import annotations

import json
import re

from evaldash.domain.trace import Json

NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?\Z")
KEY = re.compile(r"\s*([^\s:,{}\[\]\"]+):(?=\s)")
BARE = re.compile(r"[^,{}\[\]]+")
SPACE = re.compile(r"\s*")
WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


def parse_flow(text: str) -> Json:
    """Return the value that `text` writes. ValueError with the place where it does not read."""
    value, end = _value(text, 0)
    if text[end:].strip():
        raise ValueError(f"nothing may follow the value, got {text[end : end + 40]!r}")
    return value


def parse_fields(text: str) -> dict[str, Json]:
    """Return the fields of `text`, which are written as an object without its braces."""
    value = parse_flow("{" + text + "}")
    assert isinstance(value, dict)
    return value


def _value(text: str, at: int) -> tuple[Json, int]:
    at = _space(text, at)
    if text[at : at + 1] == "{":
        return _object(text, at + 1)
    if text[at : at + 1] == "[":
        return _list(text, at + 1)
    if text[at : at + 1] == '"':
        return json.JSONDecoder().raw_decode(text, at)
    found = BARE.match(text, at)
    if found is None:
        raise ValueError(f"a value is wanted, got {text[at : at + 40]!r}")
    return _bare(found[0].strip()), found.end()


def _bare(word: str) -> Json:
    if word in WORDS:
        return WORDS[word]
    if NUMBER.match(word):
        return float(word) if "." in word else int(word)
    return word


def _object(text: str, at: int) -> tuple[Json, int]:
    found: dict[str, Json] = {}
    at = _space(text, at)
    while text[at : at + 1] != "}":
        key = KEY.match(text, at)
        if key is None:
            raise ValueError(f"a key with a colon and a space is wanted, got {text[at : at + 40]!r}")
        found[key[1]], at = _value(text, key.end())
        at = _comma(text, at, "}")
    return found, at + 1


def _list(text: str, at: int) -> tuple[Json, int]:
    found: list[Json] = []
    at = _space(text, at)
    while text[at : at + 1] != "]":
        value, at = _value(text, at)
        found.append(value)
        at = _comma(text, at, "]")
    return found, at + 1


def _comma(text: str, at: int, closing: str) -> int:
    """Return where the next item or the closing bracket stands."""
    at = _space(text, at)
    if text[at : at + 1] == ",":
        return _space(text, at + 1)
    if text[at : at + 1] != closing:
        raise ValueError(f"a comma or {closing} is wanted, got {text[at : at + 40]!r}")
    return at


def _space(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at
