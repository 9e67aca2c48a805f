"""What users and evaluators said, over a whole project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from evaldash.domain.stored import Project
from evaldash.domain.trace import Json
from evaldash.storage.schema import feedback, traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One piece of feedback and the id of its trace."""

    trace: str
    name: str
    value: Json
    comment: str | None


def said(connection: Connection, project: Project) -> Iterator[Said]:
    """Yield all feedback on traces of a project, in the order it came in."""
    query = (
        select(traces.c.id, feedback.c.name, feedback.c.value, feedback.c.comment)
        .join(traces, traces.c.key == feedback.c.trace)
        .where(traces.c.project == project.key)
        .order_by(feedback.c.key)
    )
    for row in connection.execute(query):
        yield Said(trace=row.id, name=row.name, value=row.value, comment=row.comment)
