"""The usual names of things in records, and how their values are read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from evaldash.domain.trace import Feedback, Json

ID_KEYS = ("id", "trace_id", "traceId", "external_id", "uuid", "request_id", "custom_id", "task_id", "conversation_id")
SESSION_KEYS = ("session_id", "sessionId", "session", "thread_id", "threadId", "conversation_id", "conversationId")
VERSION_KEYS = ("version", "release", "app_version", "product_version")
TIME_KEYS = ("started_at", "start_time", "startTime", "timestamp", "created_at", "createdAt", "created", "time", "date")
METRIC_KEYS: Mapping[str, tuple[str, ...]] = {
    "latency_ms": ("latency_ms", "duration_ms", "latencyMs"),
    "tokens_in": ("tokens_in", "prompt_tokens", "input_tokens"),
    "tokens_out": ("tokens_out", "completion_tokens", "output_tokens"),
    "cost_usd": ("cost_usd", "total_cost", "cost"),
}
FEEDBACK_KEYS = frozenset(
    (
        "feedback",
        "feedbacks",
        "score",
        "scores",
        "rating",
        "ratings",
        "thumbs",
        "thumb",
        "reward",
        "reaction",
        "labels",
        "comment",
        "comments",
    )
)
MILLISECONDS, MICROSECONDS, NANOSECONDS = 1e11, 1e14, 1e17  # epoch numbers above these are in that unit


def first_of(record: Mapping[str, Json], keys: Iterable[str]) -> Json:
    """Return the first value under one of `keys` that is there and not null or empty."""
    return next((record[key] for key in keys if record.get(key) not in (None, "")), None)


def as_dict(value: Json) -> dict[str, Json]:
    """Return an object as it is, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return a list as it is, an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str | None:
    """Return a scalar as text, None for nothing or for what is no scalar."""
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).strip() or None


def as_number(value: Any) -> float | None:
    """Return a finite number, also from text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_time(value: Json) -> datetime | None:
    """Return a point in time from ISO text (no zone: UTC) or an epoch number in s, ms, µs or ns."""
    number = as_number(value)
    if number is not None:
        return _from_epoch(number)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _from_epoch(number: float) -> datetime | None:
    for limit, divisor in ((NANOSECONDS, 1e9), (MICROSECONDS, 1e6), (MILLISECONDS, 1e3)):
        if abs(number) >= limit:
            number /= divisor
            break
    try:
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def metrics_of(record: Mapping[str, Json]) -> dict[str, float]:
    """Return the metrics under their usual names, also from a `usage` or `metrics` object."""
    places: list[Mapping[str, Json]] = [record]
    places += [inner for key in ("usage", "metrics") if isinstance(inner := record.get(key), dict)]
    found: dict[str, float] = {}
    for name, keys in METRIC_KEYS.items():
        numbers = [as_number(place[key]) for place in places for key in keys if key in place]
        known = [number for number in numbers if number is not None]
        if known:
            found[name] = known[0]
    named = {key for keys in METRIC_KEYS.values() for key in keys}
    own = record.get("metrics")
    for key, value in own.items() if isinstance(own, dict) else ():
        number = as_number(value)
        if number is not None and key not in named:
            found[key] = number
    return found


def feedback_of(record: Mapping[str, Json], keys: Iterable[str] = FEEDBACK_KEYS) -> tuple[Feedback, ...]:
    """Return what stands under the feedback keys, one item per named value; comments go with their value."""
    return tuple(item for key in sorted(keys) if key in record for item in _feedback(key, record[key]))


def scores_of(feedback: Iterable[Feedback]) -> dict[str, float]:
    """Return the numbers among feedback as metrics under their names."""
    numbers = ((item.name, as_number(item.value)) for item in feedback if not isinstance(item.value, str))
    return {name: number for name, number in numbers if number is not None}


def _feedback(name: str, value: Json) -> Iterable[Feedback]:
    if value in (None, "", [], {}):
        return ()
    if isinstance(value, list):
        return [item for part in value for item in _feedback(name, part)]
    if not isinstance(value, dict):
        return [Feedback(name=name, value=value)]
    comment = as_text(first_of(value, ("comment", "text", "explanation", "reason")))
    at = as_time(first_of(value, ("at", "timestamp", "created_at")))
    author = as_text(first_of(value, ("author", "user", "user_id")))
    named = as_text(first_of(value, ("name", "key")))
    if named is not None:
        scored = first_of(value, ("value", "score"))
        return [Feedback(name=named, value=scored, comment=comment, author=author, at=at)]
    about = {"comment", "text", "explanation", "reason", "at", "timestamp", "created_at", "author", "user", "user_id"}
    values = {key: inner for key, inner in value.items() if key not in about and inner not in (None, "")}
    if not values:
        return [Feedback(name=name, value=None, comment=comment, author=author, at=at)]
    return [Feedback(name=key, value=inner, comment=comment, author=author, at=at) for key, inner in values.items()]


def parsed_if_json(text: Json) -> Json:
    """Return the object or array that a text holds as JSON, else the value as it is."""
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        found: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found
