"""The shapes in which traces of MLflow come: SDK objects of 3 and 2, answers of the API and the CLI, rows of frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaldash.domain.trace import Json
from evaldash.importers.fields import first_of
from evaldash.importers.otlp_values import decoded, listed, plain_attributes
from evaldash.importers.span_rows import literal

ID = ("trace_id", "request_id", "client_request_id")
ABOUT = ("trace_metadata", "request_metadata")
TAKEN = ("execution_duration_ms", "execution_duration", "execution_time_ms")
QUESTION, ANSWER = ("request", "request_preview"), ("response", "response_preview")
SCORES = frozenset(("assessments",))
COLUMNS = (*ABOUT, *TAKEN, "request", "state", "status")  # one of them, beside an id, makes a row one of MLflow


@dataclass(frozen=True, slots=True)
class Shape:
    """What is said of a trace as a whole, and its spans."""

    info: Mapping[str, Json]
    spans: list[dict[str, Json]]


def traces_in(record: Json) -> list[dict[str, Json]]:
    """Return the traces of a record: itself, or those that an answer of the API or the CLI holds."""
    if is_trace(record):
        return listed([record])
    if not isinstance(record, dict):
        return []
    inner = record.get("traces", [record.get("trace")])
    found = listed(inner)
    return found if found and all(is_trace(item) or _is_info(item) for item in found) else []


def is_trace(record: Json) -> bool:
    """Tell whether a record is one trace in any shape."""
    if not isinstance(record, dict):
        return False
    info, data = record.get("info"), record.get("data")
    if isinstance(info, dict):
        return isinstance(data, dict) and isinstance(data.get("spans"), list) and bool(first_of(info, ID))
    about = record.get("trace_info")
    if isinstance(about, dict):
        return bool(first_of(about, ID))
    named = bool(first_of(record, ID)) and ("trace" in record or "spans" in record)
    return named and any(name in record for name in COLUMNS)


def shape_of(record: Mapping[str, Json]) -> Shape:
    """Return the parts of a trace; a row of search_traces may hold the whole trace as text, and more beside it."""
    info, data = record.get("info"), record.get("data")
    if isinstance(info, dict) and isinstance(data, dict):
        said = {name: data[name] for name in ("request", "response") if data.get(name)}
        scored = {name: record[name] for name in SCORES if record.get(name)}
        return Shape({**said, **scored, **info}, listed(data.get("spans")))
    about = record.get("trace_info")
    if isinstance(about, dict):
        return Shape(about, [_plain_span(span) for span in listed(record.get("spans"))])
    whole = decoded(record.get("trace"))
    if isinstance(whole, dict) and is_trace(whole):
        inner = shape_of(whole)
        beside = {name: value for name, value in record.items() if name != "trace"}
        return Shape({**inner.info, **beside}, inner.spans)
    return Shape(record, listed(literal(record.get("spans"))))


def _is_info(record: Mapping[str, Json]) -> bool:
    """Tell whether a record is the info of a trace alone, as the API lists them."""
    return bool(first_of(record, ID)) and any(name in record for name in ABOUT)


def _plain_span(span: Mapping[str, Json]) -> dict[str, Json]:
    """Return a span of the API, which has attributes as OTLP has them, as the SDK has it."""
    events: list[Json] = [
        {**event, "attributes": plain_attributes(event.get("attributes"))} for event in listed(span.get("events"))
    ]
    return {**span, "attributes": plain_attributes(span.get("attributes")), "events": events}
