"""The pieces of an OTLP trace, spans and log records with their surroundings, become recorded spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.dialect_genai import EVALUATION, evaluation
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import listed, pick, plain_attributes, plain_id, plain_time, plain_value
from evaldash.importers.recorded import Event, Recorded

FAILED = (2, "2", "STATUS_CODE_ERROR", "ERROR")
Piece = dict[str, Json]


def pieces_of(envelope: Mapping[str, Json]) -> Iterator[Piece]:
    """Yield each span and log record of an envelope (one of `resourceSpans`) with its resource and its scope."""
    resource = pick(envelope, "resource")
    for scoped in listed(pick(envelope, "scopeSpans", "instrumentationLibrarySpans")):
        scope = pick(scoped, "scope", "instrumentationLibrary")
        yield from ({"resource": resource, "scope": scope, "span": span} for span in listed(scoped.get("spans")))
    for scoped in listed(pick(envelope, "scopeLogs", "instrumentationLibraryLogs")):
        scope = pick(scoped, "scope", "instrumentationLibrary")
        logs = listed(pick(scoped, "logRecords", "logs"))
        yield from ({"resource": resource, "scope": scope, "log": log} for log in logs)


def trace_id_of(piece: Mapping[str, Json]) -> str | None:
    """Return the id of the trace that a piece belongs to, in hex."""
    return plain_id(pick(_told(piece), "traceId"))


def order_of(piece: Mapping[str, Json]) -> tuple[str, str, int]:
    """Return what pieces are sorted by, so that a trace does not depend on the order of its export."""
    told = _told(piece)
    started = plain_time(pick(told, "startTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"))
    return started.isoformat() if started else "", str(pick(told, "spanId")), "log" in piece


def resource_of(piece: Mapping[str, Json]) -> dict[str, Json]:
    """Return the attributes of what sent a piece."""
    resource = piece.get("resource")
    return plain_attributes(resource.get("attributes")) if isinstance(resource, dict) else {}


def without_scores(piece: Piece) -> Piece | None:
    """Return a piece less the evaluations that came later; None for one that is nothing else."""
    if "log" in piece:
        return None if event_of(_told(piece)).name == EVALUATION else piece
    span = _told(piece)
    events = listed(span.get("events"))
    kept: list[Json] = [event for event in events if event.get("name") != EVALUATION]
    if len(kept) == len(events):
        return piece
    rest = {key: value for key, value in span.items() if key != "events"}
    return {**piece, "span": {**rest, "events": kept} if kept else rest}


def scores_of_logs(pieces: Sequence[Piece]) -> tuple[Feedback, ...]:
    """Return the evaluations among log records that name no span of their trace."""
    events = (event_of(_told(piece)) for piece in pieces if "log" in piece)
    return tuple(item for event in events if (item := evaluation(event)) is not None)


def recorded_spans(pieces: Sequence[Piece]) -> list[Recorded]:
    """Return the spans of a trace; log records go to the span they name, those of one that is missing make one."""
    events: dict[str, list[Event]] = {}
    places: dict[str, int] = {}
    for position, piece in enumerate(pieces):
        if "log" in piece:
            span_id = plain_id(pick(_told(piece), "spanId")) or ""
            events.setdefault(span_id, []).append(event_of(_told(piece)))
            places.setdefault(span_id, position)
    spans: dict[str, Recorded] = {}
    for position, piece in enumerate(pieces):
        if "span" in piece:
            span = _recorded(piece, position, events)
            known = spans.get(span.id)
            if known is None or len(span.attributes) > len(known.attributes):  # the same span, sent before its end
                spans[span.id] = span
    lonely = {span_id: told for span_id, told in events.items() if span_id not in spans and _is_about_models(told)}
    alone = [_from_events(span_id, told, places[span_id]) for span_id, told in lonely.items()]
    return [*spans.values(), *alone]


def other_logs(pieces: Sequence[Piece]) -> list[Json]:
    """Return what the log records say that are no events of a model call."""
    told = [event_of(_told(piece)) for piece in pieces if "log" in piece]
    return [event.body for event in told if not event.name.startswith("gen_ai.") and event.body not in (None, "")]


def event_of(record: Mapping[str, Json]) -> Event:
    """Return an event of a span, or a log record, which may tell its name as an attribute."""
    attributes = plain_attributes(record.get("attributes"))
    name = pick(record, "eventName", "name") or attributes.get("event.name")
    at = plain_time(pick(record, "timeUnixNano")) or plain_time(pick(record, "observedTimeUnixNano"))
    return Event(name=as_text(name) or "", attributes=attributes, body=plain_value(record.get("body")), at=at)


def _recorded(piece: Piece, position: int, events: Mapping[str, Sequence[Event]]) -> Recorded:
    span = _told(piece)
    status = span.get("status")
    told = status if isinstance(status, dict) else {}
    span_id = plain_id(pick(span, "spanId")) or f"span {position}"
    return Recorded(
        id=span_id,
        parent=plain_id(pick(span, "parentSpanId")),
        name=as_text(span.get("name")) or "",
        started=plain_time(pick(span, "startTimeUnixNano")),
        ended=plain_time(pick(span, "endTimeUnixNano")),
        attributes=plain_attributes(span.get("attributes")),
        events=[*map(event_of, listed(span.get("events"))), *events.get(span_id, ())],
        failed=told.get("code") in FAILED,
        status=as_text(told.get("message")),
        position=position,
    )


def _from_events(span_id: str, events: Sequence[Event], position: int) -> Recorded:
    """Return a span whose events came without it."""
    times = [event.at for event in events if event.at]
    return Recorded(
        id=span_id or f"events {position}",
        started=min(times, default=None),
        ended=max(times, default=None),
        events=events,
        position=position,
    )


def _is_about_models(events: Sequence[Event]) -> bool:
    return any(event.name.startswith("gen_ai.") and event.name != EVALUATION for event in events)


def _told(piece: Mapping[str, Json]) -> dict[str, Any]:
    found = piece.get("span", piece.get("log"))
    return found if isinstance(found, dict) else {}
