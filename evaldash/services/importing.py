"""Import: files become traces in the store; what could not be read is counted, kept and shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from evaldash.domain.stored import Project
from evaldash.domain.trace import ImportIssue, Trace, Unit, is_single_turn, joined
from evaldash.errors import Cancelled, EvaldashError, InvalidInput, UnreadableSource
from evaldash.importers import Mapping, Skipped, SourceFile, read_file
from evaldash.services.projects import ensure_project
from evaldash.storage import imports, projects, traces
from evaldash.storage.store import Store

BATCH = 200  # traces in one transaction: a few megabytes, a fraction of a second
MAX_SHOWN_REJECTIONS = 1_000  # in a report; the store keeps all of them

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


@dataclass(slots=True, eq=False)
class FileReport:
    """What became of one file."""

    path: str
    format: str
    confidence: float
    new: int = 0
    duplicate: int = 0
    updated: int = 0
    rejected: int = 0


@dataclass(slots=True)
class ImportReport:
    """What became of an import; `as_json` is its documented form."""

    project: str
    key: int | None = None
    files: list[FileReport] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    rejections: list[ImportIssue] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def new(self) -> int:
        """How many traces came in."""
        return sum(file.new for file in self.files)

    @property
    def duplicate(self) -> int:
        """How many were there already."""
        return sum(file.duplicate for file in self.files)

    @property
    def updated(self) -> int:
        """How many were there already and got new feedback."""
        return sum(file.updated for file in self.files)

    @property
    def rejected(self) -> int:
        """How many records could not be read."""
        return sum(file.rejected for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        main = max(self.files, key=lambda file: file.new + file.duplicate, default=None)
        return {
            "project": self.project,
            "import": self.key,
            "files": [
                {
                    "path": file.path,
                    "format": file.format,
                    "confidence": round(file.confidence, 2),
                    "new": file.new,
                    "duplicate": file.duplicate,
                    "rejected": file.rejected,
                }
                for file in self.files
            ],
            "skipped": [{"source": item.source, "reason": item.reason} for item in self.skipped],
            "format": main.format if main else None,
            "confidence": round(main.confidence, 2) if main else None,
            "traces_new": self.new,
            "traces_duplicate": self.duplicate,
            "traces_updated": self.updated,
            "records_rejected": self.rejected,
            "rejections": [
                {"source": issue.source, "record": issue.record, "reason": issue.reason}
                for issue in self.rejections[:MAX_SHOWN_REJECTIONS]
            ],
            "seconds": round(self.seconds, 3),
        }


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
    (then what came in before stays, and the same import again brings the rest).
    """
    return _Run(store, request, progress, should_stop).over(list(sources))


class _Run:
    """One import under way: the sources one after the other, traces written in portions."""

    def __init__(
        self, store: Store, request: ImportRequest, progress: Progress | None, should_stop: ShouldStop | None
    ) -> None:
        self.store = store
        self.request = request
        self.progress = progress
        self.should_stop = should_stop
        self.report = ImportReport(project=request.project or "")
        self.project: Project | None = None
        self.waiting: list[tuple[FileReport, Trace]] = []  # traces that may join others of their session
        self.portion: list[tuple[FileReport, Trace]] = []
        self.seen: set[str] = set()  # ids of a dry run, which asks no store

    def over(self, sources: Sequence[SourceFile | Skipped]) -> ImportReport:
        started = time.monotonic()
        files = [source for source in sources if isinstance(source, SourceFile)]
        self.report.skipped = [source for source in sources if isinstance(source, Skipped)]
        if not self.report.project:
            self.report.project = _project_name(files)
        for number, source in enumerate(files):
            self._read(source, number, len(files))
        for file, trace in _by_session(self.waiting, self.request.unit):
            self._take(file, trace)
        self._write()
        self._close()
        self.report.seconds = time.monotonic() - started
        return self.report

    def _read(self, source: SourceFile, number: int, of: int) -> None:
        try:
            reading = read_file(source, format=self.request.format, mapping=self.request.mapping)
        except UnreadableSource as error:
            self.report.files.append(FileReport(path=source.name, format="", confidence=0.0, rejected=1))
            self.report.rejections.append(ImportIssue(source=source.name, record="the file", reason=str(error)))
            return
        file = FileReport(path=source.name, format=reading.format, confidence=reading.confidence)
        self.report.files.append(file)
        for item in reading.items:
            if isinstance(item, ImportIssue):
                file.rejected += 1
                self.report.rejections.append(item)
            else:
                self._sort(file, self._labelled(item))
            if self.progress:
                self.progress(reading.bytes_read(), reading.bytes_total, f"{source.name} ({number + 1} of {of})")

    def _labelled(self, trace: Trace) -> Trace:
        return replace(trace, version=self.request.version) if self.request.version else trace

    def _sort(self, file: FileReport, trace: Trace) -> None:
        """Write a trace soon, or keep it back when it may be one turn of a conversation."""
        unit = self.request.unit
        joins = trace.session is not None and (unit is Unit.SESSION or (unit is Unit.AUTO and is_single_turn(trace)))
        if joins:
            self.waiting.append((file, trace))
        else:
            self._take(file, trace)

    def _take(self, file: FileReport, trace: Trace) -> None:
        self.portion.append((file, trace))
        if len(self.portion) >= BATCH:
            self._write()

    def _write(self) -> None:
        if self.should_stop is not None and self.should_stop():
            raise Cancelled(f"the import was stopped; {self.report.new} traces are in, import again to bring the rest")
        if self.request.dry_run:
            self._count_only()
        elif self.portion:
            self._store()
        self.portion = []

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
            raise _nothing_read(self.report)
        if self.project is None or self.report.key is None:
            return
        with self.store.write() as connection:
            imports.add_issues(connection, self.report.key, self.report.rejections)
            imports.finish(connection, self.report.key, self.report.as_json())
            what = f"imported {self.report.new} traces ({self.report.duplicate} were there, "
            projects.record(
                connection, self.project, who=self.request.coder, what=f"{what}{self.report.rejected} rejected)"
            )
            projects.touch(connection, self.project)


def _by_session(waiting: Sequence[tuple[FileReport, Trace]], unit: Unit) -> Iterator[tuple[FileReport, Trace]]:
    """Yield each conversation that the waiting traces make, counted to the file of its first turn."""
    sessions: dict[str | None, list[tuple[FileReport, Trace]]] = {}
    for file, trace in waiting:
        sessions.setdefault(trace.session, []).append((file, trace))
    for members in sessions.values():
        distinct = list({trace.id: (file, trace) for file, trace in reversed(members)}.values())[::-1]
        ordered = sorted(distinct, key=lambda item: item[1].started_at.timestamp() if item[1].started_at else 0.0)
        parts = [trace for _, trace in ordered]
        repeated = len(members) - len(distinct)
        ordered[0][0].duplicate += repeated
        yield ordered[0][0], parts[0] if len(parts) == 1 and unit is not Unit.SESSION else joined(parts)


def _project_name(files: Sequence[SourceFile]) -> str:
    if not files:
        raise InvalidInput("there is nothing to import: no file was found under the given paths")
    first = Path(files[0].root or files[0].name)
    return first.name.split(".")[0] or "project"


def _nothing_read(report: ImportReport) -> EvaldashError:
    if not report.rejections:
        names = ", ".join(file.path for file in report.files)
        return UnreadableSource(f"{names}: no record in it; export the traces again, or choose another file")
    first = report.rejections[0]
    more = f" ({report.rejected - 1} more like this)" if report.rejected > 1 else ""
    place = "" if first.source in first.reason else f"{first.source}: "
    where = "" if first.record == "the file" else f"{first.record}: "
    return UnreadableSource(f"nothing could be read. {place}{where}{first.reason}{more}")
