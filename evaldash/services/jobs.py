"""Background work as others see it: how far it is, and asking it to stop."""

from __future__ import annotations

from typing import Any

from evaldash.domain.stored import Project
from evaldash.storage import jobs
from evaldash.storage.jobs import Job
from evaldash.storage.store import Store

__all__ = ["Job", "alive", "ask_to_stop", "find", "finish", "forget", "newest", "report", "start"]


def start(store: Store, project: Project | None, *, id: str, kind: str, message: str) -> None:
    """Open a job."""
    with store.write() as connection:
        jobs.start(connection, project, id=id, kind=kind, message=message)


def report(store: Store, id: str, *, done: int, total: int, message: str) -> bool:
    """Say how far a job is; the answer is whether it should stop."""
    with store.write() as connection:
        return jobs.report(connection, id, done=done, total=total, message=message)


def alive(store: Store, id: str) -> None:
    """Say that a job still works: one that says nothing for a minute counts as lost."""
    with store.write() as connection:
        jobs.alive(connection, id)


def finish(store: Store, id: str, *, state: str, message: str, result: Any = None) -> None:
    """Close a job."""
    with store.write() as connection:
        jobs.finish(connection, id, state=state, message=message, result=result)


def ask_to_stop(store: Store, id: str) -> None:
    """Ask a job to stop; it does so at its next report."""
    with store.write() as connection:
        jobs.ask_to_stop(connection, id)


def find(store: Store, id: str) -> Job | None:
    """Return a job."""
    with store.read() as connection:
        return jobs.find(connection, id)


def newest(store: Store, project: Project, *, kind: str) -> Job | None:
    """Return the last job of a kind in a project."""
    with store.read() as connection:
        return jobs.newest(connection, project, kind=kind)


def forget(store: Store, project: Project, *, kind: str) -> None:
    """Delete the jobs of a kind that have ended: for work whose old results nobody asks for."""
    with store.write() as connection:
        jobs.forget(connection, project, kind=kind)
