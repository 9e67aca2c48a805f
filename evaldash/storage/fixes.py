"""What was changed because of a failure mode: rows that are only added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from evaldash.domain.stored import Project
from evaldash.storage.schema import fixes
from evaldash.storage.text import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One fix; `kind` is change or bug, `version` the product version that first holds it, `at` when it was made."""

    mode: str
    kind: str
    what: str
    version: str | None
    at: datetime
    by: str


def add(
    connection: Connection, project: Project, *, mode: str, kind: str, what: str, version: str | None,
    at: datetime | None, by: str,
) -> None:  # fmt: skip
    """Record a fix; without a time it was made now."""
    connection.execute(
        fixes.insert().values(
            project=project.key,
            mode=mode,
            kind=kind,
            what=storable(what),
            version=storable(version),
            at=at or datetime.now(UTC),
            by=by,
        )
    )


def listing(connection: Connection, project: Project) -> list[Fix]:
    """Return the fixes of a project, newest first."""
    query = select(fixes).where(fixes.c.project == project.key).order_by(fixes.c.at.desc(), fixes.c.key.desc())
    names = ("mode", "kind", "what", "version", "at", "by")
    return [Fix(**{name: getattr(row, name) for name in names}) for row in connection.execute(query)]
