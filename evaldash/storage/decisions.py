"""What people said to what was proposed to them: cards, places of notes, merges, splits. Rows are only added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Outcome
from evaldash.storage.schema import decisions
from evaldash.storage.text import storable, storable_json


def add(connection: Connection, project: Project, given: Sequence[Decision], *, by: str, event: str | None) -> None:
    """Keep decisions; `event` makes one that is sent twice one, so it goes with a single decision."""
    at = datetime.now(UTC)
    rows = [
        {
            "project": project.key,
            "kind": item.kind,
            "subject": storable(item.subject),
            "suggester": item.suggester,
            "outcome": item.outcome.value,
            "content": storable_json(dict(item.content)),
            "by": by,
            "at": at,
            "event": event,
        }
        for item in given
    ]
    if rows:
        connection.execute(decisions.insert(), rows)


def was_made(connection: Connection, project: Project, event: str) -> bool:
    """Say whether a decision was kept under this event already."""
    query = select(decisions.c.key).where(decisions.c.project == project.key, decisions.c.event == event)
    return connection.execute(query).first() is not None


def listing(connection: Connection, project: Project, *, kinds: Sequence[str] | None = None) -> list[Decision]:
    """Return the decisions of these kinds, oldest first."""
    query = select(decisions).where(decisions.c.project == project.key).order_by(decisions.c.key)
    if kinds is not None:
        query = query.where(decisions.c.kind.in_(kinds))
    return [
        Decision(
            kind=row.kind,
            subject=row.subject,
            suggester=row.suggester,
            outcome=Outcome(row.outcome),
            content=row.content,
        )
        for row in connection.execute(query)
    ]
