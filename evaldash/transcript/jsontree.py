"""JSON as a tree that a browser folds; numbers keep their digits, double keys both stand, nothing is rounded.

A text is itself; ["n", "1.10"] is a number, true, false or null; ["a", [items]] a list; ["o", [name, value, name, …]]
an object; ["m", "…"] says what is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from evaldash.domain.trace import Json
from evaldash.transcript.markup import visible

MAX_LEVELS = 60  # what is nested deeper stands as a line of JSON
LEAST_TEXT = 200  # characters of a long text that are shown once the room is used up


class _Pairs(list[tuple[str, Any]]):
    """The members of an object in their order, double ones too."""


class _Literal(str):
    """A number, or another word of JSON that is no text, as it was written."""

    __slots__ = ()


@dataclass(slots=True)
class _Room:
    left: int
    cut: bool = False


def tree_of(value: Json, *, room: int) -> tuple[Any, bool]:
    """Return the tree of a value and whether `room` characters were too few for all of it."""
    space = _Room(room)
    return _tree(value, space, 0), space.cut


def parsed(text: str) -> Any:
    """Return the value of a text that is a JSON object or list, for `tree_of`; None if it is none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(
            text, object_pairs_hook=_Pairs, parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal
        )
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return None


def as_plain(value: Any) -> Any:
    """Return a parsed value with dicts and texts, for those who look into it; of double keys the last."""
    if isinstance(value, _Pairs):
        return {name: as_plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [as_plain(inner) for inner in value]
    return value


def has_double_keys(value: Any) -> bool:
    """Tell whether an object of a parsed value names one key twice."""
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(has_double_keys(inner) for _, inner in value)
    return isinstance(value, list) and any(has_double_keys(inner) for inner in value)


def is_text(value: Any) -> bool:
    """Tell a text from a number that stands as it was written."""
    return isinstance(value, str) and not isinstance(value, _Literal)


def word_of(value: Any) -> str:
    """Return a value that is no list and no object as one reads it."""
    if isinstance(value, str):
        return visible(value)
    return visible(json.dumps(value))


def _tree(value: Any, room: _Room, level: int) -> Any:
    if isinstance(value, str) and not isinstance(value, _Literal):
        return _text(value, room)
    if isinstance(value, dict):
        return _members(value.items(), room, level)
    if isinstance(value, _Pairs):
        return _members(value, room, level)
    if isinstance(value, list):
        return _items(value, room, level)
    word = word_of(value)
    room.left -= len(word)
    return ["n", word]


def _text(value: str, room: _Room) -> str:
    shown = visible(value)
    if len(shown) > max(room.left, LEAST_TEXT):
        kept = max(room.left, LEAST_TEXT)
        room.cut = True
        shown = f"{shown[:kept]} … {len(shown) - kept:,} more characters"
    room.left -= len(shown)
    return shown


def _members(pairs: Any, room: _Room, level: int) -> Any:
    if level >= MAX_LEVELS:
        return _line(dict(pairs), room)
    found: list[Any] = []
    for place, (name, value) in enumerate(pairs):
        if room.left <= 0:
            room.cut = True
            return ["o", [*found, "…", ["m", f"{len(pairs) - place:,} more"]]]
        room.left -= len(name) + 4
        found += [visible(str(name)), _tree(value, room, level + 1)]
    return ["o", found]


def _items(items: list[Any], room: _Room, level: int) -> Any:
    if level >= MAX_LEVELS:
        return _line(items, room)
    found: list[Any] = []
    for place, value in enumerate(items):
        if room.left <= 0:
            room.cut = True
            return ["a", [*found, ["m", f"{len(items) - place:,} more"]]]
        room.left -= 2
        found.append(_tree(value, room, level + 1))
    return ["a", found]


def _line(value: Any, room: _Room) -> Any:
    try:
        return _text(json.dumps(value, ensure_ascii=False), room)
    except RecursionError:
        room.cut = True
        return ["m", "nested deeper than can be shown"]
