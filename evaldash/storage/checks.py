"""Code checks of failure modes. A check never changes: another one is another row, a retired one stays as history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from evaldash.domain.check import Check, CheckKind
from evaldash.domain.stored import Project
from evaldash.storage.schema import checks
from evaldash.storage.text import storable, storable_json


def add(connection: Connection, project: Project, check: Check, *, by: str) -> None:
    """Keep a check."""
    connection.execute(
        checks.insert().values(
            project=project.key,
            id=check.id,
            mode=check.mode,
            name=storable(check.name),
            kind=check.kind.value,
            spec=storable_json(dict(check.spec)),
            by=by,
            at=datetime.now(UTC),
        )
    )


def listing(connection: Connection, project: Project) -> list[Check]:
    """Return the checks that hold, oldest first."""
    query = select(checks).where(checks.c.project == project.key, checks.c.retired_at.is_(None)).order_by(checks.c.key)
    return [_check(row) for row in connection.execute(query)]


def retire(connection: Connection, project: Project, id: str) -> None:
    """End a check; its row stays."""
    connection.execute(
        checks.update()
        .where(checks.c.project == project.key, checks.c.id == id, checks.c.retired_at.is_(None))
        .values(retired_at=datetime.now(UTC))
    )


def _check(row: Row[Any]) -> Check:
    return Check(id=row.id, mode=row.mode, name=row.name, kind=CheckKind(row.kind), spec=row.spec)
