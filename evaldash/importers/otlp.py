"""OTLP/JSON: spans and log records as the OpenTelemetry Protocol carries them, in whatever dialect they speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.otlp_pieces import (
    Piece,
    order_of,
    other_logs,
    pieces_of,
    recorded_spans,
    resource_of,
    scores_of_logs,
    trace_id_of,
    without_scores,
)
from evaldash.importers.otlp_values import listed, pick
from evaldash.importers.recorded_trace import RecordedTrace, trace_of

ENVELOPES = ("resourceSpans", "resource_spans", "resourceLogs", "resource_logs")
SCOPES = ("scopeSpans", "scopeLogs", "instrumentationLibrarySpans", "instrumentationLibraryLogs")


class Otlp(Importer):
    """Requests of the protocol, as exporters and collectors write them to files: one, many lines, or an array."""

    name = "otlp"
    description = "OpenTelemetry OTLP (JSON, protobuf): GenAI conventions, OpenLLMetry, OpenInference, AI SDK"
    extensions = (".json", ".jsonl", ".otlp", ".pb", ".binpb")

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when records have resourceSpans or resourceLogs."""
        fits = sum(_is_request(record) for record in records)
        return 0.98 * fits / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield every span and log record as a part of its trace."""
        if not _is_request(record.value):
            reason = "neither resourceSpans nor resourceLogs in it"
            yield refused(record.value, reason, record=record.label, source=source)
            return
        for envelope in _envelopes(record.value):
            for piece in pieces_of(envelope):
                trace_id = trace_id_of(piece)
                if trace_id is None:
                    what = "span" if "span" in piece else "log record"
                    reason = f"a {what} without a trace id"
                    yield refused(piece, reason, record=record.label, source=source)
                else:
                    yield Part(trace_id, piece)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of some spans and log records."""
        raw = _in_order(part for part in parts if isinstance(part, dict))
        trace_id = next(filter(None, map(trace_id_of, raw)), None)
        spans = recorded_spans(raw)
        logs = other_logs(raw)
        trace = trace_of(
            RecordedTrace(
                spans=spans,
                raw=raw,
                identity=[kept for piece in raw if (kept := without_scores(piece)) is not None],
                format=self.name,
                external_id=trace_id,
                resources=[resource_of(piece) for piece in raw],
                metadata={"logs": logs} if logs else {},
                feedback=scores_of_logs(raw),
            )
        )
        if trace.steps:
            yield trace
            return
        names = ", ".join(dict.fromkeys(span.name for span in spans if span.name)) or "log records alone"
        reason = f"no conversation in it: nothing of a model, tool or agent ({names[:200]})"
        yield refused(list(raw), reason, record=f"trace {trace_id}")


def _is_request(record: Json) -> bool:
    return any(True for _ in _lists(record))


def _envelopes(record: Json) -> Iterator[Mapping[str, Json]]:
    for envelopes in _lists(record):
        yield from envelopes


def _lists(record: Json) -> Iterator[Sequence[Mapping[str, Json]]]:
    """Yield what stands under the keys of a request, also within `trace` or as `batches`, as Tempo gives it out."""
    if not isinstance(record, dict):
        return
    inner = record.get("trace")
    request = inner if isinstance(inner, dict) else record
    yield from (listed(request[key]) for key in ENVELOPES if isinstance(request.get(key), list))
    batches = listed(request.get("batches"))
    if batches and all(pick(batch, *SCOPES) is not None for batch in batches):
        yield batches


def _in_order(pieces: Iterator[Piece]) -> list[Piece]:
    """Return the pieces by time, each once: exporters that try again send some twice."""
    distinct = {canonical_json(piece): piece for piece in pieces}
    ordered = sorted(distinct.items(), key=lambda item: (order_of(item[1]), item[0]))
    return [piece for _, piece in ordered]
