"""Which traces a file of names means: by id, a beginning of it, the source's own id, or the session; in bulk."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, select

from evaldash.domain.stored import Project
from evaldash.storage.bulk import in_chunks
from evaldash.storage.filtering import MIN_PREFIX
from evaldash.storage.schema import traces
from evaldash.storage.text import storable

Matches = dict[str, dict[int, str]]  # name -> the traces it could mean: key -> id
ID_DIGITS = 64
PREFIX = re.compile(rf"[0-9a-f]{{{MIN_PREFIX},{ID_DIGITS}}}")


def begins(prefix: str) -> ColumnElement[bool]:
    """Return the condition that an id begins so: a range, which the index on ids answers; `g` is behind all digits."""
    return and_(traces.c.id >= prefix, traces.c.id < f"{prefix}g")


def by_trace(connection: Connection, project: Project, names: Sequence[str]) -> Matches:
    """Return the traces that each name means as an id, a prefix of 6 digits or more, or an id of the source."""
    found: Matches = {}
    for column in (traces.c.id, traces.c.external_id):
        _add(found, _equal(connection, project, column, names))
    for name in names:
        if len(name) < ID_DIGITS and PREFIX.fullmatch(name):
            _add(found, {name: _beginning(connection, project, name)})
    return found


def by_session(connection: Connection, project: Project, names: Sequence[str]) -> Matches:
    """Return the traces of each session."""
    return _equal(connection, project, traces.c.session, names)


def _equal(connection: Connection, project: Project, column: ColumnElement[str], names: Sequence[str]) -> Matches:
    stored = {storable(name): name for name in names}
    found: Matches = {}
    for chunk in in_chunks(list(stored)):
        query = select(column.label("name"), traces.c.key, traces.c.id)
        for row in connection.execute(query.where(traces.c.project == project.key, column.in_(chunk))):
            found.setdefault(stored[row.name], {})[row.key] = row.id
    return found


def _beginning(connection: Connection, project: Project, prefix: str) -> dict[int, str]:
    within = and_(traces.c.project == project.key, begins(prefix))
    return {row.key: row.id for row in connection.execute(select(traces.c.key, traces.c.id).where(within).limit(6))}


def _add(found: Matches, more: Matches) -> None:
    for name, held in more.items():
        if held:
            found.setdefault(name, {}).update(held)
