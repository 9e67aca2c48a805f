"""Feedback from a file of its own: joined by id, prefix, the source's id or session; what fits nothing is named."""

import io
import json
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from evaldash.domain.stored import Project
from evaldash.domain.trace import Feedback
from evaldash.errors import Cancelled, InvalidInput, UnreadableSource
from evaldash.importers import SourceFile, from_bytes
from evaldash.services.browse import load_traces, trace_ids
from evaldash.services.feedback import FeedbackRequest, join_choices, join_feedback
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

TRACES = [conversation(number, session="desk" if number > 3 else f"visit-{number}") for number in range(6)]
ROWS = [
    {"trace_id": "t0", "rating": 2, "comment": "the train had left", "user": "mia", "date": "2026-03-02"},
    {"trace_id": "t1", "rating": 5, "comment": "", "user": "", "date": ""},
]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def csv_file(text: str) -> SourceFile:
    return from_bytes("ratings.csv", text.encode())


def as_csv() -> SourceFile:
    lines = [",".join(ROWS[0]), *(",".join(str(cell) for cell in row.values()) for row in ROWS)]
    return csv_file("\n".join(lines))


def as_xlsx() -> SourceFile:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[Any]] = [list(ROWS[0]), *([cell or None for cell in row.values()] for row in ROWS)]
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return from_bytes("ratings.xlsx", out.getvalue())


KINDS = {
    "csv": as_csv,
    "xlsx": as_xlsx,
    "json": lambda: from_bytes("ratings.json", json.dumps(ROWS).encode()),
    "json lines": lambda: from_bytes("ratings.jsonl", "\n".join(map(json.dumps, ROWS)).encode()),
}


def feedback_of(store: Store, project: Project, number: int) -> list[Feedback]:
    return list(load_traces(store, project, [TRACES[number].id])[0].feedback)


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())
def test_each_kind_of_file_says_the_same(store: Store, project: Project, make) -> None:
    report = join_feedback(store, project, make(), FeedbackRequest(on="trace_id"))
    assert (report.joined, len(report.traces), report.unmatched, report.rejections) == (2, 2, [], [])
    (first,) = feedback_of(store, project, 0)
    assert (first.name, first.value, first.comment, first.author) == ("rating", 2, "the train had left", "mia")
    assert first.at is not None
    assert first.at.date().isoformat() == "2026-03-02"
    assert [(item.name, item.value) for item in feedback_of(store, project, 1)] == [("rating", 5)]
    assert load_traces(store, project, [TRACES[1].id])[0].head.metrics["rating"] == 5
    assert trace_ids(store, project, "metric.rating < 3") == [TRACES[0].id]


def test_the_same_file_again_adds_nothing(store: Store, project: Project) -> None:
    first = join_feedback(store, project, as_csv(), FeedbackRequest(on="trace_id"))
    again = join_feedback(store, project, as_csv(), FeedbackRequest(on="trace_id"))
    assert (len(first.updated), again.joined, len(again.updated)) == (2, 2, 0)
    assert len(feedback_of(store, project, 0)) == 1


def test_a_dry_run_reports_and_writes_nothing(store: Store, project: Project) -> None:
    report = join_feedback(store, project, as_csv(), FeedbackRequest(on="trace_id", dry_run=True))
    assert (report.joined, len(report.traces)) == (2, 2)
    assert feedback_of(store, project, 0) == []


NAMED = {
    "the whole id": TRACES[0].id,
    "its first digits": TRACES[0].id[:10],
    "the id of the source": "t0",
    "its session, in a column of ids": "visit-0",
}


@pytest.mark.parametrize("name", NAMED.values(), ids=NAMED.keys())
def test_a_trace_is_found_by_any_of_its_names(store: Store, project: Project, name: str) -> None:
    report = join_feedback(store, project, csv_file(f"id,thumbs\n{name},down"), FeedbackRequest(on="id"))
    assert report.unmatched == []
    assert trace_ids(store, project, "feedback = down") == [TRACES[0].id]


@pytest.mark.parametrize("on", ["session", "Conversation ID", "conversation_id"])
def test_session_means_the_column_with_a_usual_name_of_it(store: Store, project: Project, on: str) -> None:
    file = csv_file("Conversation ID,Subject,Body\nvisit-2,Bicycle,No room on the 14:10")
    report = join_feedback(store, project, file, FeedbackRequest(on=on))
    assert report.joined == 1
    (ticket,) = feedback_of(store, project, 2)
    assert (ticket.name, ticket.value, ticket.comment) == ("Body", None, "Bicycle\nNo room on the 14:10")


UNMATCHED = {
    "nobody": ("t99,up", "no trace of this project is called 't99'"),
    "several": ("desk,up", "fits 2 traces or more"),
    "empty": (",up", "the column id is empty"),
}


@pytest.mark.parametrize(("row", "reason"), UNMATCHED.values(), ids=UNMATCHED.keys())
def test_a_row_that_fits_no_trace_or_several_is_named(store: Store, project: Project, row: str, reason: str) -> None:
    report = join_feedback(store, project, csv_file(f"id,thumbs\nt0,up\n{row}"), FeedbackRequest(on="id"))
    assert report.joined == 1
    assert [issue.record for issue in report.unmatched] == ["row 3"]
    assert reason in report.unmatched[0].reason


def test_a_row_that_says_nothing_is_rejected_and_a_broken_line_as_well(store: Store, project: Project) -> None:
    text = '{"id": "t0", "rating": 4}\n{"id": "t1", "rating": null}\n{broken\n["t2", 4]'
    report = join_feedback(store, project, from_bytes("r.jsonl", text.encode()), FeedbackRequest(on="id"))
    assert report.joined == 1
    assert sorted(issue.record for issue in report.rejections) == ["line 2", "line 3", "line 4"]


SHAPES = {
    "a name, a value": ("id,name,value\nt0,politeness,0.5", [("politeness", 0.5, None)]),
    "a value each": ("id,csat,resolved,note\nt0,4,yes,slow", [("csat", 4, "slow"), ("resolved", "yes", None)]),
    "unusual names": ("id,was the train on time\nt0,no", [("was the train on time", "no", None)]),
    "a long number is a name": ("id,label\nt0,00012345678901234567", [("label", "00012345678901234567", None)]),
}


@pytest.mark.parametrize(("text", "said"), SHAPES.values(), ids=SHAPES.keys())
def test_what_columns_mean_is_guessed(store: Store, project: Project, text: str, said: list[object]) -> None:
    join_feedback(store, project, csv_file(text), FeedbackRequest(on="id"))
    assert [(item.name, item.value, item.comment) for item in feedback_of(store, project, 0)] == said


def test_objects_within_a_row_are_read(store: Store, project: Project) -> None:
    row = {"id": "t0", "feedback": {"name": "tone", "score": 0.25, "comment": "curt", "author": "ben"}}
    join_feedback(store, project, from_bytes("f.json", json.dumps([row]).encode()), FeedbackRequest(on="id"))
    assert feedback_of(store, project, 0) == [Feedback(name="tone", value=0.25, comment="curt", author="ben")]


def test_columns_can_be_given_and_those_without_a_meaning_are_named(store: Store, project: Project) -> None:
    file = csv_file("id,what they wrote,priority,queue\nt0,too late,high,north")
    roles = {"what they wrote": "comment", "priority": "value", "queue": "ignore"}
    report = join_feedback(store, project, file, FeedbackRequest(on="id", roles=roles))
    assert [(item.name, item.value, item.comment) for item in feedback_of(store, project, 0)] == [
        ("priority", "high", "too late")
    ]
    assert not report.not_understood
    guessed = join_feedback(store, project, csv_file("id,rating,queue\nt0,1,north"), FeedbackRequest(on="id"))
    assert guessed.not_understood == {"queue": 1}


def test_a_metric_of_the_source_is_not_overwritten(store: Store, project: Project) -> None:
    file = csv_file("id,name,value\nt1,latency_ms,7")
    join_feedback(store, project, file, FeedbackRequest(on="id"))
    assert load_traces(store, project, [TRACES[1].id])[0].head.metrics["latency_ms"] == 100


WRONG = {
    "a column that is not there": ("id,rating\nt0,1", "ticket", None, "no column 'ticket'; it has id, rating"),
    "only the ids": ("id,started_at\nt0,2026-03-01", "id", None, "needs a column with the role value or comment"),
    "a role nobody knows": ("id,rating\nt0,1", "id", {"rating": "stars"}, "role must be one of join"),
    "a mapping of another file": ("id,rating\nt0,1", "id", {"grade": "value"}, "no column 'grade'"),
}


@pytest.mark.parametrize(("text", "on", "roles", "message"), WRONG.values(), ids=WRONG.keys())
def test_columns_that_cannot_be_used_are_refused_in_a_sentence(
    store: Store, project: Project, text: str, on: str, roles: dict[str, str] | None, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        join_feedback(store, project, csv_file(text), FeedbackRequest(on=on, roles=roles))


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"[1, 2]", b'{"id": "t0", "ra'])
def test_a_file_without_rows_is_refused(store: Store, project: Project, content: bytes) -> None:
    with pytest.raises(UnreadableSource):
        join_feedback(store, project, from_bytes("ratings.csv", content), FeedbackRequest(on="id"))


def test_columns_are_offered_by_what_they_join(store: Store, project: Project) -> None:
    file = csv_file("ticket,visit,seat\n88,visit-1,12\n89,visit-2,14\n90,visit-9,15")
    choices = [(choice.column, choice.matched, choice.rows) for choice in join_choices(store, project, file)]
    assert choices == [("visit", 2, 3), ("ticket", 0, 3), ("seat", 0, 3)]


def test_a_stop_is_heeded(store: Store, project: Project) -> None:
    with pytest.raises(Cancelled, match="join the file again"):
        join_feedback(store, project, as_csv(), FeedbackRequest(on="trace_id"), should_stop=lambda: True)
