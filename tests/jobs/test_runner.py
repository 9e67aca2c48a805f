"""Background work: its result, its error as a sentence, and progress of any size in the row."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from evaldash.errors import InvalidInput
from evaldash.jobs import Report, start_job
from evaldash.services import jobs
from evaldash.services.projects import delete_project, ensure_project
from evaldash.storage.store import Store, open_store
from tests.support.jobs import PATIENCE_S, ended, seen


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


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


def test_work_that_holds_the_store_for_long_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaldash.jobs.runner.SECONDS_BETWEEN_BEATS", 0.05)
    monkeypatch.setattr("evaldash.jobs.runner.SECONDS_BETWEEN_REPORTS", 0)
    held, go = threading.Event(), threading.Event()

    def work(report: Report) -> None:
        with store.write():
            report(1, 2, "writing")
            held.set()
            go.wait(PATIENCE_S)

    id = start_job(store, None, kind="import", message="reading", work=work)
    assert held.wait(PATIENCE_S)
    monkeypatch.setattr("evaldash.storage.jobs.SILENT", timedelta(0))
    assert seen(store, id, lambda _: True).state == "running"
    go.set()
    assert ended(store, id).state == "done"


def test_work_whose_process_died_is_lost_after_a_silence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.start(store, None, id="cut", kind="suggest", message="loading the model")
    monkeypatch.setattr("evaldash.storage.jobs.SILENT", timedelta(0))
    assert seen(store, "cut", lambda _: True).state == "lost"


def test_work_that_is_asked_for_twice_at_once_runs_once(store: Store) -> None:
    project, together, go = ensure_project(store, "trains"), threading.Barrier(4), threading.Event()
    ids: list[str] = []

    def ask() -> None:
        together.wait()
        ids.append(start_job(store, project, kind="suggest", message="", work=lambda _: go.wait(PATIENCE_S), once=True))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(ids)) == 1
    go.set()
    assert ended(store, ids[0]).state == "done"
    again = start_job(store, project, kind="suggest", message="", work=lambda _: None, once=True)
    assert again != ids[0]
    assert ended(store, again).state == "done"


def test_work_whose_project_was_deleted_hears_that_it_should_stop(store: Store) -> None:
    project = ensure_project(store, "trains")
    jobs.start(store, project, id="runs", kind="cluster", message="")
    delete_project(store, "trains")
    assert jobs.report(store, "runs", done=1, total=2, message="on") is True


def test_jobs_that_ended_are_forgotten_by_kind_and_running_ones_stay(store: Store) -> None:
    project = ensure_project(store, "trains")
    for id, kind in (("old", "help"), ("runs", "help"), ("other", "import")):
        jobs.start(store, project, id=id, kind=kind, message="")
    for id in ("old", "other"):
        jobs.finish(store, id, state="done", message="done")
    jobs.forget(store, project, kind="help")
    assert [jobs.find(store, id) is not None for id in ("old", "runs", "other")] == [False, True, True]
