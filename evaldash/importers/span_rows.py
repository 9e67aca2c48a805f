"""Spans as plain records: an SDK's span as JSON, a row of a data frame; nested or with dotted names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_number, as_text
from evaldash.importers.otlp_values import Attributes, decoded, listed, nested, plain_id, plain_time
from evaldash.importers.python_literal import parsed_if_literal
from evaldash.importers.recorded import Event, Recorded

TRACE_ID = ("context.trace_id", "spanContext.traceId", "_spanContext.traceId", "trace_id", "traceId", "trace.id")
SPAN_ID = ("context.span_id", "spanContext.spanId", "_spanContext.spanId", "span_id", "spanId", "id")
PARENT_ID = (
    "parent_id", "parentSpanId", "parentSpanContext.spanId", "parent_span_id", "parent.span_id", "parentId",
    "parent_span_context.span_id",
)  # fmt: skip
NAME = ("name", "span_name", "spanName")
STARTED = ("start_time", "startTime", "start_timestamp", "startTimeUnixNano", "start_time_unix_nano", "timestamp")
ENDED = ("end_time", "endTime", "end_timestamp", "endTimeUnixNano", "end_time_unix_nano")
STATUS = ("status.status_code", "status.code", "status_code", "statusCode", "otel_status_code")
STATUS_TEXT = ("status.description", "status.message", "status_message", "statusMessage", "otel_status_message")
KIND = ("span_kind", "spanKind", "openinference_span_kind")
ATTRIBUTES = ("attributes", "span_attributes", "SpanAttributes")
RESOURCE = ("resource.attributes", "otel_resource_attributes", "resource_attributes", "resource._attributes")
FAILED = ("2", "2.0", "error", "status_code_error", "statuscode.error")
NOT_THERE = ("", "nan", "NaN", "None", "null", "NaT")  # of a cell
OPENINFERENCE_KIND = "openinference.span.kind"


def trace_id_of(row: Mapping[str, Json]) -> str | None:
    """Return the id of the trace that a span belongs to."""
    return plain_id(Attributes(row).get(*TRACE_ID))


def is_span(row: Json) -> bool:
    """Tell whether a record is a span: it names its trace and itself, and has a time or attributes."""
    if not isinstance(row, dict):
        return False
    told = Attributes(row)
    named = told.get(*TRACE_ID) is not None and told.get(*SPAN_ID) is not None and told.get(*NAME) is not None
    return named and (told.get(*STARTED) is not None or told.has(*(f"{name}." for name in ATTRIBUTES)))


def resource_of(row: Mapping[str, Json]) -> dict[str, Json]:
    """Return the attributes of what sent a span."""
    told = Attributes(row)
    found = _object(told, RESOURCE)
    service = told.get("service_name")
    return {**({"service.name": service} if service else {}), **found}


def recorded_row(row: Mapping[str, Json], position: int) -> Recorded:
    """Return the span that a record holds."""
    told = Attributes(row)
    attributes = _object(told, ATTRIBUTES)
    kind = as_text(told.get(*KIND))
    if kind and kind.upper() not in ("INTERNAL", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"):
        attributes.setdefault(OPENINFERENCE_KIND, kind)
    started = _time(told, STARTED)
    return Recorded(
        id=plain_id(told.get(*SPAN_ID)) or f"span {position}",
        parent=plain_id(_cell(told.get(*PARENT_ID))),
        name=as_text(_cell(told.get(*NAME))) or "",
        started=started,
        ended=_time(told, ENDED) or _after(started, told.get("duration")),
        attributes=attributes,
        events=_events(told),
        failed=str(told.get(*STATUS)).lower() in FAILED,
        status=as_text(_cell(told.get(*STATUS_TEXT))),
        position=position,
    )


def _object(told: Attributes, names: Sequence[str]) -> dict[str, Json]:
    """Return the attributes under one of `names`: nested, as dotted columns, as a list of pairs, or as JSON text."""
    for name in names:
        whole = literal(told.get(name))
        if isinstance(whole, dict):
            return {key: _from_cell(value) for key, value in whole.items()}
        if found := told.under(f"{name}."):
            return {key: _from_cell(value) for key, value in found.items() if _cell(value) is not None}
    return {}


def _events(told: Attributes) -> list[Event]:
    found = next((events for name in ("events", "otel_events") if (events := listed(literal(told.get(name))))), [])
    return [_event(item) for item in found]


def _event(item: dict[str, Json]) -> Event:
    name = as_text(item.get("name", item.get("event_name"))) or ""
    at = next((item[key] for key in ("time", "timestamp", "event_timestamp") if item.get(key)), None)
    inner = nested({key: value for key, value in item.items() if key.startswith("attributes.")})
    attributes = item.get("attributes") or (inner.get("attributes") if isinstance(inner, dict) else None)
    return Event(
        name=name, attributes=Attributes(attributes).flat if isinstance(attributes, dict) else {}, at=plain_time(at)
    )


def literal(value: Json) -> Json:
    """Return what a cell holds as JSON or as a Python literal; a JSON text within a text stays what it is."""
    if not isinstance(value, str):
        return value
    found = decoded(value)
    return parsed_if_literal(value) if found == value else found


def _from_cell(value: Json) -> Json:
    """Return a cell with a Python literal decoded; JSON text stays text, as an attribute would hold it."""
    return value if decoded(value) != value else parsed_if_literal(value)


def _cell(value: Json) -> Json:
    return None if isinstance(value, str) and value.strip() in NOT_THERE else value


def _time(told: Attributes, names: Sequence[str]) -> datetime | None:
    value = _cell(told.get(*names))
    found = plain_time(value)
    if found is None and isinstance(value, str):
        return plain_time(value.replace(" UTC", "+00:00"))
    return found


def _after(started: datetime | None, duration: Json) -> datetime | None:
    """Return the end of a span that tells how long it took: [seconds, nanoseconds], or microseconds."""
    if started is None:
        return None
    if isinstance(duration, list) and len(duration) == 2:
        seconds, nanoseconds = (as_number(part) or 0.0 for part in duration)
        return started + timedelta(seconds=min(seconds, 1e9), microseconds=nanoseconds / 1e3)
    microseconds = as_number(duration)
    return None if microseconds is None else started + timedelta(microseconds=min(microseconds, 1e15))
