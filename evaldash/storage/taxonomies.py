"""The taxonomy over time: a row holds from the version that made it up to the one that ended it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, func, or_, select, update

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode, Taxonomy, TaxonomyChange
from evaldash.errors import NotFound
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import assignments, modes, taxonomy_versions
from evaldash.storage.text import storable

MODE_COLUMNS = ("id", "name", "definition", "applies_when", "not_when", "severity", "owner")


def newest_version(connection: Connection, project: Project) -> int:
    """Return the version of today; 0 where nothing was ever accepted."""
    query = select(func.max(taxonomy_versions.c.version)).where(taxonomy_versions.c.project == project.key)
    return int(connection.execute(query).scalar_one() or 0)


def load(connection: Connection, project: Project, version: int | None = None) -> Taxonomy:
    """Return the taxonomy at a version, by default today's; NotFound for a version there never was."""
    newest = newest_version(connection, project)
    wanted = newest if version is None else version
    if not 0 <= wanted <= newest:
        raise NotFound(f"there is no taxonomy version {wanted}; versions go from 0 to {newest}")
    mode_rows = connection.execute(
        select(modes).where(_held(modes, project, wanted)).order_by(modes.c.position, modes.c.key)
    )
    found = tuple(FailureMode(**{name: getattr(row, name) or "" for name in MODE_COLUMNS}) for row in mode_rows)
    rows = connection.execute(select(assignments.c.code, assignments.c.mode).where(_held(assignments, project, wanted)))
    return Taxonomy(
        version=wanted,
        published=_published(connection, project, wanted),
        modes=found,
        assignments={row.code: row.mode for row in rows},
    )


def present_modes(connection: Connection, project: Project) -> tuple[FailureMode, ...]:
    """Return today's failure modes in their order, without what they hold."""
    query = select(modes).where(modes.c.project == project.key, modes.c.until.is_(None))
    rows = connection.execute(query.order_by(modes.c.position, modes.c.key))
    return tuple(FailureMode(**{name: getattr(row, name) for name in MODE_COLUMNS}) for row in rows)


def modes_of(connection: Connection, project: Project, codes: Sequence[str]) -> dict[str, str]:
    """Return today's mode of each of the given codes that has one."""
    found: dict[str, str] = {}
    for chunk in in_chunks(codes):
        query = select(assignments.c.code, assignments.c.mode).where(
            assignments.c.project == project.key, assignments.c.until.is_(None), assignments.c.code.in_(chunk)
        )
        found |= {row.code: row.mode for row in connection.execute(query)}
    return found


def save(
    connection: Connection,
    project: Project,
    taxonomy: Taxonomy,
    *,
    action: str,
    summary: str,
    by: str,
    undoes: int | None = None,
    suggestion: int | None = None,
    event: str | None = None,
    before: Taxonomy | None = None,
) -> None:
    """Store `taxonomy` as the next version; only what changed is written.

    `event` is the browser's own name of the change; `was_made` knows it afterwards. `before` is today's taxonomy where
    the caller has loaded it in this transaction.
    """
    before = load(connection, project) if before is None else before
    version = before.version + 1
    connection.execute(
        taxonomy_versions.insert().values(
            project=project.key,
            version=version,
            action=action,
            summary=storable(summary),
            by=by,
            at=datetime.now(UTC),
            undoes=undoes,
            suggestion=suggestion,
            event=event,
        )
    )
    _save_modes(connection, project, before, taxonomy, version)
    _save_assignments(connection, project, before, taxonomy, version)


def was_made(connection: Connection, project: Project, event: str) -> bool:
    """Say whether a change was stored under this event already."""
    query = select(taxonomy_versions.c.version).where(
        taxonomy_versions.c.project == project.key, taxonomy_versions.c.event == event
    )
    return connection.execute(query).first() is not None


def was_used(connection: Connection, project: Project, mode: str) -> bool:
    """Say whether a failure mode of any version has this id."""
    query = select(modes.c.key).where(modes.c.project == project.key, modes.c.id == mode).limit(1)
    return connection.execute(query).first() is not None


def publish(connection: Connection, project: Project, version: int, name: str) -> None:
    """Name a version that has no name yet; it keeps that name for good."""
    nameless = (taxonomy_versions.c.version == version) & taxonomy_versions.c.published.is_(None)
    connection.execute(
        taxonomy_versions.update()
        .where(taxonomy_versions.c.project == project.key, nameless)
        .values(published=storable(name))
    )


def history(connection: Connection, project: Project) -> list[TaxonomyChange]:
    """Return all changes, oldest first."""
    query = (
        select(taxonomy_versions)
        .where(taxonomy_versions.c.project == project.key)
        .order_by(taxonomy_versions.c.version)
    )
    names = ("version", "action", "summary", "by", "at", "published")
    return [TaxonomyChange(**{name: getattr(row, name) for name in names}) for row in connection.execute(query)]


def undoable(connection: Connection, project: Project) -> int | None:
    """Return the newest version that is neither an undo nor was taken back by one; None if there is nothing left."""
    query = select(taxonomy_versions.c.version, taxonomy_versions.c.undoes).where(
        taxonomy_versions.c.project == project.key
    )
    rows = connection.execute(query).all()
    in_force = _undos_in_force(rows)
    left = [row.version for row in rows if row.undoes is None and row.version not in in_force.values()]
    return max(left, default=None)


def redoable(connection: Connection, project: Project) -> int | None:
    """Return the newest undo that holds, as no change came after it and none brought it back; None if there is none."""
    query = select(taxonomy_versions.c.version, taxonomy_versions.c.undoes).where(
        taxonomy_versions.c.project == project.key
    )
    rows = connection.execute(query).all()
    changed = max((row.version for row in rows if row.undoes is None), default=0)
    return max((version for version in _undos_in_force(rows) if version > changed), default=None)


def _undos_in_force(rows: Iterable[Any]) -> dict[int, int]:
    """Return version -> version taken back, of the undos that were not taken back themselves."""
    undos = {row.version: row.undoes for row in rows if row.undoes is not None}
    brought_back = {undone for undone in undos.values() if undone in undos}
    return {v: undone for v, undone in undos.items() if v not in brought_back and undone not in undos}


def _held(table: Table, project: Project, version: int) -> Any:
    return and_(
        table.c.project == project.key,
        table.c.since <= version,
        or_(table.c.until.is_(None), table.c.until > version),
    )


def _published(connection: Connection, project: Project, version: int) -> str | None:
    query = select(taxonomy_versions.c.published).where(
        taxonomy_versions.c.project == project.key, taxonomy_versions.c.version == version
    )
    return connection.execute(query).scalar_one_or_none()


def _save_modes(connection: Connection, project: Project, before: Taxonomy, after: Taxonomy, version: int) -> None:
    old = {mode.id: (position, mode) for position, mode in enumerate(before.modes)}
    new = {mode.id: (position, mode) for position, mode in enumerate(after.modes)}
    _end(
        connection,
        modes.c.id,
        project,
        [mode_id for mode_id, entry in old.items() if new.get(mode_id) != entry],
        version,
    )
    fresh = [entry for mode_id, entry in new.items() if old.get(mode_id) != entry]
    if fresh:
        connection.execute(
            modes.insert(),
            [
                {name: storable(getattr(mode, name)) for name in MODE_COLUMNS}
                | {"project": project.key, "position": position, "since": version}
                for position, mode in fresh
            ],
        )


def _save_assignments(
    connection: Connection, project: Project, before: Taxonomy, after: Taxonomy, version: int
) -> None:
    changed = [code for code, mode in before.assignments.items() if after.assignments.get(code) != mode]
    _end(connection, assignments.c.code, project, changed, version)
    fresh = {code: mode for code, mode in after.assignments.items() if before.assignments.get(code) != mode}
    if fresh:
        connection.execute(
            assignments.insert(),
            [{"project": project.key, "code": code, "mode": mode, "since": version} for code, mode in fresh.items()],
        )


def _end(connection: Connection, column: Column[str], project: Project, which: Sequence[str], version: int) -> None:
    """Let the rows that hold today and have one of these values in the column end before `version`."""
    table = column.table
    for chunk in in_chunks(which):
        held = and_(table.c.project == project.key, table.c.until.is_(None), column.in_(chunk))
        connection.execute(update(table).where(held).values(until=version))
