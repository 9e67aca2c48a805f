"""Weights & Biases Weave: calls as `get_calls` gives them, as JSON Lines and CSV, with what was said about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.folding import folded
from evaldash.importers.weave_calls import call_of, group_of, is_call, pieces_of, started_first
from evaldash.importers.weave_trace import span_trace_of

SURE = 0.95


class Weave(Importer):
    """Calls stand one by one; those of one `trace_id` make a trace."""

    name = "weave"
    description = "Weights & Biases Weave calls: get_calls as JSON, exports as JSON Lines and CSV, with feedback"
    extensions = (".json", ".jsonl", ".csv")

    def sniff(self, records: Sequence[Json]) -> float:
        """Quite sure when every record is a call: it names its op and its trace."""
        return SURE * sum(bool(pieces_of(record)) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield each call as a part of its trace."""
        pieces = pieces_of(record.value)
        for piece in pieces:
            yield Part(group_of(piece), piece)
        if not pieces:
            reason = "not a call of Weave: it needs op_name, id and trace_id"
            yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of some calls."""
        distinct = {canonical_json(part): part for part in parts if is_call(part) and isinstance(part, dict)}
        raw = [piece for _, piece in sorted(distinct.items(), key=lambda item: (started_first(item[1]), item[0]))]
        calls = [call_of(piece, position) for position, piece in enumerate(raw)]
        trace = folded(span_trace_of(calls, raw, format=self.name))
        if trace.steps:
            yield trace
            return
        reason = "no conversation in it: its calls have neither inputs nor outputs nor exceptions"
        yield refused(raw, reason, record=f"trace {group_of(raw[0])}")
