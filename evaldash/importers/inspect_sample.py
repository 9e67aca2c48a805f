"""A sample of Inspect as spans: its messages, the model and tool calls of its events, its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_dict, as_list, as_number, as_text
from evaldash.importers.inspect_attachments import events_of
from evaldash.importers.inspect_events import spans_of, usage_of
from evaldash.importers.inspect_messages import answers_of, messages_of
from evaldash.importers.inspect_scores import feedback_of_scores, metrics_of_scores
from evaldash.importers.otlp_values import listed, plain_time
from evaldash.importers.spans import Span, SpanTrace

ROOT = "sample"
MAX_SECONDS = 1e9  # of a sample; more is no duration
# What makes a sample the one it is, in whichever form a log is written and however often it was scored since.
RUN = ("task", "eval_id", "run_id", "task_id", "created", "model")
SAID = ("id", "epoch", "uuid", "input", "choices", "target", "messages", "output", "error")
EVENTS = ("events", "events_data")  # told event by event


def span_trace_of(whole: Mapping[str, Json], log: Mapping[str, Json], *, raw: Json, format: str) -> SpanTrace:
    """Return the spans of a sample, its attachments resolved, with scores, target, model and so on."""
    run = as_dict(log.get("eval"))
    events = events_of(whole)
    feedback = tuple(feedback_of_scores(whole.get("scores")))
    started = plain_time(whole.get("started_at")) or plain_time(run.get("created"))
    task, epoch = as_text(run.get("task")), as_text(whole.get("epoch")) or "1"
    return SpanTrace(
        spans=[_root(whole, started), *spans_of(events, ROOT)],
        raw=[raw],
        format=format,
        identity=[_identity(whole, run)],
        external_id="/".join(part for part in (task, as_text(whole.get("id")), epoch) if part),
        started_at=started,
        version=as_text(as_dict(run.get("revision")).get("commit")),
        metadata=_metadata(whole, run, task),
        metrics=metrics_of_scores(feedback) | _totals(whole, events),
        tags=tuple(dict.fromkeys(str(tag) for about in (run, log) for tag in as_list(about.get("tags")))),
        feedback=feedback,
        input=messages_of(whole.get("input")),
        output=messages_of(whole.get("messages")) or answers_of(whole.get("output"))[:1],
    )


def told_beside(whole: Mapping[str, Json], log: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield what is told beside the conversation: scores, store, plan, events of the plumbing."""
    yield from ((name, value) for name, value in whole.items() if name not in EVENTS)
    yield from ((name, log[name]) for name in log)
    yield from ((f"events.{event.get('event')}", event) for event in listed(whole.get("events")))
    yield "events_data", whole.get("events_data")


def _identity(whole: Mapping[str, Json], run: Mapping[str, Json]) -> dict[str, Json]:
    """Return what was said and in which run: scores come later, events are written in several ways."""
    return {
        "run": {name: run[name] for name in RUN if name in run},
        "sample": {name: whole[name] for name in SAID if whole.get(name) not in (None, [], {})},
    }


def _root(whole: Mapping[str, Json], started: datetime | None) -> Span:
    """Return a span around all, which holds the error of a sample that failed and how long it took."""
    taken = as_number(whole.get("total_time"))
    lasts = taken is not None and 0 <= taken <= MAX_SECONDS
    ended = started + timedelta(seconds=taken) if started and taken is not None and lasts else None
    error = as_dict(whole.get("error"))
    return Span(id=ROOT, name=ROOT, started=started, ended=ended, error=as_text(error.get("message")))


def _metadata(whole: Mapping[str, Json], run: Mapping[str, Json], task: str | None) -> dict[str, Json]:
    known: dict[str, Json] = {
        "task": task,
        "model": as_text(run.get("model")),
        "target": whole.get("target"),
        "choices": whole.get("choices"),
        "dataset": as_text(as_dict(run.get("dataset")).get("name")),
        "sample": as_text(whole.get("id")),
        "epoch": whole.get("epoch"),
        "limit": _limit(whole),
    }
    said = {name: value for name, value in known.items() if value not in (None, "", [])}
    return {**as_dict(whole.get("metadata")), **said}


def _limit(whole: Mapping[str, Json]) -> str | None:
    """Return the limit that ended a sample early: "message 30"."""
    limit = as_dict(whole.get("limit"))
    return " ".join(text for name in ("type", "limit") if (text := as_text(limit.get(name)))) or None


def _totals(whole: Mapping[str, Json], events: list[dict[str, Json]]) -> dict[str, float]:
    """Return how long the sample took, and the tokens of all models where no event tells them."""
    taken = as_number(whole.get("total_time"))
    found = {} if taken is None else {"latency_ms": taken * 1_000}
    if any(event.get("event") == "model" for event in events):
        return found
    for usage in as_dict(whole.get("model_usage")).values():
        for name, number in usage_of(as_dict(usage)).items():
            found[name] = found.get(name, 0.0) + number
    return found
