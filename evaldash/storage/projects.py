"""Projects, and who did what in them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, func, select

from evaldash.domain.stored import Project, ProjectSummary
from evaldash.domain.trace import Json
from evaldash.storage import fulltext
from evaldash.storage.readings import RETRACTED
from evaldash.storage.schema import audit, modes, projects, readings, traces
from evaldash.storage.text import storable_json

FIRST_REVISIONS = 2**30  # a revision begins below this; the column holds twice as much


def create(connection: Connection, name: str) -> Project:
    """Add a project; its name must not be taken."""
    now = datetime.now(UTC)
    # Not from 0: SQLite gives the key of a deleted project again, and caches would take the one for the other.
    first = secrets.randbelow(FIRST_REVISIONS)
    result = connection.execute(projects.insert().values(name=name, created_at=now, settings={}, revision=first))
    key = result.inserted_primary_key
    assert key is not None
    return Project(key=key[0], name=name, revision=first)


def find(connection: Connection, name: str) -> Project | None:
    """Return the project of that name, if there is one."""
    row = connection.execute(select(projects).where(projects.c.name == name)).one_or_none()
    return None if row is None else _project(row)


def all_projects(connection: Connection) -> list[Project]:
    """Return all projects, oldest first."""
    return [_project(row) for row in connection.execute(select(projects).order_by(projects.c.key))]


def summaries(connection: Connection) -> list[ProjectSummary]:
    """Return each project with its counts: traces, traces times coders that are annotated, modes of today."""
    return [
        ProjectSummary(
            name=project.name,
            traces=_count(connection, select(func.count()).where(traces.c.project == project.key)),
            annotations=count_annotated(connection, project),
            modes=_count(
                connection, select(func.count()).where(modes.c.project == project.key, modes.c.until.is_(None))
            ),
        )
        for project in all_projects(connection)
    ]


def count_annotated(connection: Connection, project: Project) -> int:
    """Return how many pairs of trace and coder have an annotation that is not taken back."""
    newest = (
        select(func.max(readings.c.key))
        .where(readings.c.project == project.key)
        .group_by(readings.c.trace, readings.c.coder)
    )
    return _count(
        connection,
        select(func.count()).where(readings.c.key.in_(newest), readings.c.verdict != RETRACTED),
    )


def delete(connection: Connection, project: Project) -> None:
    """Remove a project with all that belongs to it."""
    fulltext.forget(connection, traces.c.project == project.key)
    connection.execute(projects.delete().where(projects.c.key == project.key))


def touch(connection: Connection, project: Project) -> None:
    """Say that something of the project changed: caches keyed by its revision are out of date."""
    connection.execute(projects.update().where(projects.c.key == project.key).values(revision=projects.c.revision + 1))


def setting(connection: Connection, project: Project, name: str) -> Json:
    """Return what a project was set to under a name, None where it was not."""
    found = connection.execute(select(projects.c.settings).where(projects.c.key == project.key)).scalar_one()
    return found.get(name) if isinstance(found, dict) else None


def set_setting(connection: Connection, project: Project, name: str, value: Json) -> None:
    """Set something of a project; the other settings stay."""
    query = select(projects.c.settings).where(projects.c.key == project.key).with_for_update()
    settings = connection.execute(query).scalar_one()
    kept = settings if isinstance(settings, dict) else {}
    changed = {**kept, name: storable_json(value)}
    connection.execute(projects.update().where(projects.c.key == project.key).values(settings=changed))


def set_deciding_coder(connection: Connection, project: Project, coder: str | None) -> None:
    """Say whose verdict counts where coders differ; None: the first coder's."""
    connection.execute(projects.update().where(projects.c.key == project.key).values(deciding_coder=coder))


def record(connection: Connection, project: Project | None, *, who: str | None, what: str) -> None:
    """Add a line to the audit trail."""
    connection.execute(
        audit.insert().values(
            project=project.key if project else None, at=datetime.now(UTC), who=who or "unnamed", what=what
        )
    )


def trail(connection: Connection, project: Project, *, limit: int) -> list[tuple[datetime, str, str]]:
    """Return the last lines of the audit trail, newest first: when, who, what."""
    query = (
        select(audit.c.at, audit.c.who, audit.c.what)
        .where(audit.c.project == project.key)
        .order_by(audit.c.key.desc())
        .limit(limit)
    )
    return [(row.at, row.who, row.what) for row in connection.execute(query)]


def _count(connection: Connection, query: object) -> int:
    return int(connection.execute(query).scalar_one())  # type: ignore[call-overload]


def _project(row: Row[tuple[object, ...]]) -> Project:
    return Project(key=row.key, name=row.name, revision=row.revision, deciding_coder=row.deciding_coder)
