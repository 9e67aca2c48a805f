"""OTLP/JSON written by hand: spans and log records from plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TRACE = "5b" * 16
START = 1_790_000_000_000_000_000  # nanoseconds
SECOND = 1_000_000_000


def any_value(value: Any) -> dict[str, Any]:
    """Return a value as the protocol writes it."""
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes(value)}}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return named values as a list of keys and values."""
    return [{"key": name, "value": any_value(value)} for name, value in values.items()]


def span(
    number: int,
    told: Mapping[str, Any],
    *,
    parent: int | None = None,
    name: str = "a span",
    events: Sequence[tuple[str, Mapping[str, Any]]] = (),
    error: str | None = None,
    trace: str = TRACE,
) -> dict[str, Any]:
    """Return a span that begins `number` seconds in and takes half a second."""
    began = START + number * SECOND
    made: dict[str, Any] = {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "name": name,
        "startTimeUnixNano": str(began),
        "endTimeUnixNano": str(began + SECOND // 2),
        "attributes": attributes(told),
        "events": [{"name": event, "timeUnixNano": str(began), "attributes": attributes(of)} for event, of in events],
        "status": {"code": 2, "message": error} if error else {},
    }
    return made if parent is None else {**made, "parentSpanId": f"{parent:016x}"}


def log(number: int, name: str, body: Any = None, *, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a log record of the span with a number."""
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "timeUnixNano": str(START + number * SECOND),
        "eventName": name,
        "body": any_value(body),
        "attributes": attributes(told or {}),
    }


def request(*spans: Any, logs: Sequence[Any] = (), resource: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a request with spans, and log records where there are some."""
    sender = {"attributes": attributes(resource or {"service.name": "harbour-desk"})}
    made: dict[str, Any] = {}
    if spans:
        made["resourceSpans"] = [{"resource": sender, "scopeSpans": [{"scope": {"name": "t"}, "spans": list(spans)}]}]
    if logs:
        made["resourceLogs"] = [{"resource": sender, "scopeLogs": [{"scope": {"name": "t"}, "logRecords": list(logs)}]}]
    return made
