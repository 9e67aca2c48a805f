"""Tables of questions and answers: CSV, TSV, or flat JSON objects, read by a mapping of columns to roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import ImportIssue, Json, Role, Step, StepKind, Trace, without_keys
from evaldash.errors import InvalidInput
from evaldash.importers.base import Importer, Record
from evaldash.importers.conversation import key_of
from evaldash.importers.fields import METRIC_KEYS, as_number, as_text, as_time, feedback_of, parsed_if_json, scores_of
from evaldash.importers.mapping import Mapping, guess_mapping
from evaldash.importers.messages import is_message, is_message_list, steps_of

METRIC_NAMES = {key: name for name, keys in METRIC_KEYS.items() for key in keys}


class QuestionTable(Importer):
    """One row, one exchange; the roles of the columns are guessed from their names or given."""

    name = "table"
    description = "Tables of question and answer (CSV, TSV, flat JSON), by a mapping of columns"
    extensions = (".csv", ".tsv", ".json", ".jsonl")

    def __init__(self, mapping: Mapping | None = None) -> None:
        self.mapping = mapping

    def sniff(self, records: Sequence[Json]) -> float:
        """Fairly sure when question and answer are there, unsure with one of them, no where it is no table."""
        rows = [record for record in records if isinstance(record, dict)]
        mapping = self.mapping or guess_mapping(rows)
        if mapping is None or len(rows) != len(records):
            return 0.0
        if mapping.columns("messages"):
            return 0.8
        return 0.75 if mapping.columns("query") and mapping.columns("answer") else 0.4

    def prepared(self, records: Sequence[Json]) -> QuestionTable:
        """Return the importer with the mapping for these first rows; InvalidInput where none fits."""
        rows = [record for record in records if isinstance(record, dict)]
        columns = list(dict.fromkeys(column for row in rows for column in row))
        mapping = self.mapping or guess_mapping(rows)
        if mapping is None:
            raise InvalidInput(
                f"no column looks like a question or an answer among {', '.join(columns[:12])}; "
                'say which is which with a mapping like {"COLUMN": "query"}'
            )
        mapping.check(columns)
        return QuestionTable(mapping)

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the exchange of a row; an empty row is an issue."""
        row, mapping = record.value, self.mapping
        assert mapping is not None, "prepared() gives the mapping"
        if not isinstance(row, dict):
            yield ImportIssue(source=source, record=record.label, reason="not a row with named columns")
            return
        steps = _steps(row, mapping)
        if not steps:
            columns = ", ".join((*mapping.columns("query"), *mapping.columns("answer"), *mapping.columns("messages")))
            yield ImportIssue(source=source, record=record.label, reason=f"nothing stands in {columns}")
            return
        said = mapping.columns("feedback")
        feedback = feedback_of(row, said)
        yield Trace(
            steps=steps,
            raw=(row,),
            identity=(without_keys(row, frozenset(said)),),
            format=self.name,
            external_id=_single(row, mapping, "id"),
            session=_single(row, mapping, "session"),
            version=_single(row, mapping, "version"),
            started_at=as_time(next((row.get(column) for column in mapping.columns("started_at")), None)),
            metadata={
                column: value
                for column, value in row.items()
                if mapping.role(column) == "metadata" and value not in (None, "")
            },
            metrics={**_metrics(row, mapping), **scores_of(feedback)},
            feedback=feedback,
        )


def _steps(row: dict[str, Json], mapping: Mapping) -> tuple[Step, ...]:
    asked = [*_said(row, mapping.columns("system"), Role.SYSTEM)]
    history = [message for column in mapping.columns("messages") for message in _messages(row.get(column))]
    if not history:
        asked += _said(row, mapping.columns("query"), Role.USER)
    retrieved = [
        Step(kind=StepKind.RETRIEVAL, name=column, result=parsed_if_json(row[column]))
        for column in mapping.columns("context")
        if row.get(column) not in (None, "")
    ]
    answered = steps_of([message for column in mapping.columns("answer") for message in _answer(row.get(column))])
    told = steps_of(history)
    if answered and [*map(key_of, told[-len(answered) :])] == [*map(key_of, answered)]:
        answered = ()  # the history ends with it
    return (*asked, *told, *retrieved, *answered)


def _messages(cell: Json) -> list[Json]:
    value = parsed_if_json(cell)
    return value if isinstance(value, list) and is_message_list(value) else []


def _answer(cell: Json) -> list[Json]:
    """Return what was answered: a message, tool calls alone, or a text."""
    value = parsed_if_json(cell)
    calls: list[Json] = value if isinstance(value, list) else [value]
    if calls and all(isinstance(call, dict) and isinstance(call.get("function"), dict) for call in calls):
        return [{"role": "assistant", "content": None, "tool_calls": calls}]
    if is_message(value):
        return [value]
    text = as_text(cell) or _json_text(cell)
    return [{"role": "assistant", "content": text}] if text else []


def _said(row: dict[str, Json], columns: Sequence[str], role: Role) -> list[Step]:
    texts = [as_text(row.get(column)) or _json_text(row.get(column)) for column in columns]
    return [Step(kind=StepKind.MESSAGE, role=role, text=text) for text in texts if text]


def _json_text(value: Json) -> str | None:
    from evaldash.domain.trace import canonical_json

    return None if value in (None, "", [], {}) else canonical_json(value)


def _single(row: dict[str, Json], mapping: Mapping, role: str) -> str | None:
    return next((as_text(row.get(column)) for column in mapping.columns(role)), None)


def _metrics(row: dict[str, Json], mapping: Mapping) -> dict[str, float]:
    found = {}
    for column in mapping.columns("metric"):
        number = as_number(row.get(column))
        if number is not None:
            found[METRIC_NAMES.get(column.strip().lower(), column)] = number
    return found
