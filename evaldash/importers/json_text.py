"""JSON values out of text: whole texts, and one value after the other from blocks; what is broken says why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from evaldash.domain.trace import Json

MAX_DEPTH = 200  # nested lists and objects; real records stay below 30
RAW_SHOWN = 2_000  # characters of a refused record that are kept with its reason
# orjson turns integers of more than 64 bits into floats, silently: such a text is left to the standard library.
_LONG_NUMBER, _LONG_NUMBER_BYTES = re.compile(r"[0-9]{20}"), re.compile(rb"[0-9]{20}")
_FOREIGN = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as `surrogateescape` marks it


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands in place of a value that cannot be read; `ends`: nobody knows where the next one begins."""

    reason: str
    raw: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was read; None as a value is one too."""

    value: Json


def parsed(text: str) -> Value | None:
    """Return the value of a JSON text; orjson is strict and fast, json takes NaN and lone surrogates too."""
    if not _LONG_NUMBER.search(text):
        try:
            return Value(orjson.loads(text))
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            pass
    try:
        return Value(json.loads(text))
    except (ValueError, RecursionError):
        return None


def parsed_bytes(data: bytes) -> Value | None:
    """Return the value of a JSON text in UTF-8; None where it is neither."""
    if not _LONG_NUMBER_BYTES.search(data):
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


class Scanner:
    """JSON values one after the other from blocks of text; holds one at a time, of at most `longest` characters."""

    def __init__(self, blocks: Iterator[str], longest: int) -> None:
        self._blocks = iter(blocks)
        self._longest = longest
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Return the next character that is no white space, '' at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at].isspace():
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def skip(self, mark: str) -> None:
        """Step over `mark` where it comes next."""
        if self.peek() == mark:
            self._at += 1

    def value(self) -> Json | Broken:
        """Return the next value; what cannot be parsed at all ends the scan."""
        self.peek()
        wanted = 1
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                return Broken(f"nested deeper than {MAX_DEPTH} levels", self._shown(), ends=True)
            except ValueError as error:
                problem = error
            else:
                # A number at the very end may go on in the next block.
                if end < len(self._text) or not self._more():
                    return self._whole(found, end)
                continue
            if len(self._text) - self._at > self._longest:
                reason = f"longer than {self._longest:,} bytes, or broken; raise EVALDASH_MAX_RECORD_BYTES to read it"
                return Broken(reason, self._shown(), ends=True)
            # Twice as much text before each new try, so that a long record is not read over and over.
            if not sum(self._more() for _ in range(wanted)):
                return Broken(f"not JSON, or cut off: {problem}", self._shown(), ends=True)
            wanted *= 2

    def sample(self) -> str:
        """Return the next characters, to show where the scan stands."""
        return self._text[self._at : self._at + 20]

    def _whole(self, found: Json, end: int) -> Json | Broken:
        """Return a value, unless bytes that are no UTF-8 stand in it."""
        start, self._at = self._at, end
        foreign = _FOREIGN.search(self._text, start, end)
        if foreign is None:
            return found
        return Broken(_not_utf8(foreign), self._text[start : start + RAW_SHOWN].encode("utf-8", "replace").decode())

    def _more(self) -> bool:
        block = next(self._blocks, "")
        self._text = self._text[self._at :] + block
        self._at = 0
        return bool(block)

    def _shown(self) -> str:
        return self._text[self._at : self._at + RAW_SHOWN].encode("utf-8", "replace").decode()
