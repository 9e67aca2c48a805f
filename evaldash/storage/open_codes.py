"""Open codes of the annotations that count, as they read today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from evaldash.domain.stored import Project
from evaldash.storage.bulk import in_chunks
from evaldash.storage.readings import current_annotations, keys_of
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
    rows: list[Row[Any]] = []
    for keys in [None] if trace_ids is None else in_chunks(keys_of(connection, project, trace_ids)):
        newest = current_annotations(project, trace_keys=keys)
        query = (
            select(annotation_codes, newest.c.coder, newest.c.at, newest.c.first_key, traces.c.id.label("trace_id"))
            .join(newest, newest.c.key == annotation_codes.c.annotation)
            .join(traces, traces.c.key == newest.c.trace)
        )
        rows += connection.execute(query)
    return [
        CodeRow(id=row.code, text=row.text, step=row.step, trace=row.trace_id, coder=row.coder, at=row.at)
        for row in sorted(rows, key=lambda row: (row.first_key, row.position))
    ]


def code_ids(connection: Connection, project: Project) -> set[str]:
    """Return the ids of all open codes of the annotations that count."""
    newest = current_annotations(project)
    query = select(annotation_codes.c.code).join(newest, newest.c.key == annotation_codes.c.annotation)
    return set(connection.execute(query).scalars())
