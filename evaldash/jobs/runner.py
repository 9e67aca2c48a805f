"""One thread a job. What it says goes into the store, so that every page and every process can see it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from evaldash.domain.stored import Project
from evaldash.errors import Cancelled, EvaldashError, StoreError
from evaldash.services import jobs
from evaldash.storage.store import Store

MOST = 2**31 - 1  # what the columns for progress hold; more bytes than that are told in larger units
SECONDS_BETWEEN_BEATS = 10.0
SECONDS_BETWEEN_REPORTS = 0.5  # more often would only make the store busy


class Report:
    """Handed to the work: say how far it is, and learn whether somebody wants it to stop."""

    def __init__(self, store: Store, job: str) -> None:
        self._store = store
        self._job = job
        self._said_at = 0.0
        self._stop = False

    def __call__(self, done: int, total: int, message: str) -> None:
        """Say how far the work is; too frequent calls cost nothing."""
        now = time.monotonic()
        if now - self._said_at < SECONDS_BETWEEN_REPORTS:
            return
        self._said_at = now
        unit = 1 + total // MOST
        with suppress(StoreError):  # a store that is busy now, perhaps with this work, hears of it next time
            self._stop = jobs.report(self._store, self._job, done=done // unit, total=total // unit, message=message)

    def should_stop(self) -> bool:
        """Tell whether somebody asked for the end, as of the last report."""
        return self._stop


def start_job(
    store: Store,
    project: Project | None,
    *,
    kind: str,
    message: str,
    work: Callable[[Report], Any],
    once: bool = False,
) -> str:
    """Run `work` in a thread and return the job's id. Its JSON result, or the sentence of its error, ends in the row.

    `project` None: the work makes its project itself. `once`: where work of this kind runs in the project already,
    whoever asked for it, nothing is started and that job's id is returned. An error that is no EvaldashError marks
    the job as failed and then takes its usual way to the log.
    """
    job = uuid.uuid4().hex
    if (running := jobs.start(store, project, id=job, kind=kind, message=message, once=once)) != job:
        return running
    threading.Thread(target=_run, args=(store, job, work), name=f"evaldash-{kind}", daemon=True).start()
    return job


def _run(store: Store, job: str, work: Callable[[Report], Any]) -> None:
    ending = {"state": "failed", "message": "an unexpected error ended this; the log of the app says which"}
    result: Any = None
    ended = threading.Event()
    threading.Thread(target=_beat, args=(store, job, ended), name=f"evaldash-beat-{job[:8]}", daemon=True).start()
    with jobs.at_work(job):
        try:
            result = work(Report(store, job))
            ending = {"state": "done", "message": "done"}
        except Cancelled as error:
            ending = {"state": "cancelled", "message": str(error)}
        except EvaldashError as error:
            ending = {"state": "failed", "message": str(error)}
        finally:
            ended.set()
            jobs.finish(store, job, result=result, **ending)


def _beat(store: Store, job: str, ended: threading.Event) -> None:
    """Say now and then that the work goes on: loading a model says nothing for a minute, and is not lost for that."""
    while not ended.wait(SECONDS_BETWEEN_BEATS):
        with suppress(StoreError):  # a store that is busy now is not at the next beat
            jobs.alive(store, job)
