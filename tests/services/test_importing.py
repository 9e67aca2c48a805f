"""Imports as a whole: what becomes one trace, feedback that comes later, stopping, and looking without writing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from evaldash.domain.trace import Unit
from evaldash.errors import Cancelled, InvalidInput, UnreadableSource
from evaldash.importers import SourceFile, from_bytes
from evaldash.services import importing
from evaldash.services.browse import count_traces, load_traces, trace_ids
from evaldash.services.import_report import ImportReport
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.imports import import_issues, list_imports, set_version, undo_import
from evaldash.services.projects import find_project, list_projects
from evaldash.storage.store import Store, open_store


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def chat(id: str, *turns: str, **more: Any) -> dict[str, Any]:
    roles = ["user", "assistant"]
    return {"id": id, "messages": [{"role": roles[i % 2], "content": text} for i, text in enumerate(turns)], **more}


def file(*records: dict[str, Any], name: str = "a.jsonl") -> SourceFile:
    return from_bytes(name, "\n".join(json.dumps(record) for record in records).encode())


def bring(store: Store, *files: SourceFile, **request: Any) -> ImportReport:
    return import_files(store, files, ImportRequest(project="p", **request))


SINGLE_TURNS = (
    chat("b", "And on Friday?", "Also.", session_id="s1", started_at="2026-03-01T10:05:00Z"),
    chat("a", "Is there a train on Monday?", "Yes.", session_id="s1", started_at="2026-03-01T10:00:00Z"),
    chat("c", "Hello", "Hi.", session_id="s2"),
)
UNITS = {
    "auto joins single turns of a session": (Unit.AUTO, 2),
    "trace leaves them apart": (Unit.TRACE, 3),
    "session joins all of a session": (Unit.SESSION, 2),
}


@pytest.mark.parametrize(("unit", "count"), UNITS.values(), ids=UNITS.keys())
def test_what_becomes_one_trace(store: Store, unit: Unit, count: int) -> None:
    assert bring(store, file(*SINGLE_TURNS), unit=unit).new == count
    again = bring(store, file(*SINGLE_TURNS), unit=unit)
    assert (again.new, again.duplicate) == (0, count)


def test_turns_of_a_session_stand_in_the_order_of_their_times_even_from_two_files(store: Store) -> None:
    bring(store, file(SINGLE_TURNS[0]), file(SINGLE_TURNS[1], name="b.jsonl"))
    project = find_project(store, "p")
    assert project is not None
    trace = load_traces(store, project, trace_ids(store, project))[0]
    assert [step.text for step in trace.steps] == ["Is there a train on Monday?", "Yes.", "And on Friday?", "Also."]
    assert trace.head.external_id == "s1"


def test_conversations_of_one_session_stay_apart_by_default(store: Store) -> None:
    long = [chat(name, "one", "two", "three", "four", session_id="s") for name in ("x", "y")]
    assert bring(store, file(*long)).new == 2


def test_feedback_that_comes_later_is_an_update_and_no_new_trace(store: Store) -> None:
    plain, rated = chat("a", "Hi", "Hello"), chat("a", "Hi", "Hello", feedback={"thumbs": "down", "comment": "cold"})
    bring(store, file(plain))
    report = bring(store, file(rated))
    assert (report.new, report.duplicate, report.updated) == (0, 1, 1)
    project = find_project(store, "p")
    assert project is not None
    assert count_traces(store, project, "feedback = down") == 1


def test_nothing_is_written_by_a_dry_run_or_a_file_nobody_can_read(store: Store) -> None:
    assert bring(store, file(chat("a", "Hi", "Hello")), dry_run=True).new == 1
    with pytest.raises(UnreadableSource, match="nothing could be read"):
        bring(store, from_bytes("x.json", b"[1, 2"))
    assert list_projects(store) == []


def test_a_bad_file_among_good_ones_is_listed(store: Store) -> None:
    report = bring(store, file(chat("a", "Hi", "Hello")), from_bytes("bad.json", b"\x00\x01"))
    assert (report.new, report.rejected) == (1, 1)
    assert report.key is not None
    assert [issue.source for issue in import_issues(store, report.key)] == ["bad.json"]


def test_a_stopped_import_keeps_what_came_in_and_the_next_one_brings_the_rest(store: Store) -> None:
    many = file(*(chat(str(number), f"question {number}", "answer") for number in range(700)))
    calls = iter([False, False, True])
    with pytest.raises(Cancelled, match="600 traces are in"):
        import_files(store, [many], ImportRequest(project="p"), should_stop=lambda: next(calls))
    report = bring(store, many)
    assert (report.new, report.duplicate) == (100, 600)


def test_traces_that_are_long_are_written_before_many_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PORTION_CHARACTERS", 2_000)
    written: list[int] = []

    def note(*_: Any) -> None:
        project = find_project(store, "p")
        written.append(count_traces(store, project) if project else 0)

    long = file(*(chat(str(number), f"question {number}", "answer " * 100) for number in range(9)))
    assert import_files(store, [long], ImportRequest(project="p"), progress=note).new == 9
    assert written == [0, 0, 3, 3, 3, 6, 6, 6, 9]


def test_progress_counts_over_all_files_and_never_goes_back(store: Store) -> None:
    files = [file(*(chat(f"{name}{n}", "A berth?", "Two.") for n in range(5)), name=name) for name in ("a", "b")]
    said: list[tuple[int, int, str]] = []
    import_files(store, files, ImportRequest(project="p"), progress=lambda *step: said.append(step))
    done = [step[0] for step in said]
    assert done == sorted(done)
    assert {step[1] for step in said} == {sum(source.size for source in files)}
    assert done[-1] == said[-1][1]
    assert said[-1][2] == "b (2 of 2)"


def test_an_import_is_listed_relabelled_and_taken_back(store: Store) -> None:
    report = bring(store, file(chat("a", "Hi", "Hello")), version="1")
    project = find_project(store, "p")
    assert project is not None
    assert report.key is not None
    assert [(row.key, row.traces, row.version) for row in list_imports(store, project)] == [(report.key, 1, "1")]
    set_version(store, project, report.key, "2", who="ana")
    assert count_traces(store, project, "version = 2") == 1
    assert undo_import(store, project, report.key, who="ana") == (1, 0)
    assert count_traces(store, project) == 0


@pytest.mark.parametrize("version", ["", " ", "x" * 201], ids=["none", "blank", "too long"])
def test_a_version_that_is_none_or_too_long_is_a_sentence(store: Store, version: str) -> None:
    report = bring(store, file(chat("a", "Hi", "Hello")))
    project = find_project(store, "p")
    assert project is not None
    assert report.key is not None
    with pytest.raises(InvalidInput, match="1 to 200 characters"):
        set_version(store, project, report.key, version, who="ana")
