"""Skips, preferences, sub-checks and the list that undo follows, on both databases."""

from collections.abc import Iterator

import pytest

from evaldash.domain.coding import CheckAnswer, Reading, Verdict, checks_document
from evaldash.domain.stored import Project
from evaldash.services import coding
from evaldash.storage import deskwork, projects, traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

TRACES = [conversation(number) for number in range(4)]
FACTS = "Expected facts present"
ANSWERS = tuple(CheckAnswer(check=FACTS, item=item, passed=item != "price") for item in ("date", "price", "platform"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def save(store: Store, project: Project, number: int, id: str, **said: object) -> None:
    reading = Reading(id=id, trace=TRACES[number].id, verdict=Verdict.PASS, **said)  # type: ignore[arg-type]
    coding.save_reading(store, project, reading, coder="ana")


def undo_list(store: Store, project: Project) -> list[str]:
    with store.read() as connection:
        return [item.id for item in deskwork.last_saves(connection, project, coder="ana", limit=10)]


def test_answers_to_checks_stay_with_the_annotation_also_after_undo(store: Store, project: Project) -> None:
    save(store, project, 0, "a", checks=ANSWERS)
    save(store, project, 0, "b")
    coding.retract(store, project, id="u", takes_back="b", coder="ana")
    found = coding.list_annotations(store, project)[0]
    assert found.checks == ANSWERS
    document = checks_document(found.checks)[0]
    assert (document["name"], document["passed"], document["of"]) == (FACTS, 2, 3)


def test_undo_follows_the_saves_that_were_not_taken_back(store: Store, project: Project) -> None:
    for number, id in enumerate("abc"):
        save(store, project, number, id)
    assert undo_list(store, project) == ["c", "b", "a"]
    coding.retract(store, project, id="u1", takes_back="c", coder="ana")
    assert undo_list(store, project) == ["b", "a"]
    save(store, project, 2, "d")
    assert undo_list(store, project) == ["d", "b", "a"]


def test_a_skip_counts_once_however_often_it_is_sent(store: Store, project: Project) -> None:
    with store.write() as connection:
        key = traces.keys_of(connection, project, [TRACES[0].id])[TRACES[0].id]
        said = {"trace_key": key, "coder": "ana", "batch_key": None, "seconds": 3.0}
        for id in ("s1", "s1", "s2"):
            deskwork.add_skip(connection, id=id, **said)  # type: ignore[arg-type]
        assert deskwork.skipped(connection, project, coder="ana") == {TRACES[0].id: 2}
        assert deskwork.skipped(connection, project, coder="ben") == {}


def test_preferences_and_settings_replace_what_was_there(store: Store, project: Project) -> None:
    with store.write() as connection:
        assert deskwork.preferences(connection, "ana") is None
        for key in ("a", "ü"):
            deskwork.set_preferences(connection, "ana", {"keys": {"pass": key}})
        assert deskwork.preferences(connection, "ana") == {"keys": {"pass": "ü"}}
        projects.set_setting(connection, project, "desk", {"guidelines": "Be strict."})
        projects.set_setting(connection, project, "other", 1)
        assert projects.setting(connection, project, "desk") == {"guidelines": "Be strict."}
