"""Waiting for background work to end."""

from __future__ import annotations

import time
from collections.abc import Callable

from evaldash.services import jobs
from evaldash.services.jobs import Job
from evaldash.storage.store import Store

PATIENCE_S = 60


def ended(store: Store, id: str) -> Job:
    """Return the job once it does not run any more."""
    return seen(store, id, lambda job: job.state != "running")


def seen(store: Store, id: str, wanted: Callable[[Job], bool]) -> Job:
    """Return the job once it is as wanted; a thread of its own writes it, and a busy machine runs that late."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        job = jobs.find(store, id)
        assert job is not None
        if wanted(job):
            return job
        time.sleep(0.02)
    raise AssertionError(f"the job was not as wanted within {PATIENCE_S} seconds")
