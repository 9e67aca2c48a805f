"""Background work: its result, its error as a sentence, and progress of any size in the row."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from evaldash.errors import InvalidInput
from evaldash.jobs import Report, start_job
from evaldash.services import jobs
from evaldash.services.jobs import Job
from evaldash.services.projects import ensure_project
from evaldash.storage.store import Store, open_store

PATIENCE_S = 60


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def ended(store: Store, id: str) -> Job:
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


def test_progress_over_more_bytes_than_the_row_can_count_keeps_its_share(store: Store) -> None:
    def work(report: Report) -> dict[str, int]:
        report(6 * 2**30, 8 * 2**30, "reading")
        return {"read": 6}

    job = ended(store, start_job(store, None, kind="import", message="reading", work=work))
    assert (job.state, job.result) == ("done", {"read": 6})
    assert job.done / job.total == pytest.approx(0.75)


def test_an_error_is_its_sentence(store: Store) -> None:
    def work(_report: Report) -> None:
        raise InvalidInput("the pier is closed; use the other one")

    job = ended(store, start_job(store, None, kind="import", message="reading", work=work))
    assert (job.state, job.message) == ("failed", "the pier is closed; use the other one")


def test_work_that_says_nothing_for_long_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaldash.jobs.runner.SECONDS_BETWEEN_BEATS", 0.05)
    go = threading.Event()
    id = start_job(store, None, kind="suggest", message="loading the model", work=lambda _: go.wait(PATIENCE_S))
    begun = jobs.find(store, id)
    assert begun is not None
    beat = seen(store, id, lambda job: job.updated_at > begun.updated_at)
    assert (beat.state, beat.message) == ("running", "loading the model")
    seen(store, id, lambda job: job.updated_at > beat.updated_at)
    go.set()
    assert ended(store, id).state == "done"


def test_work_whose_process_died_is_lost_after_a_silence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.start(store, None, id="cut", kind="suggest", message="loading the model")
    monkeypatch.setattr("evaldash.storage.jobs.SILENT", timedelta(0))
    assert seen(store, "cut", lambda _: True).state == "lost"


def test_jobs_that_ended_are_forgotten_by_kind_and_running_ones_stay(store: Store) -> None:
    project = ensure_project(store, "trains")
    for id, kind in (("old", "help"), ("runs", "help"), ("other", "import")):
        jobs.start(store, project, id=id, kind=kind, message="")
    for id in ("old", "other"):
        jobs.finish(store, id, state="done", message="done")
    jobs.forget(store, project, kind="help")
    assert [jobs.find(store, id) is not None for id in ("old", "runs", "other")] == [False, True, True]
