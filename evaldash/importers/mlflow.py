"""MLflow: traces as `Trace.to_dict`, the API and the CLI give them (3 and 2), and rows of `search_traces`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Record, refused
from evaldash.importers.dialect_mlflow import answered_of, given_of
from evaldash.importers.fields import as_number, as_text, first_of
from evaldash.importers.kept import with_told
from evaldash.importers.mlflow_assessments import feedback_of_assessments
from evaldash.importers.mlflow_shapes import ABOUT, ANSWER, ID, QUESTION, SCORES, TAKEN, shape_of, traces_in
from evaldash.importers.otlp_values import Attributes, decoded, listed, plain_time
from evaldash.importers.recorded import Recorded
from evaldash.importers.recorded_trace import RecordedTrace, trace_of
from evaldash.importers.span_rows import literal, recorded_row

STARTED = ("request_time", "timestamp_ms")
SESSION = ("mlflow.trace.session", "session_id", "thread_id", "conversation_id")  # the first one is MLflow's own,
USER = ("mlflow.trace.user", "user_id")  # the others people set as tags before there was one
VERSION = ("mlflow.modelId", "mlflow.source.git.commit")
STATE = ("state", "status")
OWN = "mlflow."  # of tags and metadata that MLflow sets itself


class MLflow(Importer):
    """One trace a record, its spans within."""

    name = "mlflow"
    description = "MLflow traces: Trace.to_json, the API, and rows of search_traces, with assessments"
    extensions = (".json", ".jsonl", ".csv")
    feedback_keys = SCORES

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a trace's info beside its spans, or the columns of search_traces."""
        return sum(bool(traces_in(record)) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of a record, or the traces that it lists."""
        traces = traces_in(record.value)
        if not traces:
            reason = "not a trace of MLflow: it needs info and data.spans, or the columns of search_traces"
            yield refused(record.value, reason, record=record.label, source=source)
        for number, told in enumerate(traces, start=1):
            trace = _trace(told, format=self.name)
            if trace.steps:
                yield trace
            else:
                reason = "no conversation in it: neither its spans nor its request and response say anything"
                label = record.label if len(traces) == 1 else f"{record.label}, trace {number}"
                yield refused(told, reason, record=label, source=source)


def _trace(record: Mapping[str, Json], *, format: str) -> Trace:
    shape = shape_of(record)
    info, about, tags = shape.info, _pairs(first_of(shape.info, ABOUT)), _pairs(shape.info.get("tags"))
    assessments = listed(literal(info.get("assessments")))
    spans = [recorded_row(span, position) for position, span in enumerate(shape.spans)]
    trace = trace_of(
        RecordedTrace(
            spans=spans or [_span_of_whole(info, about)],
            raw=[dict(record)],
            identity=[_identity(info, spans)],
            format=format,
            external_id=as_text(first_of(info, ID)),
            metadata=_metadata(about, tags),
            feedback=feedback_of_assessments(assessments),
        )
    )
    return with_told(_whole(trace, info, {**tags, **about}), _told_beside(info, about, tags, spans))


def _identity(info: Mapping[str, Json], spans: Sequence[Recorded]) -> dict[str, Json]:
    """Return what was said under which id: the same trace in another shape, or with new tags, is the same trace."""
    said: list[Json] = [
        [span.id, span.name, given_of(span.told), answered_of(span)] for span in sorted(spans, key=lambda span: span.id)
    ]
    known: dict[str, Json] = {"trace_id": first_of(info, ID), "spans": said}
    return known if said else known | {name: info[name] for name in (*QUESTION, *ANSWER) if name in info}


def _whole(trace: Trace, info: Mapping[str, Json], about: Mapping[str, Json]) -> Trace:
    """Return the trace with what its info tells: time, session, user, version, tokens."""
    usage, cost = decoded(about.get("mlflow.trace.tokenUsage")), decoded(about.get("mlflow.trace.cost"))
    told = {
        "tokens_in": as_number(usage.get("input_tokens")) if isinstance(usage, dict) else None,
        "tokens_out": as_number(usage.get("output_tokens")) if isinstance(usage, dict) else None,
        "cost_usd": as_number(cost.get("total_cost")) if isinstance(cost, dict) else None,
        "latency_ms": _milliseconds(first_of(info, TAKEN)),
    }
    user = as_text(first_of(about, USER))
    return replace(
        trace,
        session=as_text(first_of(about, SESSION)) or trace.session,
        version=as_text(first_of(about, VERSION)) or trace.version,
        started_at=plain_time(first_of(info, STARTED)) or trace.started_at,
        metadata={**trace.metadata, **({"user": user} if user else {})},
        metrics={**{name: value for name, value in told.items() if value is not None}, **trace.metrics},
    )


def _span_of_whole(info: Mapping[str, Json], about: Mapping[str, Json]) -> Recorded:
    """Return a span that stands for a trace which came without its spans: its request, its response, its state."""
    question = first_of(info, QUESTION) or about.get("mlflow.traceInputs")
    answer = first_of(info, ANSWER) or about.get("mlflow.traceOutputs")
    told: dict[str, Json] = {"mlflow.spanInputs": question, "mlflow.spanOutputs": answer}
    failed = str(first_of(info, STATE)).upper() == "ERROR"
    return Recorded(id="trace", name="trace", attributes=told, failed=failed, status="it ended in an error")


def _milliseconds(taken: Json) -> float | None:
    """Return a duration; the API writes seconds as text ("1.204s"), all else is in milliseconds."""
    if isinstance(taken, str) and taken.endswith("s"):
        seconds = as_number(taken[:-1])
        return None if seconds is None else seconds * 1_000
    return as_number(taken)


def _metadata(about: Mapping[str, Json], tags: Mapping[str, Json]) -> dict[str, Json]:
    """Return what people set: tags and metadata that are not MLflow's own, and the name of the trace."""
    said = {name: decoded(value) for name, value in {**about, **tags}.items() if not name.startswith(OWN)}
    name = as_text(tags.get("mlflow.traceName"))
    return said | ({"name": name} if name else {})


def _told_beside(
    info: Mapping[str, Json], about: Mapping[str, Json], tags: Mapping[str, Json], spans: Sequence[Recorded]
) -> Iterator[tuple[str, Json]]:
    """Yield what is told beside the conversation: previews, what MLflow set itself, attributes of the plumbing."""
    yield from ((name, info.get(name)) for name in (*QUESTION, *ANSWER) if info.get(name))
    yield from ((name, value) for name, value in {**about, **tags}.items() if name.startswith(OWN))
    yield "assessments", literal(info.get("assessments"))
    for span in spans:
        yield from Attributes(span.attributes).flat.items()


def _pairs(value: Json) -> dict[str, Json]:
    """Return tags or metadata as an object; MLflow 2 lists them as {"key", "value"}."""
    told = literal(value)
    if isinstance(told, list):
        return {str(item.get("key")): item.get("value") for item in listed(told)}
    return told if isinstance(told, dict) else {}
