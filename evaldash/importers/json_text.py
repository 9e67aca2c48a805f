"""JSON values out of text and bytes; what is broken says why."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import orjson

from evaldash.domain.trace import Json

MAX_DEPTH = 200  # nested lists and objects; real records stay below 30
RAW_SHOWN = 2_000  # characters of a refused record that are kept with its reason
# orjson turns integers of more than 64 bits into floats, silently: such a text is left to the standard library.
# Looked for in a copy whose digits are all 0: fifteen times as fast as a regular expression.
_LONG_NUMBER, _DIGITS_AS_ZERO = b"0" * 20, bytes.maketrans(b"123456789", b"000000000")
_FOREIGN = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as `surrogateescape` marks it


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands in place of a value that cannot be read."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was read; None as a value is one too."""

    value: Json


def parsed(text: str) -> Value | None:
    """Return the value of a JSON text; None where it is none."""
    return parsed_bytes(text.encode("utf-8", "surrogatepass"))


def parsed_bytes(data: bytes) -> Value | None:
    """Return the value of a JSON text in UTF-8; orjson is strict and fast, json takes NaN and lone surrogates too."""
    if _LONG_NUMBER not in data.translate(_DIGITS_AS_ZERO):
        try:
            return Value(orjson.loads(data))
        except orjson.JSONDecodeError:
            pass
    try:
        return Value(json.loads(data.decode("utf-8", "surrogatepass")))
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None


def why_broken(data: bytes | str) -> Broken:
    """Return why a text is no JSON, with its beginning."""
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    shown = text[:RAW_SHOWN].encode("utf-8", "replace").decode()
    if foreign := _FOREIGN.search(text):
        return Broken(_not_utf8(foreign), shown)
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Broken(f"not JSON: {error.msg} at character {error.pos + 1}", shown)
    except (ValueError, RecursionError):
        pass
    return Broken(f"nested deeper than {MAX_DEPTH} levels, or a number too long", shown)


def _not_utf8(found: re.Match[str]) -> str:
    byte = ord(found.group()) & 0xFF
    return f"not UTF-8: byte 0x{byte:02x} at character {found.start() + 1}; export it in UTF-8"


def too_long(longest: int) -> str:
    """Return why a record of more than so many bytes is refused."""
    return f"longer than {longest:,} bytes, which no trace is; raise EVALDASH_MAX_RECORD_BYTES to read it"


def too_deep(value: Json) -> bool:
    """Tell whether a value nests too deep, level by level and without recursion."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        if not inner:
            return False
        level = inner
    return True
