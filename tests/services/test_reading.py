"""What a reader asks for beside the trace: its parts, what other versions answered, how the project shows traces."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evaldash.domain.stored import Project
from evaldash.domain.template import Template, View
from evaldash.services.browse import trace_ids
from evaldash.services.projects import find_project
from evaldash.services.reading import answer_parts, reading_payloads
from evaldash.services.templates import known_tools, metadata_names, project_template, save_template
from evaldash.storage import imports, traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    first = conversation(0, version="1")
    second = replace(conversation(0, version="2"), identity=({"id": "again"},), external_id="again")
    return make_project(store, [first, second, conversation(1, version="1")])


def ask(store: Store, project: Project, trace: str, **part: Any) -> Any:
    (answer,) = answer_parts(store, project, [{"kind": "part", "trace": trace, "part": part}])
    assert answer.error is None
    return answer.value


def test_the_same_query_of_another_version_is_offered_and_compared(store: Store, project: Project) -> None:
    first, second, third = trace_ids(store, project)
    offered = {
        payload["id"]: payload["versions"] for payload in reading_payloads(store, project, [first, second, third])
    }
    assert offered[first] == [{"id": second, "name": "again", "version": "2"}]
    assert offered[second] == [{"id": first, "name": "t0", "version": "1"}]
    assert offered[third] == []
    found = ask(store, project, first, what="compare", other=second)
    assert (found["mine"]["version"], found["theirs"]["version"]) == ("1", "2")
    assert [row["same"] for row in found["rows"]] == [True, True, True, True]


def test_a_greeting_that_begins_many_does_not_crowd_out_other_versions_of_the_rest(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaldash.storage.traces.MAX_SAME", 2)
    first, second, third = trace_ids(store, project)
    again = [replace(conversation(1, version="1"), identity=({"n": n},), external_id=f"n{n}") for n in range(3)]
    with store.write() as connection:
        key = imports.start(connection, project, paths=["b.jsonl"], unit="auto", version=None, by=None)
        traces.add(connection, project, key, again)
    payloads = {item["id"]: item["versions"] for item in reading_payloads(store, project, [first, third])}
    assert payloads[first] == [{"id": second, "name": "again", "version": "2"}]


def test_each_part_of_a_trace_is_answered(store: Store, project: Project) -> None:
    first = trace_ids(store, project)[0]
    assert '"query"' in ask(store, project, first, what="raw")
    assert [step["i"] for step in ask(store, project, first, what="steps", **{"from": 3})] == [3, 4]
    assert ask(store, project, first, what="step", step=2)["role"] == "user"
    assert '"external_id": "t0"' in ask(store, project, first, what="copy", form="json")
    assert ask(store, project, first, what="copy", form="markdown").startswith("# Trace t0")
    assert ask(store, project, first, what="html").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"what": "everything"}, "asks for raw, steps"),
        ({"what": "step", "step": 99}, "step 99 is not there"),
        ({"what": "steps", "from": "x"}, "must be a whole number"),
        ({"what": "compare", "other": "nobody"}, "no longer there"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(
    store: Store, project: Project, part: dict[str, Any], words: str
) -> None:
    trace = trace_ids(store, project)[0]
    (answer,) = answer_parts(store, project, [{"trace": trace, "part": part}])
    assert words in (answer.error or "")


def test_other_traces_than_those_allowed_and_no_questions_are_passed_over(store: Store, project: Project) -> None:
    first, second, _ = trace_ids(store, project)
    asked = [{"trace": first, "part": {"what": "raw"}}, {"trace": second, "part": {"what": "raw"}}, "x", {"trace": 1}]
    assert [answer.trace for answer in answer_parts(store, project, asked, allowed=[second])] == [second]
    assert answer_parts(store, project, "x") == []


def test_a_template_is_kept_with_its_project(store: Store, project: Project) -> None:
    assert project_template(store, project) == Template()
    save_template(store, project, {"top": ["plan"], "tools": {"find_booking": "record"}}, who="ana")
    assert project_template(store, project) == Template(top=("plan",), tools={"find_booking": View.RECORD})
    later = find_project(store, project.name)
    assert later is not None
    assert later.revision > project.revision
    assert reading_payloads(store, project, trace_ids(store, project)[:1])[0]["about"] == {"plan": "saver"}
    assert known_tools(store, project) == ["find_booking"]
    assert "plan" in metadata_names(store, project)
