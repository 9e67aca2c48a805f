"""Background work as others see it: how far it is, and asking it to stop.

What work says on its way goes without waiting: the store may be held by that very work for minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from evaldash.domain.stored import Project
from evaldash.storage import jobs
from evaldash.storage.jobs import Job
from evaldash.storage.store import Store

__all__ = ["Job", "alive", "ask_to_stop", "at_work", "find", "finish", "forget", "newest", "report", "start"]

_here: set[str] = set()  # ids of the jobs that run in this process: they are not lost, however long they say nothing


@contextmanager
def at_work(id: str) -> Iterator[None]:
    """Count a job as alive as long as this lasts."""
    _here.add(id)
    try:
        yield
    finally:
        _here.discard(id)


def start(store: Store, project: Project | None, *, id: str, kind: str, message: str, once: bool = False) -> str:
    """Open a job and return its id; with `once`, that of the one of its kind that runs in the project, if there is."""
    with store.write() as connection:
        return jobs.start(connection, project, id=id, kind=kind, message=message, once=once)


def report(store: Store, id: str, *, done: int, total: int, message: str) -> bool:
    """Say how far a job is; the answer is whether it should stop. Raises StoreError at once where the store is busy."""
    with store.write(alone=False, wait=False) as connection:
        return jobs.report(connection, id, done=done, total=total, message=message)


def alive(store: Store, id: str) -> None:
    """Say that a job still works: one that says nothing for a minute counts as lost. Raises StoreError as `report`."""
    with store.write(alone=False, wait=False) as connection:
        jobs.alive(connection, id)


def finish(store: Store, id: str, *, state: str, message: str, result: Any = None) -> None:
    """Close a job."""
    with store.write(alone=False) as connection:
        jobs.finish(connection, id, state=state, message=message, result=result)


def ask_to_stop(store: Store, id: str) -> None:
    """Ask a job to stop; it does so at its next report."""
    with store.write(alone=False) as connection:
        jobs.ask_to_stop(connection, id)


def find(store: Store, id: str) -> Job | None:
    """Return a job."""
    with store.read() as connection:
        return _seen(jobs.find(connection, id))


def newest(store: Store, project: Project, *, kind: str) -> Job | None:
    """Return the last job of a kind in a project."""
    with store.read() as connection:
        return _seen(jobs.newest(connection, project, kind=kind))


def forget(store: Store, project: Project, *, kind: str) -> None:
    """Delete the jobs of a kind that have ended: for work whose old results nobody asks for."""
    with store.write() as connection:
        jobs.forget(connection, project, kind=kind)


def _seen(job: Job | None) -> Job | None:
    return replace(job, state="running") if job is not None and job.state == "lost" and job.id in _here else job
