"""A sample of Inspect as spans: its messages, the model and tool calls of its events, its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.fields import as_number, as_text
from evaldash.importers.inspect_attachments import events_of, resolved
from evaldash.importers.otlp_values import listed, plain_time
from evaldash.importers.spans import Span, SpanKind, SpanTrace

GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # correct, incorrect, partly, no answer: Inspect's own values
TOLD = (
    "info",
    "logger",
    "sandbox",
    "input",
    "approval",
    "sample_limit",
    "interrupt",
    "compaction",
)  # events with a text
ROOT = "sample"
PARAMETERS = ("tools", "tool_choice", "config")


def span_trace_of(
    sample: Mapping[str, Json], log: Mapping[str, Json], *, raw: Json, identity: Json, format: str
) -> SpanTrace:
    """Return the spans of a sample with scores, target, model and so on."""
    whole = resolved(sample)
    run = _object(log.get("eval"))
    feedback = tuple(_feedback(whole))
    started = plain_time(whole.get("started_at")) or plain_time(run.get("created"))
    task, epoch = as_text(run.get("task")), as_text(whole.get("epoch")) or "1"
    return SpanTrace(
        spans=[_root(whole, started), *_spans(whole)],
        raw=[raw],
        format=format,
        identity=[identity],
        external_id="/".join(part for part in (task, as_text(whole.get("id")), epoch) if part),
        started_at=started,
        version=as_text(_object(run.get("revision")).get("commit")),
        metadata=_metadata(whole, run, task),
        metrics=_scores(feedback) | _usage(whole),
        tags=tuple(str(tag) for tag in _list(run.get("tags"))),
        feedback=feedback,
        input=_messages(whole.get("input")),
        output=[*_messages(whole.get("messages")), *_last_answer(whole)],
    )


def told_beside(sample: Mapping[str, Json], log: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield what is told beside the conversation: the plan, the store, events of the plumbing."""
    whole = resolved(sample)
    for name in ("description", "setup", "files", "store", "choices", "limit", "invalidation", "output", "attachments"):
        yield name, whole.get(name)
    yield "scores", whole.get("scores")
    yield from ((name, log[name]) for name in log)
    yield from ((f"events.{event.get('event')}", event) for event in events_of(whole))


def _root(whole: Mapping[str, Json], started: datetime | None) -> Span:
    """Return a span around all, which holds the error of a sample that failed and how long it took."""
    taken = as_number(whole.get("total_time"))
    ended = started + timedelta(seconds=min(taken, 1e9)) if started and taken is not None and taken >= 0 else None
    error = _object(whole.get("error"))
    return Span(id=ROOT, name=ROOT, started=started, ended=ended, error=as_text(error.get("message")))


def _spans(whole: Mapping[str, Json]) -> Iterator[Span]:
    for number, event in enumerate(events_of(whole)):
        kind = event.get("event")
        parent = as_text(event.get("parent_id") if kind == "span_begin" else event.get("span_id")) or ROOT
        started = plain_time(event.get("timestamp"))
        if kind == "model":
            yield _model(event, f"event {number}", parent, started)
        elif kind == "tool":
            yield _tool(event, f"event {number}", parent, started)
        elif kind == "span_begin" and as_text(event.get("id")):
            yield Span(id=str(event["id"]), parent=parent, name=as_text(event.get("name")) or "", started=started)
        elif kind in TOLD:
            said = (
                event.get("data")
                or event.get("message")
                or {
                    name: value
                    for name, value in event.items()
                    if name not in ("timestamp", "working_start", "uuid", "span_id", "event")
                }
            )
            name = as_text(event.get("source")) or str(kind)
            yield Span(id=f"event {number}", parent=parent, name=name, started=started, output=said)


def _model(event: Mapping[str, Json], id: str, parent: str, started: datetime | None) -> Span:
    output = _object(event.get("output"))
    usage = _object(output.get("usage"))
    parameters = {name: event[name] for name in PARAMETERS if event.get(name) not in (None, "", [], {}, "none")}
    tokens = {"tokens_in": as_number(usage.get("input_tokens")), "tokens_out": as_number(usage.get("output_tokens"))}
    return Span(
        id=id,
        parent=parent,
        kind=SpanKind.MODEL,
        started=started,
        ended=plain_time(event.get("completed")),
        error=as_text(event.get("error")) or as_text(output.get("error")),
        given=_messages(event.get("input")),
        answered=_messages([choice.get("message") for choice in listed(output.get("choices"))]),
        model=as_text(event.get("model")),
        parameters=parameters,
        metrics={name: value for name, value in tokens.items() if value is not None},
    )


def _tool(event: Mapping[str, Json], id: str, parent: str, started: datetime | None) -> Span:
    error = _object(event.get("error"))
    return Span(
        id=id,
        parent=parent,
        name=as_text(event.get("function")) or "",
        kind=SpanKind.TOOL,
        started=started,
        ended=plain_time(event.get("completed")),
        error=as_text(error.get("message")),
        input=event.get("arguments"),
        output=_plain_content(event.get("result")) or None,
        call_id=as_text(event.get("id")),
    )


def _messages(value: Json) -> list[Json]:
    """Return messages as chat APIs have them; a plain text is what a user asked."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}] if value.strip() else []
    return [_message(message) for message in listed(value)]


def _message(told: Mapping[str, Json]) -> dict[str, Json]:
    message = {name: told[name] for name in ("role", "content", "tool_call_id") if told.get(name) is not None}
    error = _object(told.get("error"))
    if error:
        message |= {"content": told.get("content") or error.get("message"), "is_error": True}
    calls: list[Json] = [_call(call) for call in listed(told.get("tool_calls"))]
    return {**message, "tool_calls": calls} if calls else message


def _call(call: Mapping[str, Json]) -> dict[str, Json]:
    function: Json = {"name": call.get("function"), "arguments": call.get("arguments")}
    return {"id": call.get("id"), "type": "function", "function": function}


def _last_answer(whole: Mapping[str, Json]) -> list[Json]:
    """Return the answer of the output, for logs that keep no messages."""
    if listed(whole.get("messages")):
        return []
    return _messages([choice.get("message") for choice in listed(_object(whole.get("output")).get("choices"))][:1])


def _plain_content(value: Json) -> Json:
    """Return a result that is nothing but one text as that text."""
    parts = listed(value)
    return parts[0].get("text") if len(parts) == 1 and parts[0].get("type") == "text" else value


def _metadata(whole: Mapping[str, Json], run: Mapping[str, Json], task: str | None) -> dict[str, Json]:
    known: dict[str, Json] = {
        "task": task,
        "model": as_text(run.get("model")),
        "target": whole.get("target"),
        "dataset": as_text(_object(run.get("dataset")).get("name")),
        "sample": as_text(whole.get("id")),
        "epoch": whole.get("epoch"),
    }
    said = {name: value for name, value in known.items() if value not in (None, "", [])}
    return {**_object(whole.get("metadata")), **said}


def _feedback(whole: Mapping[str, Json]) -> Iterator[Feedback]:
    """Yield each score under the name of its scorer; one that is an object gives a score for each of its keys."""
    for scorer, told in _object(whole.get("scores")).items():
        score = _object(told)
        value, comment = score.get("value"), as_text(score.get("explanation"))
        if isinstance(value, dict):
            for key, inner in value.items():
                yield Feedback(name=f"{scorer}.{key}", value=inner, comment=comment, author="scorer")
        elif value is not None or comment:
            yield Feedback(name=scorer, value=value, comment=comment, author="scorer")


def _scores(feedback: Sequence[Feedback]) -> dict[str, float]:
    """Return the scores that are numbers or grades."""
    found = {
        item.name: GRADES.get(item.value) if isinstance(item.value, str) else float(item.value)
        for item in feedback
        if isinstance(item.value, str | int | float)
    }
    return {name: value for name, value in found.items() if value is not None}


def _usage(whole: Mapping[str, Json]) -> dict[str, float]:
    """Return the tokens of all models, where no event tells them, and how long the sample took."""
    taken = as_number(whole.get("total_time"))
    found = {} if taken is None else {"latency_ms": taken * 1_000}
    if not any(event.get("event") == "model" for event in events_of(whole)):
        usage = [_object(told) for told in _object(whole.get("model_usage")).values()]
        for name, key in (("tokens_in", "input_tokens"), ("tokens_out", "output_tokens")):
            counts = [number for told in usage if (number := as_number(told.get(key))) is not None]
            found |= {name: sum(counts)} if counts else {}
    return found


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
