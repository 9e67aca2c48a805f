"""MLflow: traces as `Trace.to_dict` and the API give them (3 and 2), and rows of `search_traces`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evaldash.domain.trace import ImportIssue, Json, Role, Step, Trace, canonical_json
from evaldash.importers.base import Importer, Record
from evaldash.importers.fields import as_number, as_text, first_of
from evaldash.importers.kept import with_told
from evaldash.importers.messages import steps_of
from evaldash.importers.mlflow_assessments import feedback_of_assessments
from evaldash.importers.otlp_values import Attributes, decoded, listed, plain_time
from evaldash.importers.recorded_trace import RecordedTrace, trace_of
from evaldash.importers.said import messages_in
from evaldash.importers.span_rows import literal, recorded_row

RAW_SHOWN = 2_000  # characters of a refused record that are kept with its reason
ID = ("trace_id", "request_id", "client_request_id")
ABOUT = ("trace_metadata", "request_metadata")
STARTED = ("request_time", "timestamp_ms")
TAKEN = ("execution_duration_ms", "execution_duration", "execution_time_ms")
QUESTION, ANSWER = ("request", "request_preview"), ("response", "response_preview")
SESSION, USER, VERSION = "mlflow.trace.session", "mlflow.trace.user", ("mlflow.modelId", "mlflow.source.git.commit")
OWN = "mlflow."  # of tags and metadata that MLflow sets itself
SCORES = frozenset(("assessments",))


class MLflow(Importer):
    """One trace a record, its spans within."""

    name = "mlflow"
    description = "MLflow traces: Trace.to_json, the API, and rows of search_traces, with assessments"
    extensions = (".json", ".jsonl", ".csv")
    feedback_keys = SCORES

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a trace's info beside its spans, or the columns of search_traces."""
        return sum(_is_trace(record) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of a record."""
        told = record.value
        if not isinstance(told, dict) or not _is_trace(told):
            reason = "not a trace of MLflow: it needs info and data.spans, or the columns of search_traces"
            raw = canonical_json(told)[:RAW_SHOWN]
            yield ImportIssue(source=source, record=record.label, reason=reason, raw=raw)
            return
        trace = _trace(told, format=self.name)
        if trace.steps:
            yield trace
        else:
            reason = "no conversation in it: neither its spans nor its request and response say anything"
            yield ImportIssue(source=source, record=record.label, reason=reason, raw=canonical_json(told)[:RAW_SHOWN])


def _is_trace(record: Json) -> bool:
    if not isinstance(record, dict):
        return False
    info, data = record.get("info"), record.get("data")
    if isinstance(info, dict):
        return isinstance(data, dict) and isinstance(data.get("spans"), list) and bool(first_of(info, ID))
    named = bool(first_of(record, ID)) and ("trace" in record or "spans" in record)
    return named and any(name in record for name in (*ABOUT, *TAKEN, "request", "state"))


def _trace(record: Mapping[str, Json], *, format: str) -> Trace:
    info, spans = _parts(record)
    about = _pairs(first_of(info, ABOUT))
    tags = _pairs(info.get("tags"))
    feedback = feedback_of_assessments(listed(literal(info.get("assessments"))))
    trace = trace_of(
        RecordedTrace(
            spans=[recorded_row(span, position) for position, span in enumerate(spans)],
            raw=[dict(record)],
            identity=[_identity(record)],
            format=format,
            external_id=as_text(first_of(info, ID)),
            metadata=_metadata(about, tags),
            feedback=feedback,
        )
    )
    return with_told(_whole(trace, info, about), _told_beside(info, about, tags, spans))


def _parts(record: Mapping[str, Json]) -> tuple[Mapping[str, Json], list[dict[str, Json]]]:
    """Return what is said of the trace as a whole, and its spans; a row of search_traces may hold the trace as text."""
    info, data = record.get("info"), record.get("data")
    if isinstance(info, dict) and isinstance(data, dict):
        said = {name: data[name] for name in ("request", "response") if data.get(name)}
        scored = {name: record[name] for name in SCORES if record.get(name)}
        return {**said, **scored, **info}, listed(data.get("spans"))
    whole = decoded(record.get("trace"))
    if isinstance(whole, dict) and _is_trace(whole):
        inner, spans = _parts(whole)
        return {**inner, **{name: value for name, value in record.items() if name != "trace"}}, spans
    return record, listed(literal(record.get("spans")))


def _identity(record: Mapping[str, Json]) -> dict[str, Json]:
    """Return the record less assessments, wherever they stand."""
    kept = {name: value for name, value in record.items() if name not in SCORES}
    for name in ("info", "trace"):
        inner = decoded(kept.get(name))
        if isinstance(inner, dict):
            kept[name] = _identity(inner)
    return kept


def _whole(trace: Trace, info: Mapping[str, Json], about: Mapping[str, Json]) -> Trace:
    """Return the trace with what its info tells: time, session, tokens; and what was said, where no span says it."""
    usage, cost = decoded(about.get("mlflow.trace.tokenUsage")), decoded(about.get("mlflow.trace.cost"))
    told = {
        "tokens_in": as_number(usage.get("input_tokens")) if isinstance(usage, dict) else None,
        "tokens_out": as_number(usage.get("output_tokens")) if isinstance(usage, dict) else None,
        "cost_usd": as_number(cost.get("total_cost")) if isinstance(cost, dict) else None,
        "latency_ms": _milliseconds(first_of(info, TAKEN)),
    }
    return replace(
        trace,
        steps=trace.steps or tuple(_said(info, about)),
        session=as_text(about.get(SESSION)) or trace.session,
        version=as_text(first_of(about, VERSION)) or trace.version,
        started_at=plain_time(first_of(info, STARTED)) or trace.started_at,
        metadata={**trace.metadata, **({"user": user} if (user := as_text(about.get(USER))) else {})},
        metrics={**{name: value for name, value in told.items() if value is not None}, **trace.metrics},
    )


def _said(info: Mapping[str, Json], about: Mapping[str, Json]) -> Sequence[Step]:
    question = first_of(info, QUESTION) or about.get("mlflow.traceInputs")
    answer = first_of(info, ANSWER) or about.get("mlflow.traceOutputs")
    return steps_of([*messages_in(decoded(question), Role.USER), *messages_in(decoded(answer), Role.ASSISTANT)])


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
    info: Mapping[str, Json], about: Mapping[str, Json], tags: Mapping[str, Json], spans: Sequence[Mapping[str, Json]]
) -> Iterator[tuple[str, Json]]:
    """Yield what is told beside the conversation: previews, what MLflow set itself, attributes of the plumbing."""
    yield from ((name, info.get(name)) for name in (*QUESTION, *ANSWER) if info.get(name))
    yield from ((name, value) for name, value in {**about, **tags}.items() if name.startswith(OWN))
    for span in spans:
        attributes = literal(span.get("attributes"))
        if isinstance(attributes, dict):
            yield from Attributes(attributes).flat.items()


def _pairs(value: Json) -> dict[str, Json]:
    """Return tags or metadata as an object; MLflow 2 lists them as {"key", "value"}."""
    told = literal(value)
    if isinstance(told, list):
        return {str(item.get("key")): item.get("value") for item in listed(told)}
    return told if isinstance(told, dict) else {}
