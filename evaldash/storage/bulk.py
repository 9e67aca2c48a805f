"""Many rows at once, in portions a database takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
CHUNK = 500  # values in one question: SQLite and PostgreSQL both take many more, but plans stay small


def in_chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield `items` in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def add_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose key is not taken, by whomever and whenever; what is there stays."""
    insert = sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
    if rows:
        connection.execute(insert.on_conflict_do_nothing(), list(rows))
