"""Open codes of the annotations that count, as they read today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from evaldash.domain.stored import Project
from evaldash.storage.readings import current_annotations
from evaldash.storage.schema import annotation_codes, traces


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """An open code as it reads today, with where it stands."""

    id: str
    text: str
    step: int | None
    trace: str
    coder: str
    at: datetime


def codes(connection: Connection, project: Project, *, trace_ids: Sequence[str] | None = None) -> list[CodeRow]:
    """Return the open codes of the annotations that count, of all traces or some, in the order they were made."""
    newest = current_annotations(project)
    query = (
        select(annotation_codes, newest.c.coder, newest.c.at, traces.c.id.label("trace_id"))
        .join(newest, newest.c.key == annotation_codes.c.annotation)
        .join(traces, traces.c.key == newest.c.trace)
        .order_by(newest.c.first_key, annotation_codes.c.position)
    )
    if trace_ids is not None:
        query = query.where(traces.c.id.in_(trace_ids))
    return [
        CodeRow(id=row.code, text=row.text, step=row.step, trace=row.trace_id, coder=row.coder, at=row.at)
        for row in connection.execute(query)
    ]


def code_ids(connection: Connection, project: Project) -> set[str]:
    """Return the ids of all open codes of the annotations that count."""
    newest = current_annotations(project)
    query = select(annotation_codes.c.code).join(newest, newest.c.key == annotation_codes.c.annotation)
    return set(connection.execute(query).scalars())
