"""Import: files become traces in the store; what could not be read is counted, kept and shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from evaldash.domain.counting import count_of
from evaldash.domain.searching import characters_of
from evaldash.domain.stored import Project
from evaldash.domain.trace import ImportIssue, Trace, Unit, is_single_turn, joined
from evaldash.errors import Cancelled, InvalidInput, UnreadableSource
from evaldash.importers import FileReading, Mapping, Part, Skipped, SourceFile, Spool, Told, kept_of, read_file
from evaldash.services.archiving import import_project
from evaldash.services.fields import refresh_fields
from evaldash.services.import_report import FileReport, ImportReport, TextKept
from evaldash.services.projects import checked_version, ensure_project
from evaldash.storage import imports, projects, traces
from evaldash.storage.store import Store

# What goes into one transaction: the more, the less is merged in the index later; a second or two of work.
PORTION_TRACES = 1_000
PORTION_CHARACTERS = 20_000_000  # of what was said and done: bounds the memory where traces are long
CHECKED = 200  # records between two looks whether to stop

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all, words
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import and how. `project` None: named after the first path."""

    project: str | None = None
    format: str | None = None
    mapping: Mapping | None = None
    unit: Unit = Unit.AUTO
    version: str | None = None
    dry_run: bool = False
    coder: str | None = None


def import_files(
    store: Store,
    sources: Iterable[SourceFile | Skipped],
    request: ImportRequest,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ImportReport:
    """Read the sources into a project, which is made when the first trace is there to go into it.

    A record that cannot be read is rejected and listed; a file that cannot be read is a rejection of its own.
    Raises UnreadableSource when nothing at all could be read (then the store is as it was), Cancelled when stopped
    (then what came in before stays, and the same import again brings the rest). A project that was exported comes
    back whole, as a project of its own, or not at all.
    """
    given = list(sources)
    if any(isinstance(source, SourceFile) and source.is_project for source in given):
        _refuse_options(request)
        return import_project(
            store, given, name=request.project, who=request.coder, dry_run=request.dry_run,
            progress=progress, should_stop=should_stop,
        )  # fmt: skip
    if request.version:
        request = replace(request, version=checked_version(request.version))
    return _Run(store, request, progress, should_stop).over(given)


def _refuse_options(request: ImportRequest) -> None:
    """Refuse what says how traces are read: those of a project that was exported were read before."""
    plain = ImportRequest()
    for name in ("format", "mapping", "unit", "version"):
        if getattr(request, name) != getattr(plain, name):
            raise InvalidInput(
                f"--{name} does not go with an exported project, which comes back as it was; leave it out"
            )


class _Run:
    """One import under way: the sources one after the other, traces written in portions.

    What waits for more of its trace waits on disk: parts until all files are read, then single turns of a session
    until the others of it are there.
    """

    def __init__(
        self, store: Store, request: ImportRequest, progress: Progress | None, should_stop: ShouldStop | None
    ) -> None:
        self.store = store
        self.request = request
        self.progress = progress
        self.should_stop = should_stop
        self.bytes_before = 0  # of the files that are read
        self.bytes_total = 0  # of all files
        self.report = ImportReport(project=request.project or "", text=TextKept() if request.dry_run else None)
        self.project: Project | None = None
        self.readings: list[tuple[FileReport, FileReading]] = []
        self.parts = Spool()  # (number of the reading, part) under format and group
        self.turns = Spool()  # (number of the reading, trace id, time, raw records) under the session
        self.portion: list[tuple[FileReport, Trace]] = []
        self.characters = 0  # of the portion
        self.seen: set[str] = set()  # ids of a dry run, which asks no store

    def over(self, sources: Sequence[SourceFile | Skipped]) -> ImportReport:
        started = time.monotonic()
        files = [source for source in sources if isinstance(source, SourceFile)]
        self.report.skipped = [source for source in sources if isinstance(source, Skipped)]
        if not self.report.project:
            self.report.project = _project_name(files)
        self.bytes_total = sum(source.size for source in files)
        with self.parts, self.turns:
            for number, source in enumerate(files):
                self._read(source, f"{source.name} ({number + 1} of {len(files)})")
                self.bytes_before += source.size
            self._put_together()
            self._join_sessions()
        self._write()
        self._close()
        self.report.seconds = time.monotonic() - started
        return self.report

    def _read(self, source: SourceFile, words: str) -> None:
        try:
            reading = read_file(source, format=self.request.format, mapping=self.request.mapping)
        except UnreadableSource as error:
            self.report.files.append(FileReport(path=source.name, format="", confidence=0.0, rejected=1))
            self.report.rejections.append(ImportIssue(source=source.name, record="the file", reason=str(error)))
            return
        file = FileReport(path=source.name, format=reading.format, confidence=reading.confidence)
        self.report.files.append(file)
        self.readings.append((file, reading))
        for count, item in enumerate(reading.items, start=1):
            if isinstance(item, Part):
                self.parts.put(f"{reading.format} {item.group}", [len(self.readings) - 1, item.value])
                self._check_stop(count)
            else:
                self._sort(len(self.readings) - 1, item)
            self._say(words, self.bytes_before + reading.bytes_read())

    def _put_together(self) -> None:
        """Make the traces whose parts stood in several records or files; they count to the file of their first part."""
        for done, group in enumerate(self.parts.groups(), start=1):
            numbers, values = zip(*group, strict=True)
            _, reading = self.readings[numbers[0]]
            for item in reading.assembled(values):
                self._sort(numbers[0], item)
            self._say(f"putting traces together: {done:,}", self.bytes_total)

    def _sort(self, number: int, item: Told | ImportIssue) -> None:
        """Write a trace soon, or keep it back when it may be one turn of a conversation."""
        file, _ = self.readings[number]
        if isinstance(item, ImportIssue):
            file.rejected += 1
            self.report.rejections.append(item)
        elif _may_join(item.trace, self.request.unit):
            trace = item.trace
            at = trace.started_at.timestamp() if trace.started_at else 0.0
            self.turns.put(str(trace.session), [number, trace.id, at, list(trace.raw)])
        else:
            self._take(file, item)

    def _join_sessions(self) -> None:
        """Make one trace of the turns of a session, by time; a turn that stands there twice counts once."""
        for done, group in enumerate(self.turns.groups(), start=1):
            self._say(f"joining the turns of sessions: {done:,}", self.bytes_total)
            turns: dict[str, Any] = {}
            for turn in group:
                turns.setdefault(turn[1], turn)
            ordered = sorted(turns.values(), key=lambda turn: turn[2])
            told = [self.readings[n][1].again(raw, trace_id) for n, trace_id, _, raw in ordered]
            file, _ = self.readings[ordered[0][0]]
            file.duplicate += len(group) - len(turns)
            alone = len(told) == 1 and self.request.unit is not Unit.SESSION
            whole = told[0].trace if alone else joined([item.trace for item in told])
            self._take(file, Told(whole, tuple(dict.fromkeys(f for item in told for f in item.not_understood))))

    def _take(self, file: FileReport, told: Told) -> None:
        trace = replace(told.trace, version=self.request.version) if self.request.version else told.trace
        self.report.not_understood.update(told.not_understood)
        if self.report.text is not None:
            _count_text(self.report.text, trace)
        self.portion.append((file, trace))
        self.characters += characters_of(trace.steps)
        if len(self.portion) >= PORTION_TRACES or self.characters >= PORTION_CHARACTERS:
            self._write()
        self._check_stop(len(self.portion))

    def _say(self, words: str, done: int) -> None:
        """Say how far the import is, in bytes over all files; an archive's members may be larger than it said."""
        if self.progress:
            self.progress(min(done, self.bytes_total), self.bytes_total, words)

    def _check_stop(self, count: int) -> None:
        if count % CHECKED == 0 and self.should_stop is not None and self.should_stop():
            self._write()
            raise Cancelled(
                f"the import was stopped; {self.report.new:,} traces are in, the same again brings the rest"
            )

    def _write(self) -> None:
        if self.request.dry_run:
            self._count_only()
        elif self.portion:
            self._store()
        self.portion, self.characters = [], 0

    def _store(self) -> None:
        if self.project is None:
            self.project = ensure_project(self.store, self.report.project, who=self.request.coder)
        with self.store.write() as connection:
            if self.report.key is None:
                self.report.key = imports.start(
                    connection,
                    self.project,
                    paths=[file.path for file in self.report.files],
                    unit=self.request.unit.value,
                    version=self.request.version,
                    by=self.request.coder,
                )
            for file, group in groupby(self.portion, key=lambda item: item[0]):
                added = traces.add(connection, self.project, self.report.key, [trace for _, trace in group])
                file.new += added.new
                file.duplicate += added.duplicate
                file.updated += added.updated
            projects.touch(connection, self.project)

    def _count_only(self) -> None:
        there = self._already_there([trace.id for _, trace in self.portion])
        for file, trace in self.portion:
            known = trace.id in there or trace.id in self.seen
            self.seen.add(trace.id)
            file.duplicate += known
            file.new += not known

    def _already_there(self, ids: Sequence[str]) -> set[str]:
        with self.store.read() as connection:
            project = projects.find(connection, self.report.project)
            return set(traces.keys_of(connection, project, ids)) if project else set()

    def _close(self) -> None:
        if self.report.new + self.report.duplicate == 0:
            raise self.report.nothing_read()
        if self.project is None or self.report.key is None:
            return
        with self.store.write() as connection:
            imports.add_issues(connection, self.report.key, self.report.rejections)
            imports.finish(connection, self.report.key, self.report.as_json())
            refresh_fields(connection, self.project)
            what = f"imported {count_of(self.report.new, 'trace')} ({self.report.duplicate} were there, "
            projects.record(
                connection, self.project, who=self.request.coder, what=f"{what}{self.report.rejected} rejected)"
            )
            projects.touch(connection, self.project)


def _may_join(trace: Trace, unit: Unit) -> bool:
    """Tell whether a trace may be a turn of a longer conversation."""
    if trace.session is None or unit is Unit.TRACE:
        return False
    return unit is Unit.SESSION or is_single_turn(trace)


def _count_text(text: TextKept, trace: Trace) -> None:
    found = kept_of(trace)
    text.total += found.total
    text.kept += found.kept
    text.missing.update(item.path for item in found.missing)


def _project_name(files: Sequence[SourceFile]) -> str:
    if not files:
        raise InvalidInput("there is nothing to import: no file was found under the given paths")
    first = Path(files[0].root or files[0].name)
    return first.name.split(".")[0] or "project"
