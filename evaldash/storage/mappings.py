"""Mappings of columns, saved by name for all projects of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from evaldash.storage.schema import mappings
from evaldash.storage.text import storable, storable_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMapping:
    """What the columns of a kind of file mean: pairs of column and role, in their order."""

    name: str
    kind: str
    columns: Sequence[tuple[str, str]]
    by: str | None
    at: datetime


def save(connection: Connection, *, kind: str, name: str, columns: Sequence[tuple[str, str]], by: str | None) -> bool:
    """Save a mapping; tell whether one of that name was replaced."""
    replaced = delete(connection, kind=kind, name=name)
    values = {"kind": kind, "name": storable(name), "columns": storable_json(columns), "by": by}
    connection.execute(mappings.insert().values(at=datetime.now(UTC), **values))
    return replaced


def listing(connection: Connection, *, kind: str | None = None) -> list[SavedMapping]:
    """Return the mappings of a kind, or of all, by name."""
    query = select(mappings).order_by(mappings.c.name, mappings.c.kind)
    return [_saved(row) for row in connection.execute(query if kind is None else query.where(mappings.c.kind == kind))]


def find(connection: Connection, *, kind: str, name: str) -> SavedMapping | None:
    """Return the mapping of that name, if there is one."""
    query = select(mappings).where(mappings.c.kind == kind, mappings.c.name == storable(name))
    row = connection.execute(query).one_or_none()
    return None if row is None else _saved(row)


def delete(connection: Connection, *, kind: str, name: str) -> bool:
    """Remove a mapping; tell whether it was there."""
    gone = connection.execute(mappings.delete().where(mappings.c.kind == kind, mappings.c.name == storable(name)))
    return bool(gone.rowcount)


def _saved(row: Any) -> SavedMapping:
    pairs = tuple((column, role) for column, role in row.columns)
    return SavedMapping(name=row.name, kind=row.kind, columns=pairs, by=row.by, at=row.at)
