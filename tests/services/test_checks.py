"""Code checks through the store: made for a mode, run over all traces, set against people, retired, exported."""

from collections.abc import Iterator

import pytest

from evaldash.domain.coding import Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import Cancelled, Conflict, InvalidInput, NotFound
from evaldash.services import checks, coding, taxonomy
from evaldash.services.browse import load_traces, trace_ids
from evaldash.storage.store import Store, open_store
from tests.services.test_taxonomy import CODES, coded_project


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    made = coded_project(store)
    taxonomy.create(store, made, "Wrong date", codes=CODES[:3], who="ana")
    return made


def test_a_check_is_measured_against_people(store: Store, project: Project) -> None:
    first = load_traces(store, project, trace_ids(store, project))[0]
    said = next(step.text for step in first.steps if step.role == "assistant" and step.text)
    checks.add_check(store, project, "wrong date", kind="contains", spec={"words": [said], "where": "all"}, who="ana")
    [found] = checks.run_checks(store, project)
    assert (found.traces, found.judged) == (6, 6)
    assert found.precision.n == found.fired
    assert found.recall.n == 3
    document = checks.result_document(found)
    assert document["recall"]["low"] <= document["recall"]["estimate"] <= document["recall"]["high"]


def test_deferred_traces_are_no_label(store: Store, project: Project) -> None:
    trace = trace_ids(store, project)[0]
    coding.save_reading(store, project, Reading(id="later", trace=trace, verdict=Verdict.DEFERRED), coder="ana")
    checks.add_check(store, project, "Wrong date", kind="length", spec={"at_least": 0}, who="ana")
    [found] = checks.run_checks(store, project)
    assert (found.judged, found.recall.n) == (5, 2)


def test_a_check_is_refused_retired_and_exported(store: Store, project: Project) -> None:
    with pytest.raises(Conflict, match="no check"):
        checks.run_checks(store, project)
    with pytest.raises(NotFound, match="no failure mode"):
        checks.add_check(store, project, "Nothing", kind="regex", spec={"pattern": "a"}, who="ana")
    with pytest.raises(InvalidInput, match="RE2"):
        checks.add_check(store, project, "Wrong date", kind="regex", spec={"pattern": r"(a)\1"}, who="ana")
    made = checks.add_check(store, project, "Wrong date", kind="regex", spec={"pattern": "a"}, who="ana")
    with pytest.raises(Cancelled):
        checks.run_checks(store, project, should_stop=lambda: True)
    text = checks.export_tests(store, project)
    compile(text, "test_traces.py", "exec")
    assert "Wrong date" in text
    checks.retire_check(store, project, made.id[:6], who="ana")
    assert checks.list_checks(store, project) == []


def test_each_mode_gets_advice(store: Store, project: Project) -> None:
    [found] = checks.advise_modes(store, project)
    assert found.advice.evaluator == "reference"
    assert found.judge_tokens > 0
