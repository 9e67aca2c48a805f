"""Searching as a person does: the newest answers first, each with the place where the words stand."""

import json
from collections.abc import Iterator

import pytest

from evaldash.domain.snippets import Piece, marked, snippet_of
from evaldash.domain.stored import Project
from evaldash.domain.trace import Role, Step, StepKind
from evaldash.importers import from_bytes
from evaldash.services.browse import newest_heads, snippets, trace_documents
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import find_project
from evaldash.storage.store import Store, open_store

LONG = "The harbour office opens early. " * 20
CASES = {
    "a word": ("We sail to Malmö at noon", ["sail"], "We ‹sail› to Malmö at noon"),
    "the beginning of a word": ("All parcels are late", ["parc"], "All ‹parcels› are late"),
    "case and accents": ("We sail to MALMÖ at noon", ["malmo"], "We sail to ‹MALMÖ› at noon"),
    "accents that were searched for": ("A cafe at the quay", ["café"], "A ‹cafe› at the quay"),
    "every hit": ("noon, and noon again", ["noon"], "‹noon›, and ‹noon› again"),
    "a phrase, not its words": ("desk of the library desk", ['"library desk"'], "desk of the ‹library desk›"),
    "a hyphen within": ("Ask Smith-Jones today", ["smith-jones"], "Ask ‹Smith-Jones› today"),
    "two searches": ("A ferry at noon", ["ferry", "noon"], "A ‹ferry› at ‹noon›"),
    "japanese": ("私は東京タワーに行く", ["東京"], "私は‹東京›タワーに行く"),
    "not within a word": ("A drain near the train", ["rain", "train"], "A drain near the ‹train›"),
    "far into a text": (
        LONG + "A gull sits there.",
        ["gull"],
        "…opens early. The harbour office opens early. A ‹gull› sits there.",
    ),
    "before much text": ("A gull. " + LONG, ["gull"], None),
    "line ends": ("first\n\n  second\tthird", ["second"], "first ‹second› third"),
    "nothing there": ("A ferry", ["gull"], ""),
    "markup stays text": ("<b>gull</b>", ["gull"], "<b>‹gull›</b>"),
    "a letter that grows in lower case": ("İİİİ gull", ["gull"], "İİİİ ‹gull›"),
}


def message(text: str) -> Step:
    return Step(kind=StepKind.MESSAGE, role=Role.USER, text=text)


@pytest.mark.parametrize(("text", "searches", "shown"), CASES.values(), ids=CASES.keys())
def test_a_snippet_shows_where_the_words_stand(text: str, searches: list[str], shown: str | None) -> None:
    found = snippet_of([message(text)], searches)
    assert "".join(piece.text for piece in found if piece != Piece("…")) in text
    if shown is None:
        assert 150 < len(marked(found)) < 250
        assert found[-1] == Piece("…")
    else:
        assert marked(found) == shown


def test_the_text_with_most_of_the_words_is_shown() -> None:
    call = Step(kind=StepKind.TOOL_CALL, name="look_up", arguments={"where": "noon ferry"}, result="a ferry")
    assert marked(snippet_of([message("A ferry."), call], ["ferry noon"])) == "‹noon› ‹ferry›"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def bring(store: Store) -> Project:
    records = [
        {
            "id": f"t{day}",
            "timestamp": f"2026-03-0{day}T12:00:00Z",
            "messages": [
                {"role": "user", "content": f"Is the ferry of day {day} late?"},
                {"role": "assistant", "content": "It waits for the tide."},
            ],
        }
        for day in (3, 1, 2)
    ]
    records.append({"id": "none", "messages": [{"role": "user", "content": "A ferry, some day."}]})
    file = from_bytes("ferries.jsonl", "\n".join(json.dumps(record) for record in records).encode())
    import_files(store, [file], ImportRequest(project="p"))
    project = find_project(store, "p")
    assert project is not None
    return project


def test_the_newest_answers_come_first_and_those_without_a_time_last(store: Store) -> None:
    project = bring(store)
    found = newest_heads(store, project, '"ferry"', limit=10)
    assert [head.external_id for head in found] == ["t3", "t2", "t1", "none"]
    assert [head.external_id for head in newest_heads(store, project, limit=2)] == ["t3", "t2"]


def test_documents_hold_a_snippet_where_words_were_searched_for(store: Store) -> None:
    project = bring(store)
    found = list(trace_documents(store, project, '"tide" and not "xylophone"', limit=1))
    assert [document["external_id"] for document in found] == ["t3"]
    assert found[0]["snippet"] == [
        {"text": "It waits for the ", "is_hit": False},
        {"text": "tide", "is_hit": True},
        {"text": ".", "is_hit": False},
    ]
    assert "snippet" not in next(trace_documents(store, project, "has started_at"))


def test_snippets_are_made_only_where_words_are_searched_for(store: Store) -> None:
    project = bring(store)
    ids = [head.id for head in newest_heads(store, project, limit=2)]
    assert snippets(store, project, "has started_at", ids) == {}
    assert [marked(item) for item in snippets(store, project, '"day 2"', ids).values()] == [
        "Is the ferry of ‹day› 3 late?",
        "Is the ferry of ‹day› ‹2› late?",
    ]
