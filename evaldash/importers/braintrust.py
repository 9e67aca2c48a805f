"""Braintrust: rows of logs and experiments, as the API lists and the page exports them; a row is a span."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.braintrust_spans import span_trace_of, told_beside
from evaldash.importers.fields import as_text
from evaldash.importers.folding import folded
from evaldash.importers.kept import with_told
from evaldash.importers.otlp_values import listed

LISTS = ("events", "rows", "data", "objects")


class Braintrust(Importer):
    """Rows are scattered; those of one root span make a trace."""

    name = "braintrust"
    description = "Braintrust logs and experiments: rows as JSON, JSON Lines and CSV, with scores"
    extensions = (".json", ".jsonl", ".csv")

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record is a row or lists rows."""
        return 0.97 * sum(bool(_rows(record)) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield each row as a part of its trace."""
        rows = _rows(record.value)
        for row in rows:
            yield Part(str(row["root_span_id"]), row)
        if not rows:
            reason = "no row of Braintrust: it needs a span_id and a root_span_id"
            yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace; rows of scorers are its scores."""
        rows = _in_order(parts)
        trace = with_told(folded(span_trace_of(rows, format=self.name)), told_beside(rows))
        if trace.steps:
            yield trace
            return
        reason = "no conversation in it: its rows have neither input nor output nor error"
        yield refused([dict(row) for row in rows], reason, record=f"trace {rows[0]['root_span_id']}")


def _rows(record: Json) -> list[dict[str, Json]]:
    if not isinstance(record, dict):
        return []
    if _is_row(record):
        return [record]
    held = next((record[name] for name in LISTS if isinstance(record.get(name), list)), None)
    rows = listed(held)
    return rows if rows and all(map(_is_row, rows)) else []


def _is_row(row: Mapping[str, Json]) -> bool:
    named = as_text(row.get("root_span_id")) is not None and as_text(row.get("span_id")) is not None
    return named and any(name in row for name in ("span_attributes", "span_parents", "is_root", "_xact_id"))


def _in_order(parts: Sequence[Json]) -> list[dict[str, Json]]:
    """Return the distinct rows; of a row that was told twice the later telling counts, as the API merges them."""
    newest: dict[str, dict[str, Json]] = {}
    for row in sorted((part for part in parts if isinstance(part, dict)), key=_told):
        newest[str(row.get("id") or row.get("span_id"))] = row
    return sorted(newest.values(), key=lambda row: (as_text(row.get("created")) or "", str(row.get("span_id"))))


def _told(row: Mapping[str, Json]) -> tuple[str, str]:
    return (as_text(row.get("_xact_id")) or "", canonical_json(dict(row)))
