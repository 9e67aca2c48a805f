"""Imports after the fact: which there were, taking one back, saying which version it was."""

from __future__ import annotations

from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project
from evaldash.domain.trace import ImportIssue
from evaldash.errors import NotFound
from evaldash.services.projects import checked_version
from evaldash.storage import imports, projects
from evaldash.storage.imports import ImportRow
from evaldash.storage.store import Connection, Store


def list_imports(store: Store, project: Project) -> list[ImportRow]:
    """Return the imports of a project, oldest first."""
    with store.read() as connection:
        return imports.listing(connection, project)


def import_issues(store: Store, import_key: int) -> list[ImportIssue]:
    """Return what an import could not read."""
    with store.read() as connection:
        return imports.issues(connection, import_key)


def undo_import(store: Store, project: Project, import_key: int, *, who: str | None) -> tuple[int, int]:
    """Remove the traces of an import that nobody drew or read; return how many went and how many stay."""
    with store.write() as connection:
        row = _find(connection, project, import_key)
        gone = imports.undo(connection, project, import_key)
        projects.record(connection, project, who=who, what=f"took import {import_key} back ({count_of(gone, 'trace')})")
        projects.touch(connection, project)
    return gone, row.traces - gone


def set_version(store: Store, project: Project, import_key: int, version: str, *, who: str | None) -> int:
    """Relabel the traces of an import with a version of the product; return how many. Raises InvalidInput."""
    version = checked_version(version)
    with store.write() as connection:
        _find(connection, project, import_key)
        count = imports.set_version(connection, project, import_key, version)
        projects.record(connection, project, who=who, what=f"said that import {import_key} is version {version}")
        projects.touch(connection, project)
    return count


def _find(connection: Connection, project: Project, import_key: int) -> ImportRow:
    for row in imports.listing(connection, project):
        if row.key == import_key:
            return row
    raise NotFound(f"there is no import {import_key} in project {project.name!r}; `evaldash imports` lists them")
