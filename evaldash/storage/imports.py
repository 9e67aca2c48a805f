"""Imports: what came in when, from where, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, select

from evaldash.domain.stored import Project
from evaldash.domain.trace import ImportIssue
from evaldash.storage import fulltext
from evaldash.storage.schema import batch_traces, import_issues, imports, readings, traces
from evaldash.storage.text import storable, storable_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One import and how many of its traces are there."""

    key: int
    at: datetime
    paths: Sequence[str]
    traces: int
    version: str | None
    unit: str
    report: Mapping[str, Any]  # as the import ended, see services.import_report; empty if it was broken off


def start(
    connection: Connection, project: Project, *, paths: Sequence[str], unit: str, version: str | None, by: str | None
) -> int:
    """Open an import; its report comes with `finish`."""
    values = {"project": project.key, "at": datetime.now(UTC), "paths": storable_json(list(paths)), "unit": unit}
    result = connection.execute(imports.insert().values(version=version, by=by, report={}, **values))
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def add_issues(connection: Connection, import_key: int, issues: Sequence[ImportIssue]) -> None:
    """Keep the records that could not be read, with their reasons."""
    rows = [
        {
            "import": import_key,
            "source": storable(issue.source),
            "record": storable(issue.record),
            "reason": storable(issue.reason),
            "raw": storable(issue.raw),
        }
        for issue in issues
    ]
    if rows:
        connection.execute(import_issues.insert(), rows)


def finish(connection: Connection, import_key: int, report: dict[str, Any]) -> None:
    """Keep what the import reported, and make what came in quick to find."""
    connection.execute(imports.update().where(imports.c.key == import_key).values(report=storable_json(report)))
    fulltext.settle(connection)


def listing(connection: Connection, project: Project) -> list[ImportRow]:
    """Return the imports of a project, oldest first."""
    query = (
        select(imports, func.count(traces.c.key).label("traces"))
        .outerjoin(traces, traces.c["import"] == imports.c.key)
        .where(imports.c.project == project.key)
        .group_by(imports.c.key)
        .order_by(imports.c.key)
    )
    return [
        ImportRow(
            key=row.key,
            at=row.at,
            paths=row.paths,
            traces=row.traces,
            version=row.version,
            unit=row.unit,
            report=row.report,
        )
        for row in connection.execute(query)
    ]


def issues(connection: Connection, import_key: int) -> list[ImportIssue]:
    """Return what an import could not read."""
    query = select(import_issues).where(import_issues.c["import"] == import_key).order_by(import_issues.c.key)
    return [
        ImportIssue(source=row.source, record=row.record, reason=row.reason, raw=row.raw)
        for row in connection.execute(query)
    ]


def undo(connection: Connection, project: Project, import_key: int) -> int:
    """Remove the traces of an import that nobody drew or read; return how many went."""
    drawn = exists(select(1).where(batch_traces.c.trace == traces.c.key))
    read = exists(select(1).where(readings.c.trace == traces.c.key))
    going = and_(traces.c.project == project.key, traces.c["import"] == import_key, ~drawn, ~read)
    fulltext.forget(connection, going)
    result = connection.execute(traces.delete().where(going))
    return result.rowcount


def set_version(connection: Connection, project: Project, import_key: int, version: str) -> int:
    """Relabel the traces of an import with a version of the product; return how many."""
    version = storable(version)
    connection.execute(
        imports.update().where(imports.c.key == import_key, imports.c.project == project.key).values(version=version)
    )
    result = connection.execute(
        traces.update().where(traces.c.project == project.key, traces.c["import"] == import_key).values(version=version)
    )
    return result.rowcount
