"""The values of OpenTelemetry as plain ones: AnyValue, attributes, ids in hex or base64, times in nanoseconds.

OTLP/JSON is written in camelCase by its specification and in snake_case by some exporters; both are read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_time, parsed_if_json

HEX_ID = re.compile(r"(?:0x)?([0-9a-fA-F]{16}(?:[0-9a-fA-F]{16})?)")
ID_BYTES = (8, 16)  # of a span, of a trace
MAX_LEVELS = 24  # dots in the name of an attribute that count as nesting
MAX_VALUE_DEPTH = 100  # AnyValue within AnyValue
MAX_DECODED = 3  # JSON within strings within JSON, around one attribute
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOSECONDS_FROM = 10**17  # epoch numbers above this are in nanoseconds


def pick(record: Mapping[str, Json], *names: str) -> Json:
    """Return the first value under one of `names`, in camelCase or snake_case."""
    for name in names:
        for key in (name, snake(name)):
            if record.get(key) is not None:
                return record[key]
    return None


@lru_cache(maxsize=512)
def snake(name: str) -> str:
    """Return a camelCase name in snake_case."""
    return re.sub(r"[A-Z]", lambda found: f"_{found.group().lower()}", name)


def listed(value: Json) -> list[dict[str, Json]]:
    """Return the objects of a list, nothing for what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def plain_value(value: Json, depth: int = 0) -> Json:
    """Return what an AnyValue holds; a value that is none stays as it is."""
    if not isinstance(value, dict) or len(value) > 1 or depth > MAX_VALUE_DEPTH:
        return value
    if not value:
        return None  # an AnyValue that holds nothing
    ((kind, inner),) = value.items()
    match snake(kind):
        case "string_value" | "bool_value" | "double_value" | "bytes_value":
            found = inner
        case "int_value":
            found = _integer(inner)
        case "array_value":
            found = [plain_value(item, depth + 1) for item in _values(inner)]
        case "kvlist_value":
            found = plain_attributes(_values(inner), depth + 1)
        case _:
            found = value
    return found


def _integer(value: Json) -> Json:
    try:
        return int(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _values(value: Json) -> list[Json]:
    found = value.get("values") if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def plain_attributes(attributes: Json, depth: int = 0) -> dict[str, Json]:
    """Return attributes by name, from a list of keys and values as from a plain object."""
    if isinstance(attributes, dict):
        return {name: plain_value(value, depth) for name, value in attributes.items()}
    pairs = listed(attributes)
    return {str(pair["key"]): plain_value(pair.get("value"), depth) for pair in pairs if "key" in pair}


def plain_id(value: Json) -> str | None:
    """Return an id of a trace or span in hex, from hex (also with 0x) or base64; None for none or all zeros."""
    if not isinstance(value, str) or not value.strip("0x "):
        return None
    text = value.strip()
    if found := HEX_ID.fullmatch(text):
        return found.group(1).lower()
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text
    if len(content) not in ID_BYTES:
        return text
    return content.hex() if any(content) else None


def plain_time(value: Json) -> datetime | None:
    """Return a point in time: nanoseconds (number or text), [seconds, nanoseconds], ISO text, other epoch numbers."""
    if isinstance(value, list) and len(value) == 2:
        seconds, nanoseconds = value
        if isinstance(seconds, int) and isinstance(nanoseconds, int):
            return _from_nanoseconds(seconds * 10**9 + nanoseconds)
        return None
    if isinstance(value, str) and value.isdecimal() and len(value) <= 20:
        value = int(value)
    if isinstance(value, int) and value > NANOSECONDS_FROM:
        return _from_nanoseconds(value)
    return as_time(value) if value else None


def _from_nanoseconds(value: int) -> datetime | None:
    """Return a time to the microsecond: a float of seconds would lose some."""
    try:
        return EPOCH + timedelta(microseconds=value // 1_000)
    except OverflowError:
        return None


def decoded(value: Json) -> Json:
    """Return what a text holds as JSON, also where it was encoded twice; other values as they are."""
    for _ in range(MAX_DECODED):
        inner = parsed_if_json(value)
        if inner is value and isinstance(value, str) and value.startswith('"'):
            whole = parsed_if_json(f"[{value}]")
            inner = whole[0] if isinstance(whole, list) and len(whole) == 1 else value
        if inner is value or inner == value:
            return value
        value = inner
    return value


class Attributes:
    """Attributes by dotted name, whether a source nests them, numbers them, or writes whole trees as JSON text."""

    def __init__(self, attributes: Mapping[str, Json]) -> None:
        self.flat: dict[str, Json] = {}
        self._whole: dict[str, Json] = {}  # objects by name, as they were before they were spread
        self._spread(attributes)
        self._branches: dict[str, list[str]] = {}
        for name in self.flat:
            self._branches.setdefault(name.split(".", 1)[0], []).append(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, *names: str) -> Json:
        """Return the first value under one of `names` that is there and not empty."""
        found = (self.flat.get(name, self._whole.get(name)) for name in names)
        return next((value for value in found if value not in (None, "")), None)

    def text(self, *names: str) -> str | None:
        """Return the first value under one of `names` that is a text, decoded if it was encoded as JSON."""
        found = (decoded(self.get(name)) for name in names)
        return next((value for value in found if isinstance(value, str) and value), None)

    def json(self, *names: str) -> Json:
        """Return the first value under one of `names`, decoded."""
        return decoded(self.get(*names))

    def under(self, prefix: str) -> dict[str, Json]:
        """Return the attributes whose names begin with `prefix`, by the rest of their names."""
        names = self._branches.get(prefix.split(".", 1)[0], ())
        return {name[len(prefix) :]: self.flat[name] for name in names if name.startswith(prefix)}

    def tree(self, name: str) -> Json:
        """Return what stands under a name: one value (decoded), or the tree of numbered and dotted names below it."""
        whole = self.get(name)
        if whole is not None:
            return nested(decoded(whole))
        below = self.under(f"{name}.")
        return nested(below) if below else None

    def has(self, *prefixes: str) -> bool:
        """Tell whether any name begins with one of `prefixes`."""
        return any(name.startswith(prefixes) for name in self.flat)

    def _spread(self, attributes: Mapping[str, Json]) -> None:
        """Spread objects into dotted names; lists stay."""
        stack: list[tuple[str, Json, int]] = [(str(name), attributes[name], 0) for name in reversed(list(attributes))]
        while stack:
            name, value, level = stack.pop()
            if isinstance(value, dict) and value and level < MAX_LEVELS:
                self._whole.setdefault(name, value)
                stack += [(f"{name}.{key}", inner, level + 1) for key, inner in reversed(value.items())]
            else:
                self.flat.setdefault(name, value)


def nested(value: Json) -> Json:
    """Return a value with dotted names turned into objects, and numbered ones into lists."""
    if isinstance(value, list):
        return [nested(item) for item in value]
    if not isinstance(value, dict):
        return value
    root: dict[str, Json] = {}
    for name, inner in value.items():
        _put(root, str(name).split(".", MAX_LEVELS), nested(inner))
    return _with_lists(root)


def _put(root: dict[str, Json], path: Sequence[str], value: Json) -> None:
    for key in path[:-1]:
        inner = root.get(key)
        if not isinstance(inner, dict):
            inner = root[key] = {} if inner is None else {"": inner}
        root = inner
    there = root.get(path[-1])
    if isinstance(there, dict) and isinstance(value, dict):
        there.update(value)
    else:
        root[path[-1]] = value


def _with_lists(value: Json) -> Json:
    """Return a tree with objects whose keys are all numbers as lists, in the order of the numbers."""
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(item) for key, item in value.items()}
    if inner and all(key.isdecimal() and len(key) < 10 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
