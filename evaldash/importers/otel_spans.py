"""Spans as SDKs dump them: Python's console exporter, the in-memory spans of JavaScript (Vercel's AI SDK), Logfire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import Feedback, ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.recorded import Recorded
from evaldash.importers.recorded_trace import RecordedTrace, trace_of
from evaldash.importers.span_rows import is_span, recorded_row, resource_of, trace_id_of

LIST_KEYS = ("spans", "data", "rows")  # a file that is one object with the spans under one of these


class OtelSpans(Importer):
    """Spans one by one, each with its context, times and attributes."""

    name = "otel_spans"
    description = "OpenTelemetry spans as JSON: SDK console and in-memory exports, Vercel AI SDK, Logfire"
    extensions = (".json", ".jsonl")

    def sniff(self, records: Sequence[Json]) -> float:
        """Quite sure when every record is a span."""
        fits = sum(bool(spans) and all(map(is_span, spans)) for spans in map(_spans, records))
        return 0.9 * fits / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield the span, or each span of an object that lists them, as a part of its trace."""
        for row in _spans(record.value) or [record.value]:
            trace_id = trace_id_of(row) if isinstance(row, dict) and is_span(row) else None
            if trace_id is None:
                reason = "not a span: it needs ids of its trace and itself, a name, and a start"
                yield refused(row, reason, record=record.label, source=source)
            else:
                yield Part(trace_id, row)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of some spans."""
        yield from trace_of_rows([part for part in parts if isinstance(part, dict)], format=self.name)


def trace_of_rows(
    rows: Sequence[dict[str, Json]],
    *,
    format: str,
    scores: frozenset[str] = frozenset(),
    feedback: tuple[Feedback, ...] = (),
    metadata: Mapping[str, Json] | None = None,
) -> Iterator[Trace | ImportIssue]:
    """Yield the trace that rows with a span each make; `scores` are columns that are no part of its identity."""
    raw = _in_order(rows)
    spans = [recorded_row(row, position) for position, row in enumerate(raw)]
    trace = trace_of(
        RecordedTrace(
            spans=spans,
            raw=raw,
            identity=[{key: value for key, value in row.items() if key not in scores} for row in raw],
            format=format,
            external_id=trace_id_of(raw[0]),
            resources=[resource_of(row) for row in raw],
            feedback=feedback,
            metadata=metadata or {},
        )
    )
    if trace.steps:
        yield trace
        return
    names = ", ".join(dict.fromkeys(span.name for span in spans))
    reason = f"no conversation in it: nothing of a model, tool or agent ({names[:200]})"
    yield refused(raw, reason, record=f"trace {trace.external_id}")


def _in_order(rows: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
    distinct = {canonical_json(row): row for row in rows}
    return [row for _, row in sorted(distinct.items(), key=lambda item: (_order(recorded_row(item[1], 0)), item[0]))]


def _order(span: Recorded) -> tuple[str, str]:
    return span.started.isoformat() if span.started else "", span.id


def _spans(record: Json) -> list[Json]:
    if not isinstance(record, dict):
        return []
    if is_span(record):
        return [record]
    lists = (record[key] for key in LIST_KEYS if isinstance(record.get(key), list))
    found = next(lists, [])
    return found if isinstance(found, list) and found and all(map(is_span, found)) else []
