"""Annotations from a file: what a team coded elsewhere, in CSV, XLSX or JSON Lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from evaldash.domain.coding import Annotation, OpenCode, Reading, Verdict
from evaldash.domain.stored import Project, StoredTrace
from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.domain.trace import ImportIssue
from evaldash.errors import EvaldashError, InvalidInput
from evaldash.importers.annotation_rows import annotation_rows
from evaldash.storage import batches, projects, readings, taxonomies, traces
from evaldash.storage.store import Connection, Store


class StepCounting(StrEnum):
    """How the file counts steps."""

    INDEX = "index"  # as evaldash shows them, from 1
    SOURCE0 = "source0"  # positions in the source, from 0
    SOURCE1 = "source1"  # positions in the source, from 1


@dataclass(slots=True)
class AnnotateReport:
    """What became of a file of annotations."""

    annotations_new: int = 0
    annotations_unchanged: int = 0
    codes_new: int = 0
    rejections: list[ImportIssue] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return {
            "annotations_new": self.annotations_new,
            "annotations_unchanged": self.annotations_unchanged,
            "codes_new": self.codes_new,
            "rejections": [
                {"source": issue.source, "record": issue.record, "reason": issue.reason} for issue in self.rejections
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    text: str
    step: int | None
    mode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """All that a file says about one trace."""

    record: str
    trace: str
    verdict: Verdict
    notes: tuple[_Note, ...]
    comment: str | None


def annotate_file(
    store: Store, project: Project, path: Path, *, coder: str, steps: StepCounting = StepCounting.INDEX
) -> AnnotateReport:
    """Write the annotations of a file as `coder`; what is already there in the same words is left as it is.

    Rows that name no trace, no verdict or no existing step are rejected and listed; the others are written together.
    Raises UnreadableSource when nothing of the file can be read.
    """
    return annotate_rows(store, project, list(annotation_rows(path)), source=path.name, coder=coder, steps=steps)


def annotate_rows(
    store: Store,
    project: Project,
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    source: str,
    coder: str,
    steps: StepCounting = StepCounting.INDEX,
) -> AnnotateReport:
    """Write annotations given as (record label, columns)."""
    report = AnnotateReport()
    groups: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for record, row in rows:
        name = _text(row.get("trace"))
        if name is None:
            report.rejections.append(ImportIssue(source=source, record=record, reason="the column trace is empty"))
            continue
        groups.setdefault(name, []).append((record, row))
    with store.write() as connection:
        writer = _Writer(connection, project, coder, steps, report)
        for name, group in groups.items():
            try:
                writer.write(_entry(name, group))
            except EvaldashError as error:
                report.rejections.append(ImportIssue(source=source, record=group[0][0], reason=str(error)))
        writer.finish()
    return report


class _Writer:
    """Writes entry after entry in one transaction, and the modes they name as one change at the end."""

    def __init__(
        self, connection: Connection, project: Project, coder: str, steps: StepCounting, report: AnnotateReport
    ) -> None:
        self.connection = connection
        self.project = project
        self.coder = coder
        self.steps = steps
        self.report = report
        self.modes: dict[str, str] = {}  # code id -> name of its mode
        self.batch_of = {trace: number for trace, (number, _) in batches.first_batch_of(connection, project).items()}

    def write(self, entry: _Entry) -> None:
        trace = self._trace(entry.trace)
        before = self._before(trace.id)
        codes = _codes(entry, trace, self.steps, before)
        reading = Reading(
            id=uuid.uuid4().hex,
            trace=trace.id,
            verdict=entry.verdict,
            codes=codes,
            comment=entry.comment,
            batch=self.batch_of.get(trace.id),
        )
        self.modes |= {
            code.id: note.mode for code, note in zip(codes, entry.notes, strict=True) if note.mode is not None
        }
        if before is not None and _same(before, reading):
            self.report.annotations_unchanged += 1
            return
        known = {code.id for code in before.codes} if before else set()
        batch = None if reading.batch is None else batches.key_of(self.connection, self.project, reading.batch)
        readings.add(
            self.connection, self.project, reading, coder=self.coder, trace_key=trace.head.key, batch_key=batch
        )
        self.report.annotations_new += 1
        self.report.codes_new += sum(code.id not in known for code in codes)

    def finish(self) -> None:
        """Put the codes into the modes the file names, making modes that are not there."""
        taxonomy = _with_modes(taxonomies.load(self.connection, self.project), self.modes)
        if taxonomy is not None:
            summary = f"{len(self.modes)} codes came with a mode"
            taxonomies.save(self.connection, self.project, taxonomy, action="annotate", summary=summary, by=self.coder)
        if self.report.annotations_new or taxonomy is not None:
            what = f"brought {self.report.annotations_new} annotations from a file"
            projects.record(self.connection, self.project, who=self.coder, what=what)
            projects.touch(self.connection, self.project)

    def _trace(self, name: str) -> StoredTrace:
        found = traces.resolve(self.connection, self.project, name)
        return traces.load(self.connection, self.project, [found])[0]

    def _before(self, trace: str) -> Annotation | None:
        there = readings.current(self.connection, self.project, coder=self.coder, trace_ids=[trace])
        return there[0] if there else None


def _with_modes(taxonomy: Taxonomy, named: Mapping[str, str]) -> Taxonomy | None:
    """Return the taxonomy with each code in the mode named for it, None if that is so already."""
    by_name = {mode.name.casefold(): mode for mode in taxonomy.modes}
    for name in named.values():
        by_name.setdefault(name.casefold(), FailureMode(id=uuid.uuid4().hex, name=name))
    assignments = {**taxonomy.assignments, **{code: by_name[name.casefold()].id for code, name in named.items()}}
    if assignments == dict(taxonomy.assignments):
        return None
    return replace(taxonomy, modes=tuple(by_name.values()), assignments=assignments)


def _codes(
    entry: _Entry, trace: StoredTrace, counting: StepCounting, before: Annotation | None
) -> tuple[OpenCode, ...]:
    """Return the codes of an entry; one that stands there in the same words at the same step keeps its id."""
    left = list(before.codes) if before else []
    codes = []
    for note in entry.notes:
        step = _step(note.step, trace, counting)
        same = next((code for code in left if (code.text, code.step) == (note.text, step)), None)
        if same is not None:
            left.remove(same)
        codes.append(OpenCode(id=same.id if same else uuid.uuid4().hex, text=note.text, step=step))
    return tuple(codes)


def _step(number: int | None, trace: StoredTrace, counting: StepCounting) -> int | None:
    """Return the index from 1 of the step the file means."""
    if number is None:
        return None
    if counting is StepCounting.INDEX:
        if 1 <= number <= len(trace.steps):
            return number
        raise InvalidInput(f"step must be between 1 and {len(trace.steps)}, got {number}")
    position = number - (counting is StepCounting.SOURCE1)
    for index, step in enumerate(trace.steps, start=1):
        if position in step.source_positions:
            return index
    raise InvalidInput(f"no step stands at position {number} of the source ({counting.value}); check how it counts")


def _same(before: Annotation, reading: Reading) -> bool:
    return (before.verdict, before.comment or None, before.codes) == (
        reading.verdict,
        reading.comment,
        reading.codes,
    )


def _entry(name: str, group: Sequence[tuple[str, Mapping[str, Any]]]) -> _Entry:
    verdicts = {value.lower() for _, row in group if (value := _text(row.get("verdict")))}
    if len(verdicts) != 1 or not verdicts <= set(Verdict):
        got = ", ".join(sorted(verdicts)) or "nothing"
        raise InvalidInput(f"trace {name}: verdict must be pass, fail or deferred, got {got}")
    comments = [text for _, row in group if (text := _text(row.get("comment")))]
    return _Entry(
        record=group[0][0],
        trace=name,
        verdict=Verdict(verdicts.pop()),
        notes=tuple(dict.fromkeys(note for _, row in group for note in _notes(name, row))),
        comment="\n".join(dict.fromkeys(comments)) or None,
    )


def _notes(name: str, row: Mapping[str, Any]) -> Iterator[_Note]:
    many = row.get("codes")
    if isinstance(many, list):
        for item in many:
            yield from _notes(name, item if isinstance(item, dict) else {"code": item})
    text, mode = _text(row.get("code", row.get("text"))), _text(row.get("mode"))
    if text or mode:
        yield _Note(text=text or mode or "", step=_number(name, row.get("step")), mode=mode)


def _number(name: str, value: Any) -> int | None:
    text = _text(value)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.5
    if not number.is_integer():
        raise InvalidInput(f"trace {name}: step must be a whole number, got {text!r}")
    return int(number)


def _text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and value.is_integer()):
        return None if value is None else str(int(value))
    return str(value).strip() or None
