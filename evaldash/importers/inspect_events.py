"""The events of a sample of Inspect as spans: model calls, tools with what runs below them, notes and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_dict, as_number, as_text
from evaldash.importers.inspect_messages import answers_of, messages_of, result_of
from evaldash.importers.otlp_values import plain_time
from evaldash.importers.spans import Span, SpanKind

SAYING = frozenset(  # events that a reader may want to see besides messages and calls
    ("info", "logger", "sandbox", "input", "approval", "review", "sample_limit", "interrupt", "compaction", "sentinel")
)
PLUMBING = frozenset(("timestamp", "working_start", "uuid", "span_id", "event", "pending", "completed", "holds"))
PARAMETERS = ("tools", "tool_choice", "config")
READ_FROM_CACHE = ("input_tokens_cache_read", "input_tokens_cache_write")  # Inspect counts them beside input_tokens


def spans_of(events: Sequence[Mapping[str, Json]], root: str) -> Iterator[Span]:
    """Yield the spans of events; what stands under nothing stands under the span `root`."""
    inside = _spans_of_tools(events)
    for number, event in enumerate(events):
        if event.get("event") == "span_begin":
            if named := as_text(event.get("id")):
                above = inside.get(named) or as_text(event.get("parent_id")) or root
                yield Span(id=named, parent=above, name=as_text(event.get("name")) or "", started=_started(event))
        elif (span := _span(event, _id(event, number), as_text(event.get("span_id")) or root)) is not None:
            yield span


def usage_of(usage: Mapping[str, Json]) -> dict[str, float]:
    """Return tokens and cost of a usage of Inspect; tokens read from and written to a cache are tokens sent."""
    sent = [as_number(usage.get(name)) for name in ("input_tokens", *READ_FROM_CACHE)]
    known = [number for number in sent if number is not None]
    found = {
        "tokens_in": sum(known) if known else None,
        "tokens_out": as_number(usage.get("output_tokens")),
        "cost_usd": as_number(usage.get("total_cost")),
    }
    return {name: value for name, value in found.items() if value is not None}


def _spans_of_tools(events: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    """Return for each span that a tool runs in the id of the tool's own span: it stands beside it in a log.

    The n-th call of a function under a span belongs to the n-th span of that name there.
    """
    calls: dict[tuple[Json, Json], list[str]] = {}
    begun: dict[tuple[Json, Json], list[str]] = {}
    for number, event in enumerate(events):
        if event.get("event") == "tool":
            key = (as_text(event.get("span_id")), as_text(event.get("function")))
            calls.setdefault(key, []).append(_id(event, number))
        elif event.get("event") == "span_begin" and event.get("type") == "tool":
            key = (as_text(event.get("parent_id")), as_text(event.get("name")))
            begun.setdefault(key, []).append(str(event.get("id")))
    return {span: call for key, spans in begun.items() for span, call in zip(spans, calls.get(key, ()), strict=False)}


def _id(event: Mapping[str, Json], number: int) -> str:
    """Return the id of the span that an event makes; one that other events stand in was given its own before."""
    return as_text(event.get("holds")) or f"event {number}"


def _span(event: Mapping[str, Json], id: str, parent: str) -> Span | None:
    match event.get("event"):
        case "model":
            return _model(event, id, parent)
        case "tool":
            return _tool(event, id, parent)
        case "subtask":
            name = as_text(event.get("name")) or ""
            given, result = event.get("input"), event.get("result")
            return Span(id=id, parent=parent, name=name, started=_started(event), input=given, output=result)
        case str() as kind if kind in SAYING:
            name = as_text(event.get("source")) or kind
            return Span(id=id, parent=parent, name=name, started=_started(event), output=_said(event))
        case _:
            return None


def _model(event: Mapping[str, Json], id: str, parent: str) -> Span:
    output = as_dict(event.get("output"))
    parameters = {name: event[name] for name in PARAMETERS if event.get(name) not in (None, "", [], {}, "none")}
    return Span(
        id=id,
        parent=parent,
        kind=SpanKind.MODEL,
        started=_started(event),
        ended=plain_time(event.get("completed")),
        error=as_text(event.get("error")) or as_text(output.get("error")),
        given=messages_of(event.get("input")),
        answered=answers_of(output),
        model=as_text(event.get("model")),
        parameters=parameters,
        metrics=usage_of(as_dict(output.get("usage"))),
        rest={"role": role} if (role := as_text(event.get("role"))) else {},
    )


def _tool(event: Mapping[str, Json], id: str, parent: str) -> Span:
    return Span(
        id=id,
        parent=parent,
        name=as_text(event.get("function")) or "",
        kind=SpanKind.TOOL,
        started=_started(event),
        ended=plain_time(event.get("completed")),
        error=as_text(as_dict(event.get("error")).get("message")),
        input=event.get("arguments"),
        output=result_of(event.get("result")) or None,
        call_id=as_text(event.get("id")),
    )


def _said(event: Mapping[str, Json]) -> Json:
    """Return what an event says: its data or its message, else all of it that is no plumbing."""
    logged = as_dict(event.get("message")).get("message")
    whole: Json = {name: value for name, value in event.items() if name not in PLUMBING and value not in (None, "")}
    return logged or event.get("data") or event.get("message") or whole


def _started(event: Mapping[str, Json]) -> datetime | None:
    return plain_time(event.get("timestamp"))
