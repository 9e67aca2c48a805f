"""Rows of Braintrust as spans, and what they say about their trace: scores, what was expected, whose talk it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import Feedback, Json, Role
from evaldash.importers.dialect_messages import chat, spoken
from evaldash.importers.fields import SESSION_KEYS, VERSION_KEYS, as_number, as_text, first_of, scores_of
from evaldash.importers.otlp_values import plain_time
from evaldash.importers.span_rows import literal
from evaldash.importers.spans import Span, SpanKind, SpanTrace

KINDS: Mapping[str, SpanKind] = {"llm": SpanKind.MODEL, "tool": SpanKind.TOOL, "function": SpanKind.CHAIN}
SCORERS = ("score", "scorer", "classifier", "facet", "review")  # types, or purposes, of rows that judge
SCORED = frozenset(  # what comes later
    ("scores", "expected", "tags", "comments", "_xact_id", "_pagination_key", "facets", "classifications")
)
REASONS = ("rationale", "reason", "explanation", "comment")  # how scorers call why they gave a score
METRICS = {
    "tokens_in": ("prompt_tokens",), "tokens_out": ("completion_tokens",), "cost_usd": ("estimated_cost", "cost"),
}  # fmt: skip
USER_KEYS = ("user_id", "userId", "user")
PARAMETERS = ("model", "provider")


def span_trace_of(rows: Sequence[Mapping[str, Json]], *, format: str) -> SpanTrace:
    """Return the spans of a trace's rows with scores, session and so on."""
    judging = _judging(rows)
    told = [row for row in rows if str(row.get("span_id")) not in judging]
    outermost_first = sorted(told or rows, key=lambda row: bool(_parent(row)))
    about = [_object(row.get("metadata")) for row in outermost_first]
    feedback = (*_scores(rows), *(item for row in outermost_first for item in _remarks(row)))
    return SpanTrace(
        spans=[_span(row, place) for place, row in enumerate(rows) if str(row.get("span_id")) not in judging],
        raw=[dict(row) for row in rows],
        format=format,
        identity=[{name: value for name, value in row.items() if name not in SCORED} for row in told or rows],
        external_id=str(rows[0]["root_span_id"]),
        session=_first(about, SESSION_KEYS),
        version=_first(about, VERSION_KEYS),
        metadata=_metadata(outermost_first[0], about),
        metrics=scores_of(feedback),
        tags=tuple(str(tag) for tag in _list(outermost_first[0].get("tags"))),
        feedback=feedback,
    )


def told_beside(rows: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, Json]]:
    """Yield what is told beside the conversation: rows of scorers, contexts, comments."""
    judging = _judging(rows)
    for row in rows:
        judged = str(row.get("span_id")) in judging
        yield from ((name, value) for name, value in row.items() if judged or name not in ("input", "output"))


def _judging(rows: Sequence[Mapping[str, Json]]) -> set[str]:
    """Return the span ids of scorers and of all that they did, such as to ask a model."""
    children: dict[str, list[str]] = {}
    for row in rows:
        children.setdefault(_parent(row) or "", []).append(str(row.get("span_id")))
    found: set[str] = set()
    waiting = [str(row.get("span_id")) for row in rows if _is_scorer(row)]
    while waiting:
        span = waiting.pop()
        if span not in found:
            found.add(span)
            waiting += children.get(span, ())
    return found


def _is_scorer(row: Mapping[str, Json]) -> bool:
    purpose = _object(row.get("span_attributes")).get("purpose")
    return _type(row) in SCORERS or purpose in SCORERS


def _span(row: Mapping[str, Json], position: int) -> Span:
    kind = KINDS.get(_type(row), SpanKind.CHAIN)
    metrics = _object(row.get("metrics"))
    metadata = _object(row.get("metadata"))
    given, answered = literal(row.get("input")), literal(row.get("output"))
    is_model = kind is SpanKind.MODEL
    messages = chat(given, Role.USER) if is_model else []
    replies = (chat(answered) or spoken(answered if isinstance(answered, str) else None)) if is_model else []
    return Span(
        id=str(row.get("span_id")),
        parent=_parent(row),
        name=as_text(_object(row.get("span_attributes")).get("name")) or "",
        kind=kind,
        started=plain_time(metrics.get("start")) or plain_time(row.get("created")),
        ended=plain_time(metrics.get("end")),
        error=_error(row),
        given=messages,
        answered=replies,
        input=None if messages else given,
        output=None if replies else answered,
        call_id=as_text(first_of(metadata, ("tool_call_id", "call_id"))),
        model=as_text(metadata.get("model")) if is_model else None,
        parameters={name: value for name, value in metadata.items() if name not in PARAMETERS} if is_model else {},
        metrics=_numbers(metrics),
        position=position,
    )


def _parent(row: Mapping[str, Json]) -> str | None:
    parents = _list(row.get("span_parents"))
    return as_text(parents[0]) if parents else None


def _type(row: Mapping[str, Json]) -> str:
    return str(_object(row.get("span_attributes")).get("type") or "").lower()


def _error(row: Mapping[str, Json]) -> str | None:
    error = literal(row.get("error"))
    return as_text(error) or (as_text(first_of(error, ("message", "name"))) if isinstance(error, dict) else None)


def _numbers(metrics: Mapping[str, Json]) -> dict[str, float]:
    found = {name: as_number(first_of(metrics, keys)) for name, keys in METRICS.items()}
    return {name: value for name, value in found.items() if value is not None}


def _scores(rows: Sequence[Mapping[str, Json]]) -> tuple[Feedback, ...]:
    """Return the scores; one that its scorer and the row it judges both tell is one, with the scorer's reason."""
    found: dict[tuple[str, str], Feedback] = {}
    for row in rows:
        comment = _reason(row) if _is_scorer(row) else None
        for name, value in _object(row.get("scores")).items():
            same = (name, str(value))
            if value is not None and (same not in found or comment):
                found[same] = Feedback(name=name, value=value, comment=comment)
    return tuple(found.values())


def _reason(row: Mapping[str, Json]) -> str | None:
    output = literal(row.get("output"))
    places = (_object(row.get("metadata")), _object(_object(output).get("metadata")), _object(output))
    given = (as_text(first_of(place, REASONS)) for place in places)
    return next((text for text in given if text), output if isinstance(output, str) else None)


def _remarks(row: Mapping[str, Json]) -> Iterator[Feedback]:
    """Yield the comments on a row, and what was expected of the outermost."""
    for comment in _list(row.get("comments")):
        told = _object(comment)
        text = as_text(_object(told.get("comment")).get("text")) or as_text(told.get("text"))
        if text:
            yield Feedback(name="comment", comment=text, author=as_text(_object(told.get("user")).get("email")))
    if row.get("expected") not in (None, "") and not _parent(row):
        yield Feedback(name="expected", value=row["expected"])


def _first(about: Sequence[Mapping[str, Json]], names: Sequence[str]) -> str | None:
    found = (as_text(first_of(told, names)) for told in about)
    return next((text for text in found if text), None)


def _metadata(root: Mapping[str, Json], about: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    known = {"name": as_text(_object(root.get("span_attributes")).get("name")), "user": _first(about, USER_KEYS)}
    said = {name: value for name, value in about[0].items() if name not in (*SESSION_KEYS, *USER_KEYS)}
    return said | {name: value for name, value in known.items() if value}


def _object(value: Json) -> dict[str, Json]:
    """Return an object; a cell of a table holds it as text."""
    found = literal(value)
    return found if isinstance(found, dict) else {}


def _list(value: Json) -> list[Json]:
    found = literal(value)
    return found if isinstance(found, list) else []
