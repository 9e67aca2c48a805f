"""Calls of Weave out of records: objects as the API gives them, rows whose columns have dotted names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import nested
from evaldash.importers.span_rows import literal

LIST_KEYS = ("calls", "data", "results")  # a file that is one object with the calls under one of these
OBJECTS = ("inputs", "output", "attributes", "summary", "feedback")  # columns that may be spread or hold JSON
OP_NAME = re.compile(r"(?:weave:///.*/op/)?(?P<name>[^/]*?)(?::[^:/]*)?")
FEEDBACK_KEYS = ("feedback", "summary.weave.feedback", "summary.feedback")
SCALAR = re.compile(r"-?(0|[1-9]\d{0,15})(\.\d{1,15})?|true|false|True|False")
EMPTY = ("", "nan", "None", "null")  # of a cell


@dataclass(frozen=True, slots=True)
class Call:
    """One call with its cells read; `position` is its place among the raw records."""

    id: str
    parent: str | None
    op: str
    told: Mapping[str, Json]
    position: int

    def json(self, *path: str) -> dict[str, Json]:
        """Return the object under a path, empty where there is none."""
        found: Json = dict(self.told)
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def is_call(value: Json) -> bool:
    """Tell whether a value is a call."""
    return isinstance(value, dict) and bool(value.get("op_name")) and bool(value.get("trace_id")) and "id" in value


def pieces_of(record: Json) -> list[dict[str, Json]]:
    """Return the calls that a record holds; empty where it is nothing of Weave."""
    if isinstance(record, dict) and not is_call(record):
        record = next((record[key] for key in LIST_KEYS if isinstance(record.get(key), list)), [])
    calls = record if isinstance(record, list) else [record]
    return [call for call in calls if isinstance(call, dict)] if all(map(is_call, calls)) else []


def group_of(piece: Mapping[str, Json]) -> str:
    """Return the id of the trace that a call belongs to."""
    return str(piece["trace_id"])


def started_first(piece: Mapping[str, Json]) -> tuple[str, str]:
    """Return what calls are sorted by: their start, then their id."""
    return as_text(piece.get("started_at")) or "", str(piece.get("id"))


def call_of(piece: Mapping[str, Json], position: int) -> Call:
    """Return a call with its columns put together and its cells decoded."""
    told: dict[str, Json] = {}
    spread: dict[str, Json] = {}
    for name, value in piece.items():
        if name.startswith(tuple(f"{key}." for key in OBJECTS)):
            if value is not None and value not in EMPTY:
                spread[name] = _cell(value)
        else:
            told[name] = literal(value) if name in OBJECTS else None if value in EMPTY else value
    tree = nested(spread)
    told |= tree if isinstance(tree, dict) else {}
    return Call(
        id=str(piece["id"]),
        parent=as_text(told.get("parent_id")),
        op=op_of(str(piece["op_name"])),
        told=told,
        position=position,
    )


def _cell(value: Json) -> Json:
    """Return a cell of a spread column: numbers and truth values as such, as `inputs` had them."""
    if isinstance(value, str) and SCALAR.fullmatch(value):
        found: Json = json.loads(value.lower())
        return found
    return literal(value)


def op_of(name: str) -> str:
    """Return the plain name of an op: "weave:///entity/project/op/find_berth:digest" is "find_berth"."""
    found = OP_NAME.fullmatch(name)
    return found["name"] if found else name


def without_feedback(piece: Mapping[str, Json]) -> dict[str, Json]:
    """Return a call less what people and scorers said about it."""
    kept = {name: value for name, value in piece.items() if not name.startswith(FEEDBACK_KEYS)}
    summary = literal(kept.get("summary"))
    if isinstance(summary, dict):
        own = summary.get("weave")
        inner: dict[str, Json] = {"weave": _less(own)} if isinstance(own, dict) else {}
        kept["summary"] = _less(summary) | inner
    return kept


def _less(value: Mapping[str, Json]) -> dict[str, Json]:
    return {name: inner for name, inner in value.items() if name != "feedback"}
