"""A project out as one open file, and back as an equal project: `docs/archive.md` describes it."""

from __future__ import annotations

import json
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evaldash import __version__
from evaldash.domain.stored import Project
from evaldash.errors import Cancelled, Conflict, InvalidInput, UnreadableSource
from evaldash.importers import Skipped, SourceFile
from evaldash.importers.archives import PROJECT
from evaldash.services.archive_members import FORMAT, VERSION, Archive, Member, open_archive, write_member
from evaldash.services.import_report import FileReport, ImportReport
from evaldash.services.projects import MAX_NAME
from evaldash.storage import archive as stored
from evaldash.storage import fulltext, migrate, projects
from evaldash.storage.store import Connection, Store

Progress = Callable[[int, int, str], None]  # done, in all, words


def export_project(store: Store, project: Project, path: Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Write all of a project to `path`, as it is at one moment; a file that is there is replaced once all is written.

    Returns the manifest. Raises InvalidInput where the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        os.close(handle)
        part = Path(name)
        try:
            manifest = _write(store, project, part, progress)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(f"--output {path} cannot be written: {error.strerror}; choose another place") from error
    return manifest


def _write(store: Store, project: Project, path: Path, progress: Progress | None) -> dict[str, Any]:
    tables = stored.tables()
    with zipfile.ZipFile(path, "w") as archive, store.read() as connection:
        members = []
        for done, table in enumerate(tables):
            if progress is not None:
                progress(done, len(tables), table.name)
            rows = stored.rows_of(connection, project, table)
            members.append(write_member(archive, table.name, stored.fields_of(table), rows))
        manifest = _manifest(project, members)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        archive.writestr(zipfile.ZipInfo(PROJECT), text, compress_type=zipfile.ZIP_DEFLATED)
    return manifest


def _manifest(project: Project, members: Iterable[Member]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "evaldash": __version__,
        "schema": migrate.newest_revision(),
        "project": project.name,
        "exported_at": datetime.now(UTC).isoformat(),
        "members": {member.name: member.as_json() for member in members},
    }


def import_project(
    store: Store,
    sources: Iterable[SourceFile | Skipped],
    *,
    name: str | None = None,
    who: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> ImportReport:
    """Read the archive among the sources, which must be alone, into a new project: all of it, or nothing.

    `name` None: as it was called. Raises Conflict where a project of that name is there, UnreadableSource for an
    archive that is newer, damaged or not what its manifest says, Cancelled when stopped.
    """
    started = time.monotonic()
    source, *others = sources
    if others or not isinstance(source, SourceFile):
        raise InvalidInput("an archive of a project is read alone; import it by itself, and the other files after it")
    archive = open_archive(source)
    chosen = " ".join((name or archive.project).split())
    if not chosen or len(chosen) > MAX_NAME:
        raise InvalidInput(f"a project name has 1 to {MAX_NAME} characters, got {len(chosen)}; use --project NAME")
    _refuse_known(store, chosen)
    look = _Look(2 * sum(member.bytes for member in archive.members.values()), progress, should_stop)
    archive.check(look)
    if not dry_run:
        _load(store, archive, chosen, who, look)
    told = next((member.rows for member in archive.members.values() if member.table == "traces"), 0)
    file = FileReport(path=source.name, format="evaldash", confidence=1.0, new=told)
    return ImportReport(project=chosen, files=[file], seconds=time.monotonic() - started)


class _Look:
    """Counts the bytes that are done, tells them, and stops when asked to."""

    def __init__(self, total: int, progress: Progress | None, should_stop: Callable[[], bool] | None) -> None:
        self.done = 0
        self.total = total
        self.progress = progress
        self.should_stop = should_stop

    def __call__(self, count: int, words: str = "checking the archive") -> None:
        self.done = min(self.done + count, self.total)
        if self.progress is not None:
            self.progress(self.done, self.total, words)
        if self.should_stop is not None and self.should_stop():
            raise Cancelled("the import was stopped; nothing of the project came in")


def _refuse_known(store: Store, name: str) -> None:
    with store.read() as connection:
        if projects.find(connection, name) is not None:
            raise Conflict(
                f"there is a project {name!r} already, and an archive becomes a project of its own; name another one "
                "with --project NAME, or delete that one first"
            )


def _load(store: Store, archive: Archive, name: str, who: str | None, look: _Look) -> None:
    by_table = {member.table: member for member in archive.members.values()}
    tables = stored.tables()
    _refuse_unknown(archive, {table.name: {field.name for field in stored.fields_of(table)} for table in tables})
    # Minutes of work on a project that nobody sees before its end: who codes elsewhere need not wait for it.
    with store.write(alone=False) as connection:
        loader = stored.Loader(connection, name)
        for table in tables:
            if table.name in by_table:
                member = by_table[table.name]
                for rows in archive.rows(member, stored.fields_of(table)):
                    loader.add(table, rows)
                    look(member.bytes * len(rows) // max(member.rows, 1), table.name)
        look(0, "making the search index")
        loader.finish()
        _record(connection, loader.project, archive, who)
    with store.write() as connection:
        fulltext.settle(connection)


def _record(connection: Connection, project: Project, archive: Archive, who: str | None) -> None:
    written = str(archive.about.get("exported_at", ""))[:19]
    projects.record(connection, project, who=who, what=f"read the project from an archive of {written}")


def _refuse_unknown(archive: Archive, known: dict[str, set[str]]) -> None:
    """Refuse what a newer evaldash kept and this one has no place for: leaving it out would lose it unseen."""
    for member in archive.members.values():
        unknown = set(member.columns) - known.get(member.table, set())
        if member.table not in known or unknown:
            what = f"the table {member.table}" if member.table not in known else f"{member.table}.{min(unknown)}"
            raise UnreadableSource(
                f"{archive.source.name} was written by evaldash {archive.about.get('evaldash')} and holds {what}, "
                "which this evaldash does not know; install a newer one"
            )
