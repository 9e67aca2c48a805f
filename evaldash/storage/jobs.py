"""Background work as rows: how far it is, whether it should stop, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from evaldash.domain.stored import Project
from evaldash.storage.schema import jobs
from evaldash.storage.text import storable, storable_json

SILENT = timedelta(seconds=60)  # a running job that said nothing for so long has died with its process


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of background work. `state`: running, done, failed, cancelled, lost (its process died)."""

    id: str
    kind: str
    state: str
    done: int
    total: int
    message: str
    result: Any
    cancel: bool
    started_at: datetime
    updated_at: datetime


def start(
    connection: Connection, project: Project | None, *, id: str, kind: str, message: str, once: bool = False
) -> str:
    """Open a job and return its id; with `once`, that of the one of its kind that runs in the project, if there is."""
    running = newest(connection, project, kind=kind) if once and project is not None else None
    if running is not None and running.state == "running":
        return running.id
    now = datetime.now(UTC)
    connection.execute(
        jobs.insert().values(
            id=id,
            project=project.key if project else None,
            kind=kind,
            state="running",
            done=0,
            total=0,
            message=storable(message),
            started_at=now,
            updated_at=now,
        )
    )
    return id


def report(connection: Connection, id: str, *, done: int, total: int, message: str) -> bool:
    """Say how far a job is; the answer is whether somebody wants it to stop, or took it away with its project."""
    values = {"done": done, "total": total, "message": storable(message), "updated_at": datetime.now(UTC)}
    connection.execute(jobs.update().where(jobs.c.id == id).values(**values))
    cancel = connection.execute(select(jobs.c.cancel).where(jobs.c.id == id)).scalar_one_or_none()
    return cancel is None or bool(cancel)


def alive(connection: Connection, id: str) -> None:
    """Say that a job still works, with nothing new to tell."""
    running = (jobs.c.id == id) & (jobs.c.state == "running")
    connection.execute(jobs.update().where(running).values(updated_at=datetime.now(UTC)))


def finish(connection: Connection, id: str, *, state: str, message: str, result: Any = None) -> None:
    """Close a job as done, failed or cancelled."""
    connection.execute(
        jobs.update()
        .where(jobs.c.id == id)
        .values(state=state, message=storable(message), result=storable_json(result), updated_at=datetime.now(UTC))
    )


def ask_to_stop(connection: Connection, id: str) -> None:
    """Ask a job to stop at its next report."""
    connection.execute(jobs.update().where(jobs.c.id == id).values(cancel=1))


def find(connection: Connection, id: str) -> Job | None:
    """Return a job by its id."""
    row = connection.execute(select(jobs).where(jobs.c.id == id)).one_or_none()
    return None if row is None else _job(row)


def newest(connection: Connection, project: Project, *, kind: str) -> Job | None:
    """Return the last job of a kind in a project."""
    query = (
        select(jobs)
        .where(jobs.c.project == project.key, jobs.c.kind == kind)
        .order_by(jobs.c.started_at.desc(), jobs.c.id)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _job(row)


def forget(connection: Connection, project: Project, *, kind: str) -> None:
    """Delete the jobs of a kind that have ended; one that runs stays."""
    connection.execute(
        jobs.delete().where(jobs.c.project == project.key, jobs.c.kind == kind, jobs.c.state != "running")
    )


def _job(row: Row[Any]) -> Job:
    lost = row.state == "running" and datetime.now(UTC) - row.updated_at > SILENT
    return Job(
        id=row.id,
        kind=row.kind,
        state="lost" if lost else row.state,
        done=row.done,
        total=row.total,
        message=row.message,
        result=row.result,
        cancel=bool(row.cancel),
        started_at=row.started_at,
        updated_at=row.updated_at,
    )
