"""Surprising uses: rows are added; a mark that was taken back or written anew has an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from evaldash.domain.stored import Project
from evaldash.storage.schema import surprising_uses
from evaldash.storage.text import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class SurprisingUse:
    """A group that a person marked: `number` in the run `clustering` (None when that run is gone), with its size then.

    `examples` are ids of typical traces of the group.
    """

    id: str
    name: str
    sentence: str
    clustering: int | None
    number: int
    size: int
    total: int
    examples: tuple[str, ...]
    by: str
    at: datetime | None = None


def add(connection: Connection, project: Project, use: SurprisingUse) -> None:
    """Store a mark."""
    connection.execute(
        surprising_uses.insert().values(
            project=project.key,
            id=use.id,
            name=storable(use.name),
            sentence=storable(use.sentence),
            clustering=use.clustering,
            number=use.number,
            size=use.size,
            total=use.total,
            examples=list(use.examples),
            by=use.by,
            at=datetime.now(UTC),
        )
    )


def end(
    connection: Connection,
    project: Project,
    *,
    use_id: str | None = None,
    clustering: int | None = None,
    number: int | None = None,
) -> int:
    """End the marks of an id, or of a group of a run; return how many there were."""
    table = surprising_uses
    which = table.c.id == use_id if use_id else (table.c.clustering == clustering) & (table.c.number == number)
    change = table.update().where(table.c.project == project.key, table.c.until.is_(None), which)
    return int(connection.execute(change.values(until=datetime.now(UTC))).rowcount)


def listing(connection: Connection, project: Project) -> Sequence[SurprisingUse]:
    """Return the marks that hold, in the order they were made."""
    table = surprising_uses
    query = select(table).where(table.c.project == project.key, table.c.until.is_(None)).order_by(table.c.key)
    return [
        SurprisingUse(
            id=row.id,
            name=row.name,
            sentence=row.sentence,
            clustering=row.clustering,
            number=row.number,
            size=row.size,
            total=row.total,
            examples=tuple(row.examples),
            by=row.by,
            at=row.at,
        )
        for row in connection.execute(query)
    ]
