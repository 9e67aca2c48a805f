"""The recorded spans of one trace become the trace: its conversation, and what attributes say about it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaldash.domain.trace import Feedback, Json, Trace
from evaldash.importers.dialect import Reading
from evaldash.importers.dialect_langchain import without_own
from evaldash.importers.dialects import reading_of, span_of
from evaldash.importers.fields import as_text, scores_of
from evaldash.importers.folding import folded
from evaldash.importers.kept import Shown, shown_of, texts_of
from evaldash.importers.otlp_values import Attributes, decoded
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind, SpanTrace

SESSION = (
    "session.id", "gen_ai.conversation.id", "langfuse.session.id", "mlflow.trace.session",
    "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.session_id", "ai.telemetry.metadata.conversationId", "ai.telemetry.metadata.threadId",
    "ai.telemetry.metadata.chatId", "traceloop.association.properties.session_id",
    "traceloop.association.properties.conversation_id", "traceloop.association.properties.thread_id",
    "traceloop.association.properties.chat_id", "langsmith.trace.session_id", "conversation.id", "thread.id",
)  # fmt: skip
USER = (
    "user.id", "enduser.id", "langfuse.user.id", "mlflow.trace.user", "ai.telemetry.metadata.userId",
    "ai.telemetry.metadata.user_id", "traceloop.association.properties.user_id",
)  # fmt: skip
VERSION = ("service.version", "langfuse.release", "langfuse.version")
ENVIRONMENT = ("deployment.environment.name", "deployment.environment", "langfuse.environment")
TAGS = ("tag.tags", "langfuse.trace.tags", "tags")
NAME = ("ai.telemetry.functionId", "langfuse.trace.name", "traceloop.workflow.name", "gen_ai.agent.name", "agent.name")
METADATA_PREFIXES = (
    "metadata.",
    "ai.telemetry.metadata.",
    "traceloop.association.properties.",
    "langfuse.trace.metadata.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTrace:
    """The spans of one trace with its raw records, the resource that sent them, and what was said about it."""

    spans: Sequence[Recorded]
    raw: Sequence[Json]
    format: str
    external_id: str | None
    identity: Sequence[Json] | None = None
    resources: Sequence[Mapping[str, Json]] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    feedback: tuple[Feedback, ...] = ()


def trace_of(recorded: RecordedTrace) -> Trace:
    """Return the trace that recorded spans make; texts of attributes that no dialect knows go into its metadata."""
    told = [(span, reading_of(span)) for span in _roots_first(recorded.spans)]
    about = [*(span.told for span, _ in told), *map(Attributes, recorded.resources)]
    feedback = _distinct([*recorded.feedback, *(item for _, reading in told for item in reading.feedback)])
    trace = folded(
        SpanTrace(
            spans=[span_of(span, reading) for span, reading in told],
            raw=recorded.raw,
            format=recorded.format,
            identity=recorded.identity,
            external_id=recorded.external_id,
            session=_first(about, SESSION),
            version=_first(about, VERSION),
            metadata=_metadata(recorded, about, [reading for _, reading in told]),
            metrics=scores_of(feedback),
            tags=_tags(about),
            feedback=feedback,
        )
    )
    return _with_unknown(trace, recorded)


def _roots_first(spans: Sequence[Recorded]) -> list[Recorded]:
    """Return the spans with those first that stand under no other: they speak for the trace."""
    known = {span.id for span in spans}
    return sorted(spans, key=lambda span: span.parent in known)


def _first(about: Iterable[Attributes], names: Sequence[str]) -> str | None:
    """Return the first text under one of `names`, the earlier name before the earlier span."""
    places = list(about)
    found = (as_text(decoded(told.get(name))) for name in names for told in places)
    return next((text for text in found if text), None)


def _metadata(recorded: RecordedTrace, about: Sequence[Attributes], readings: Sequence[Reading]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for told in reversed(about):
        for prefix in METADATA_PREFIXES:
            own = {
                name: value for name, value in told.under(prefix).items() if f"{prefix}{name}" not in (*SESSION, *USER)
            }
            found |= {name: decoded(value) for name, value in own.items()}
        for name in ("metadata", "langfuse.trace.metadata"):
            value = told.json(name)
            found |= value if isinstance(value, dict) else {}
    usual = {
        "model": next(
            (reading.model for reading in readings if reading.kind is SpanKind.MODEL and reading.model), None
        ),
        "name": _first(about, NAME) or next((span.name for span in _roots_first(recorded.spans) if span.name), None),
        "user": _first(about, USER),
        "environment": _first(about, ENVIRONMENT),
        "service": _first(about, ("service.name",)),
    }
    known = {name: value for name, value in usual.items() if value}
    said = {name: value for name, value in found.items() if value is not None}
    return without_own(said) | known | dict(recorded.metadata)


def _tags(about: Sequence[Attributes]) -> tuple[str, ...]:
    found = (told.json(name) for told in about for name in TAGS)
    listed = (item for value in found for item in (value if isinstance(value, list) else [value]))
    return tuple(dict.fromkeys(text for item in listed if (text := as_text(item))))


def _distinct(feedback: Sequence[Feedback]) -> tuple[Feedback, ...]:
    kept: list[Feedback] = []
    for item in feedback:
        if item not in kept:
            kept.append(item)
    return tuple(kept)


def _with_unknown(trace: Trace, recorded: RecordedTrace) -> Trace:
    """Return the trace with texts of attributes and events that it does not show in its metadata, under their names."""
    shown = shown_of(trace)
    found: dict[str, Json] = {}
    for name, value in _all_attributes(recorded):
        if name in trace.metadata or not _is_missing(value, shown):
            continue
        there = found.get(name)
        if there is None:
            found[name] = value
        elif value != there and not (isinstance(there, list) and value in there):
            found[name] = [*(there if isinstance(there, list) else [there]), value]
    return replace(trace, metadata={**trace.metadata, **found}) if found else trace


def _all_attributes(recorded: RecordedTrace) -> Iterable[tuple[str, Json]]:
    for resource in recorded.resources:
        yield from resource.items()
    for span in recorded.spans:
        yield from ((name, value) for name, value in (("status", span.status), ("spans", span.name)) if value)
        yield from span.attributes.items()
        for event in span.events:
            yield from event.attributes.items()
            yield "events", event.name
            yield event.name or "logs", event.body


def _is_missing(value: Json, shown: Shown) -> bool:
    return any(not shown.holds(item.text) for item in texts_of(value))
