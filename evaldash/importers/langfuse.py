"""Langfuse: traces with observations and scores as the page, the public API, the SDK and blob exports write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.folding import folded
from evaldash.importers.kept import with_told
from evaldash.importers.langfuse_pieces import Piece, Sort, in_order, pieces_of
from evaldash.importers.langfuse_trace import span_trace_of, told_beside

SURE = 0.98  # observations look like plain spans as well


class Langfuse(Importer):
    """A trace, its observations and its scores may stand in one record, in many, or in several files."""

    name = "langfuse"
    description = "Langfuse: UI and API exports, SDK objects, observations, scores and ingestion batches"
    extensions = (".json", ".jsonl", ".csv")

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when each record holds a trace, observations or scores under Langfuse's names."""
        found = sum(any(True for _ in pieces_of(record)) for record in records)
        return SURE * found / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | Part | ImportIssue]:
        """Yield the trace, each observation and each score as a part of its trace."""
        pieces = list(pieces_of(record.value))
        for piece in pieces:
            yield Part(piece.trace, [piece.sort.value, dict(piece.told)])
        if not pieces:
            reason = "nothing of Langfuse in it: neither a trace nor observations nor scores with a trace id"
            yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace; an observation that was told twice is one."""
        pieces = in_order(_piece(part) for part in parts)
        trace = with_told(folded(span_trace_of(pieces, format=self.name)), told_beside(pieces))
        if trace.steps:
            yield trace
            return
        reason = "no conversation in it: neither the trace nor its observations have input, output or error"
        yield refused([piece.told for piece in pieces], reason, record=f"trace {pieces[0].trace}")


def _piece(part: Json) -> Piece:
    """Return a part as it was yielded, or a raw record of a trace that is read again."""
    if isinstance(part, list):
        sort, told = part
        return Piece(Sort(str(sort)), told if isinstance(told, dict) else {})
    return next(iter(pieces_of(part)))
