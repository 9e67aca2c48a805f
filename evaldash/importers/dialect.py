"""What a dialect of OpenTelemetry attributes says about a span."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.fields import as_number
from evaldash.importers.otlp_values import Attributes
from evaldash.importers.spans import SpanKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one dialect understood of a span; what it says nothing about stays empty, so that another one may."""

    kind: SpanKind | None = None
    name: str | None = None
    given: Sequence[Json] = ()
    answered: Sequence[Json] = ()
    input: Json = None
    output: Json = None
    call_id: str | None = None
    model: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    feedback: tuple[Feedback, ...] = ()


ADDED_UP = ("parameters", "metrics")  # mappings to which every dialect may add names


def merged(readings: Iterable[Reading]) -> Reading:
    """Return what all readings say together; where two say the same thing, the first one counts."""
    found: dict[str, Any] = {}
    for reading in readings:
        for part in fields(Reading):
            value = getattr(reading, part.name)
            if part.name in ADDED_UP:
                found[part.name] = {**value, **found.get(part.name, {})}
            elif found.get(part.name) in (None, (), [], "", {}):
                found[part.name] = value
    return Reading(**found)


def numbers(told: Attributes, names: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return metrics: for each name the first attribute that is a number."""
    found: dict[str, float] = {}
    for metric, keys in names.items():
        known = (as_number(told.get(key)) for key in keys)
        number = next((value for value in known if value is not None), None)
        if number is not None:
            found[metric] = number
    return found


def present(**values: Json) -> dict[str, Json]:
    """Return the values that are there."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
