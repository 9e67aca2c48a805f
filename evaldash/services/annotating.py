"""Annotations from a file: what a team coded elsewhere, in a spreadsheet, CSV or JSON."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from evaldash.domain.coding import Annotation, OpenCode, Reading, Verdict
from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project, StoredTrace
from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.domain.trace import ImportIssue
from evaldash.errors import EvaldashError, InvalidInput, StoreError
from evaldash.importers import SourceFile, find
from evaldash.importers.annotation_entries import Entry, cell_text, entry_of
from evaldash.importers.annotation_rows import AnnotationSheet, Row, read_annotations
from evaldash.services.projects import checked_coder
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
    modes: set[str] = field(default_factory=set)  # that the file names
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    coders: Counter[str] = field(default_factory=Counter)  # who coded how many traces
    rejections: list[ImportIssue] = field(default_factory=list)
    columns: Mapping[str, str] = field(default_factory=dict)  # column of the file -> what it was taken for
    not_understood: Mapping[str, int] = field(default_factory=dict)  # column without a meaning -> rows that fill it

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return {
            "annotations_new": self.annotations_new,
            "annotations_unchanged": self.annotations_unchanged,
            "codes_new": self.codes_new,
            "rejections": [
                {"source": issue.source, "record": issue.record, "reason": issue.reason} for issue in self.rejections
            ],
            "coders": [{"coder": coder, "annotations": count} for coder, count in self.coders.most_common()],
            "columns": dict(self.columns),
            "not_understood": [{"field": name, "rows": rows} for name, rows in self.not_understood.items()],
        }


def annotate_file(
    store: Store,
    project: Project,
    path: Path,
    *,
    coder: str,
    steps: StepCounting = StepCounting.INDEX,
    dry_run: bool = False,
) -> AnnotateReport:
    """Write the annotations of the file at `path`; see annotate_source."""
    sources = [item for item in find([str(path)]) if isinstance(item, SourceFile)]
    if path.is_dir() or not sources:
        raise InvalidInput(f"annotations come from one file at a time, got the folder {path}; name a file of it")
    return annotate_source(store, project, sources[0], coder=coder, steps=steps, dry_run=dry_run)


def annotate_source(
    store: Store,
    project: Project,
    source: SourceFile,
    *,
    coder: str,
    steps: StepCounting = StepCounting.INDEX,
    dry_run: bool = False,
) -> AnnotateReport:
    """Write the annotations of a file as `coder`, or as whom its column `coder` names.

    What is already there in the same words is left as it is. Rows that name no trace, no verdict or no existing step
    are rejected and listed; the others are written together. A dry run reports the same and writes nothing.
    Raises UnreadableSource when nothing of the file can be read.
    """
    sheet = read_annotations(source)
    return annotate_sheet(store, project, sheet, source=source.name, coder=coder, steps=steps, dry_run=dry_run)


def annotate_sheet(
    store: Store,
    project: Project,
    sheet: AnnotationSheet,
    *,
    source: str,
    coder: str,
    steps: StepCounting = StepCounting.INDEX,
    dry_run: bool = False,
) -> AnnotateReport:
    """Write annotations that were read already; `source` names them in rejections."""
    report = AnnotateReport(rejections=list(sheet.issues), columns=sheet.columns, not_understood=sheet.not_understood)
    groups = _by_trace(sheet, source, coder, report)
    with store.read() if dry_run else store.write() as connection:
        writer = _Writer(connection, project, coder, steps, report, dry_run=dry_run)
        for (who, name), group in groups.items():
            try:
                writer.write(entry_of(name, who, group))
            except StoreError:
                raise  # no fault of the row
            except EvaldashError as error:
                report.rejections.append(ImportIssue(source=source, record=group[0][0], reason=str(error)))
        writer.finish()
    return report


def _by_trace(
    sheet: AnnotationSheet, source: str, coder: str, report: AnnotateReport
) -> dict[tuple[str, str], list[Row]]:
    """Return the rows by coder and name of the trace; one that names none is rejected."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for record, row in sheet.rows:
        name = cell_text(row.get("trace"))
        if name is None:
            report.rejections.append(ImportIssue(source=source, record=record, reason="the column trace is empty"))
            continue
        try:
            who = checked_coder(cell_text(row.get("coder")) or coder)
        except InvalidInput as error:
            report.rejections.append(ImportIssue(source=source, record=record, reason=str(error)))
            continue
        groups.setdefault((who, name), []).append((record, row))
    return groups


class _Writer:
    """Writes entry after entry in one transaction, and the modes they name as one change at the end."""

    def __init__(
        self,
        connection: Connection,
        project: Project,
        coder: str,
        steps: StepCounting,
        report: AnnotateReport,
        *,
        dry_run: bool,
    ) -> None:
        self.connection = connection
        self.project = project
        self.coder = coder
        self.steps = steps
        self.report = report
        self.dry_run = dry_run
        self.modes: dict[str, str] = {}  # code id -> name of its mode
        self.batch_of = {trace: number for trace, (number, _) in batches.first_batch_of(connection, project).items()}

    def write(self, entry: Entry) -> None:
        trace = self._trace(entry.trace)
        before = self._before(trace.id, entry.coder)
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
        self.report.coders[entry.coder] += 1
        self.report.verdicts[entry.verdict] += 1
        self.report.modes |= {note.mode for note in entry.notes if note.mode is not None}
        if before is not None and _same(before, reading):
            self.report.annotations_unchanged += 1
            return
        known = {code.id for code in before.codes} if before else set()
        if not self.dry_run:
            batch = None if reading.batch is None else batches.key_of(self.connection, self.project, reading.batch)
            readings.add(
                self.connection, self.project, reading, coder=entry.coder, trace_key=trace.head.key, batch_key=batch
            )
        self.report.annotations_new += 1
        self.report.codes_new += sum(code.id not in known for code in codes)

    def finish(self) -> None:
        """Put the codes into the modes the file names, making modes that are not there."""
        if self.dry_run:
            return
        taxonomy = _with_modes(taxonomies.load(self.connection, self.project), self.modes)
        if taxonomy is not None:
            summary = f"{count_of(len(self.modes), 'note')} came with a mode"
            taxonomies.save(self.connection, self.project, taxonomy, action="annotate", summary=summary, by=self.coder)
        if self.report.annotations_new or taxonomy is not None:
            what = f"brought {count_of(self.report.annotations_new, 'annotation')} from a file"
            projects.record(self.connection, self.project, who=self.coder, what=what)
            projects.touch(self.connection, self.project)

    def _trace(self, name: str) -> StoredTrace:
        found = traces.resolve(self.connection, self.project, name)
        return traces.load(self.connection, self.project, [found])[0]

    def _before(self, trace: str, coder: str) -> Annotation | None:
        there = readings.current(self.connection, self.project, coder=coder, trace_ids=[trace])
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


def _codes(entry: Entry, trace: StoredTrace, counting: StepCounting, before: Annotation | None) -> tuple[OpenCode, ...]:
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
        raise InvalidInput(
            f"step must be between 1 and {len(trace.steps)}, got {number}; where the file counts the messages of the "
            "source, say so (--steps source0 or source1)"
        )
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
