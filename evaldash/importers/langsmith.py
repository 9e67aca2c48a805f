"""LangSmith: runs as the SDK sends, the API lists and the page exports them; feedback; examples of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.folding import folded
from evaldash.importers.langsmith_runs import Run, group_of, pieces_of, runs_of, said_of
from evaldash.importers.langsmith_trace import span_trace_of, with_unknown

EXAMPLE_KEYS = frozenset(
    ("id", "dataset_id", "inputs", "outputs", "metadata", "created_at", "modified_at", "source_run_id", "split",
     "name", "runs", "attachments", "attachment_urls"),
)  # fmt: skip
SURE = 0.97  # runs look like plain spans as well
FAIRLY = 0.6  # of examples: inputs and outputs may be anybody's


class LangSmith(Importer):
    """Runs are scattered over batches and rows; those of one `trace_id` make a trace."""

    name = "langsmith"
    description = "LangSmith runs: SDK batches, list_runs, exports as JSON and CSV, feedback, dataset examples"
    extensions = (".json", ".jsonl", ".csv")

    def sniff(self, records: Sequence[Json]) -> float:
        """Quite sure when the records are runs, fairly when they are examples of a dataset."""
        if not records:
            return 0.0
        runs = sum(bool(pieces_of(record)) for record in records)
        examples = sum(_is_example(record) for record in records)
        return (SURE * runs + FAIRLY * examples) / len(records)

    def read(self, record: Record, *, source: str) -> Iterator[Trace | Part | ImportIssue]:
        """Yield each run and each row of feedback as a part of its trace."""
        pieces = pieces_of(record.value)
        for piece in pieces:
            yield Part(group_of(piece), piece)
        if not pieces and isinstance(record.value, dict) and _is_example(record.value):
            yield Part(f"example {record.value.get('id') or canonical_json(record.value)}", record.value)
        elif not pieces:
            reason = "not a run of LangSmith: it needs a run_type and an id (or dotted_order)"
            yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of some runs; what updates a run stands in a piece of its own."""
        pieces = _in_order(parts)
        runs = runs_of(pieces) or [_of_example(piece) for piece in pieces if _is_example(piece)]
        trace = with_unknown(folded(span_trace_of(pieces, runs, format=self.name)), runs) if runs else None
        if trace is not None and trace.steps:
            yield trace
            return
        reason = "no conversation in it: its runs have neither inputs nor outputs nor errors"
        yield refused(pieces, reason, record=f"trace {group_of(pieces[0])}")


def _in_order(parts: Sequence[Json]) -> list[dict[str, Json]]:
    """Return the distinct pieces in an order that does not depend on how they came: by start, updates last."""
    distinct = {canonical_json(part): part for part in parts if isinstance(part, dict)}
    return [piece for _, piece in sorted(distinct.items(), key=lambda item: (said_of(item[1]), item[0]))]


def _is_example(record: Json) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("inputs"), dict):
        return False
    return isinstance(record.get("outputs"), dict | None) and set(record) <= EXAMPLE_KEYS and "outputs" in record


def _of_example(piece: Mapping[str, Json]) -> Run:
    """Return an example as a run: what went in, and what should come out."""
    told: dict[str, Json] = {
        **piece,
        "start_time": piece.get("created_at"),
        "extra": {"metadata": piece.get("metadata")},
    }
    return Run(id=str(piece.get("id") or "example"), parent=None, told=told, position=0)
