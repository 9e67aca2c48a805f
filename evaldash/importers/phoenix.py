"""Arize Phoenix: spans as JSON Lines, or as the rows of a data frame in CSV, with annotations and evals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import Feedback, ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.fields import as_number, as_text, as_time, first_of
from evaldash.importers.otel_spans import trace_of_rows
from evaldash.importers.otlp_values import listed
from evaldash.importers.span_rows import KIND, TRACE_ID, is_span, literal, trace_id_of

COLUMN_PREFIXES = ("eval.", "annotation.", "annotations.", "evaluations.")
LIST_KEYS = ("annotations", "span_annotations", "spanAnnotations", "evaluations")
RESULT_PARTS = ("label", "score", "explanation")
AUTHOR_KEYS = ("annotator_kind", "annotatorKind", "updated_by", "user_id", "source")
SURE = 0.95


class Phoenix(Importer):
    """Spans with a `span_kind`, as the client, the API and the data frames of Phoenix and Arize have them."""

    name = "phoenix"
    description = "Arize Phoenix spans: JSON Lines, CSV data frames, with annotations"
    extensions = (".jsonl", ".json", ".csv")

    def sniff(self, records: Sequence[Json]) -> float:
        """Quite sure when every record is a span with a kind of OpenInference."""
        fits = sum(_is_phoenix(record) for record in records)
        return SURE * fits / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield the span as a part of its trace."""
        row = record.value
        trace_id = trace_id_of(row) if isinstance(row, dict) and is_span(row) else None
        if trace_id is None:
            reason = f"not a span: it needs {TRACE_ID[0]}, context.span_id, name and start_time"
            yield refused(row, reason, record=record.label, source=source)
        else:
            yield Part(trace_id, row)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of some spans, with what people and evaluators said about them."""
        rows = [part for part in parts if isinstance(part, dict)]
        said = [item for row in rows for item in _annotations(row)]
        feedback = tuple(sorted(set_of(said), key=lambda item: (item.name, str(item.value), str(item.author))))
        scores = frozenset(name for row in rows for name in row if _is_score(name))
        yield from trace_of_rows(rows, format=self.name, scores=scores, feedback=feedback)


def _is_phoenix(record: Json) -> bool:
    if not isinstance(record, dict) or not is_span(record):
        return False
    columns = any(name.startswith("attributes.") for name in record)
    return columns or as_text(first_of(record, KIND)) is not None


def _is_score(name: str) -> bool:
    return name in LIST_KEYS or name.startswith(COLUMN_PREFIXES)


def set_of(items: Sequence[Feedback]) -> list[Feedback]:
    """Return the items, each once."""
    kept: list[Feedback] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept


def _annotations(row: Mapping[str, Json]) -> Iterator[Feedback]:
    for key in LIST_KEYS:
        for item in listed(literal(row.get(key))):
            name = as_text(first_of(item, ("name", "annotation_name")))
            result = item.get("result")
            if name:
                yield from _feedback(name, {**item, **(result if isinstance(result, dict) else {})})
    for name, told in _columns(row).items():
        yield from _feedback(name, told)


def _columns(row: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """Return what the columns `eval.NAME.score`, `eval.NAME.label` … say, by name."""
    found: dict[str, dict[str, Json]] = {}
    for column, value in row.items():
        prefix = next((prefix for prefix in COLUMN_PREFIXES if column.startswith(prefix)), None)
        if prefix is None or value in (None, "", "nan"):
            continue
        name, _, part = column.removeprefix(prefix).rpartition(".")
        if name:
            found.setdefault(name, {})[part] = value
    return found


def _feedback(name: str, told: Mapping[str, Json]) -> Iterator[Feedback]:
    """Yield the score and the label of an annotation; its explanation goes with the first of them."""
    score, label = as_number(told.get("score")), as_text(told.get("label"))
    comment = as_text(first_of(told, ("explanation", "text")))
    author = as_text(first_of(told, AUTHOR_KEYS))
    at = as_time(first_of(told, ("updated_at", "created_at")))
    if score is not None:
        yield Feedback(name=name, value=score, comment=comment, author=author, at=at)
        comment = None
    if label is not None or comment is not None:
        yield Feedback(
            name=name if score is None else f"{name}.label", value=label, comment=comment, author=author, at=at
        )
