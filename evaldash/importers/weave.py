"""Weights & Biases Weave: calls as `get_calls` gives them, as JSON Lines and CSV, with what was said about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record
from evaldash.importers.folding import folded
from evaldash.importers.weave_calls import call_of, group_of, is_call, pieces_of, started_first
from evaldash.importers.weave_trace import span_trace_of

RAW_SHOWN = 2_000  # characters of a refused record that are kept with its reason
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
            raw = canonical_json(record.value)[:RAW_SHOWN]
            yield ImportIssue(source=source, record=record.label, reason=reason, raw=raw)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of some calls."""
        distinct = {canonical_json(part): part for part in parts if is_call(part) and isinstance(part, dict)}
        raw = [piece for _, piece in sorted(distinct.items(), key=lambda item: (started_first(item[1]), item[0]))]
        calls = [call_of(piece, position) for position, piece in enumerate(raw)]
        trace = folded(span_trace_of(calls, raw, format=self.name))
        if trace.steps:
            yield trace
            return
        yield ImportIssue(
            source="all files",
            record=f"trace {group_of(raw[0])}",
            reason="no conversation in it: its calls have neither inputs nor outputs nor exceptions",
            raw=canonical_json(raw)[:RAW_SHOWN],
        )
