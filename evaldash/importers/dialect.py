"""What a dialect of OpenTelemetry attributes says about a span, and the readings that all dialects share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from evaldash.domain.trace import Feedback, Json, Role, canonical_json
from evaldash.importers.fields import as_number
from evaldash.importers.foreign_messages import as_chat
from evaldash.importers.otlp_values import Attributes, decoded
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


def merged(readings: Iterable[Reading]) -> Reading:
    """Return what all readings say together; where two say the same thing, the first one counts."""
    found: dict[str, Any] = {}
    for reading in readings:
        for part in fields(Reading):
            value = getattr(reading, part.name)
            if isinstance(value, Mapping):
                found[part.name] = {**value, **found.get(part.name, {})}
            elif found.get(part.name) in (None, (), [], "", {}):
                found[part.name] = value
    return Reading(**found)


def chat(value: Json, role: Role | None = None) -> list[Json]:
    """Return the messages that a value holds; a plain text is said by `role`, where one is given."""
    value = decoded(value)
    if isinstance(value, str) and role is not None:
        return [{"role": role.value, "content": value}] if value else []
    return [part for message in as_chat(value) for part in _split_results(_without_empty(message))]


def _without_empty(message: Json) -> Json:
    """Return a message without parts that are an empty text, which some SDKs put before tool calls."""
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(content, list):
        return message
    kept = [part for part in content if not (isinstance(part, dict) and _is_empty_text(part))]
    return message if len(kept) == len(content) else {**message, "content": kept or None}


def _is_empty_text(part: Mapping[str, Json]) -> bool:
    return part.get("type") == "text" and not part.get("text") and not part.get("content")


def _split_results(message: Json) -> list[Json]:
    """Return a tool message with several results as one message each, as chat APIs have it."""
    if not isinstance(message, dict) or message.get("role") not in ("tool", "user"):
        return [message]
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    results = [part for part in parts if isinstance(part, dict) and part.get("type") == "tool_result"]
    if not results or (message["role"] == "user" and len(results) == len(parts)):
        return [message]
    rest = [part for part in parts if part not in results]
    told: list[Json] = [_result_message(part, message) for part in results]
    return [*told, {**message, "content": rest}] if rest else told


def _result_message(part: Mapping[str, Json], message: Mapping[str, Json]) -> Json:
    content = part.get("content")
    call_id = part.get("tool_use_id") or message.get("tool_call_id")
    name = part.get("name") or message.get("name")
    if part.get("is_error") and not isinstance(content, dict):
        content = {"error": content}
    return {"role": "tool", "tool_call_id": call_id, "name": name, "content": content}


def system_message(value: Json) -> list[Json]:
    """Return instructions as the system message they are: a text, or a list of parts or texts."""
    value = decoded(value)
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list):
        return chat([{"role": "system", "content": value}]) if value else []
    return chat(value, Role.SYSTEM)


def spoken(text: Json, calls: Json = None, reasoning: Json = None) -> list[Json]:
    """Return the one message of an assistant that a text, tool calls and reasoning make; none of nothing."""
    parts: list[Json] = [{"type": "reasoning", "reasoning": reasoning}] if reasoning else []
    parts += [{"type": "text", "text": text if isinstance(text, str) else canonical_json(text)}] if text else []
    calls = decoded(calls)
    called = calls if isinstance(calls, list) else []
    if not parts and not called:
        return []
    return chat([{"role": "assistant", "content": parts, **({"tool_calls": called} if called else {})}])


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
