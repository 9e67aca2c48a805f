"""What the desk keeps beside annotations: drafts, skipped traces, what a coder prefers, and what a coder saved last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from evaldash.domain.stored import Project
from evaldash.domain.trace import Json
from evaldash.storage.readings import RETRACTED
from evaldash.storage.schema import coder_preferences, drafts, readings, skips, traces
from evaldash.storage.text import storable_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One save of a coder that was not taken back: the id of the annotation, its trace, what was said and when."""

    id: str
    trace: str
    name: str
    verdict: str
    at: datetime


def save_draft(connection: Connection, *, trace_key: int, coder: str, content: Json) -> None:
    """Keep what is half typed about a trace; None or an empty draft is forgotten."""
    where = (drafts.c.trace == trace_key) & (drafts.c.coder == coder)
    connection.execute(drafts.delete().where(where))
    if content:
        connection.execute(
            drafts.insert().values(trace=trace_key, coder=coder, content=storable_json(content), at=datetime.now(UTC))
        )


def drafts_of(connection: Connection, project: Project, *, coder: str) -> dict[str, Json]:
    """Return the drafts of a coder by trace id."""
    query = (
        select(traces.c.id, drafts.c.content)
        .join(traces, traces.c.key == drafts.c.trace)
        .where(traces.c.project == project.key, drafts.c.coder == coder)
    )
    return {row.id: row.content for row in connection.execute(query)}


def add_skip(
    connection: Connection, *, id: str, trace_key: int, coder: str, batch_key: int | None, seconds: float | None
) -> bool:
    """Record that a trace was passed over; False if it is there already."""
    query = select(skips.c.key).where(skips.c.trace == trace_key, skips.c.id == id)
    if connection.execute(query).first() is not None:
        return False
    connection.execute(
        skips.insert().values(
            id=id, trace=trace_key, coder=coder, batch=batch_key, seconds=seconds, at=datetime.now(UTC)
        )
    )
    return True


def skipped(connection: Connection, project: Project, *, coder: str) -> dict[str, int]:
    """Return how often a coder passed over each trace, by trace id."""
    query = (
        select(traces.c.id, func.count())
        .join(skips, skips.c.trace == traces.c.key)
        .where(traces.c.project == project.key, skips.c.coder == coder)
        .group_by(traces.c.id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def preferences(connection: Connection, coder: str) -> Json:
    """Return what a coder prefers, None where nothing was said."""
    query = select(coder_preferences.c.content).where(coder_preferences.c.coder == coder)
    return connection.execute(query).scalar_one_or_none()


def set_preferences(connection: Connection, coder: str, content: Json) -> None:
    """Keep what a coder prefers in place of what was kept before."""
    connection.execute(coder_preferences.delete().where(coder_preferences.c.coder == coder))
    values = {"coder": coder, "content": storable_json(content), "at": datetime.now(UTC)}
    connection.execute(coder_preferences.insert().values(values))


def last_saves(connection: Connection, project: Project, *, coder: str, limit: int) -> list[Save]:
    """Return the last saves of a coder that count, the newest first: not taken back, no taking back themselves."""
    undone = select(readings.c.takes_back).where(readings.c.project == project.key, readings.c.takes_back.is_not(None))
    query = (
        select(readings.c.id, readings.c.verdict, readings.c.at, traces.c.id.label("trace"), traces.c.external_id)
        .join(traces, traces.c.key == readings.c.trace)
        .where(
            readings.c.project == project.key,
            readings.c.coder == coder,
            readings.c.takes_back.is_(None),
            readings.c.verdict != RETRACTED,
            readings.c.id.not_in(undone),
        )
        .order_by(readings.c.key.desc())
        .limit(limit)
    )
    return [
        Save(id=row.id, trace=row.trace, name=row.external_id or row.trace[:12], verdict=row.verdict, at=row.at)
        for row in connection.execute(query)
    ]


def count_saves(connection: Connection, project: Project, *, coder: str) -> int:
    """Return how often a coder saved in a project, undone saves included."""
    query = select(func.count()).where(
        readings.c.project == project.key, readings.c.coder == coder, readings.c.takes_back.is_(None)
    )
    return connection.execute(query).scalar_one()


def newest_key(connection: Connection, project: Project, *, coder: str) -> int:
    """Return a number that rises with each annotation of a coder; 0 where there is none."""
    query = select(func.max(readings.c.key)).where(readings.c.project == project.key, readings.c.coder == coder)
    return connection.execute(query).scalar_one() or 0


def count_since(connection: Connection, project: Project, key: int) -> int:
    """Return how many annotations a project has after `key`."""
    query = select(func.count()).where(readings.c.project == project.key, readings.c.key > key)
    return connection.execute(query).scalar_one()


def changed_since(connection: Connection, project: Project, key: int, *, coder: str | None = None) -> Sequence[str]:
    """Return the ids of the traces that a coder, or anyone, annotated after `key` (see `newest_key`)."""
    query = (
        select(traces.c.id)
        .join(readings, readings.c.trace == traces.c.key)
        .where(readings.c.project == project.key, readings.c.key > key)
        .distinct()
    )
    if coder is not None:
        query = query.where(readings.c.coder == coder)
    return list(connection.execute(query).scalars())
