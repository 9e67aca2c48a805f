"""Tables: guessed and given columns, the oddities of CSV, and sentences for what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaldash.errors import EvaldashError, InvalidInput, UnreadableSource
from evaldash.importers import Mapping
from tests.importers.reading import read, said

QUESTION, ANSWER = "When is high tide?", "At 14:20, and again at 02:45."
SPOKEN = [("user", QUESTION), ("assistant", ANSWER)]

SPELLINGS = [
    pytest.param(f'question,answer\n{QUESTION},"{ANSWER}"\n', id="comma"),
    pytest.param(f"question\tanswer\n{QUESTION}\t{ANSWER}\n", id="tab"),
    pytest.param(f"question;answer\n{QUESTION};{ANSWER}\n", id="semicolon"),
    pytest.param(f'\ufeffquestion,answer\r\n{QUESTION},"{ANSWER}"\r\n', id="excel"),
    pytest.param(f'"User Query","Response"\n{QUESTION},"{ANSWER}"\n', id="names-with-spaces"),
    pytest.param(f'answer,question\n"{ANSWER}",{QUESTION}', id="other-order-no-last-line-end"),
    pytest.param(f'prompt,completion\n\n{QUESTION},"{ANSWER}"\n\n', id="blank-rows"),
]


@pytest.mark.parametrize("data", SPELLINGS)
def test_question_and_answer_are_found(data: str) -> None:
    found = read(data, "table.csv")
    assert found.format == "table"
    assert [said(trace) for trace in found.traces] == [SPOKEN]
    assert not found.issues


def test_all_other_columns_have_their_place() -> None:
    data = (
        "id,session_id,question,answer,context,rating,comment,latency_ms,timestamp,version,plan\n"
        "7,s1,Why?,So.,A tide table.,2,too short,1200,2026-03-01T12:00:00,1.4,gold\n"
    )
    (trace,) = read(data, "table.csv").traces
    assert (trace.external_id, trace.session, trace.version) == ("7", "s1", "1.4")
    assert trace.started_at is not None
    assert trace.started_at.isoformat() == "2026-03-01T12:00:00+00:00"
    assert trace.metadata == {"plan": "gold"}
    assert trace.metrics["latency_ms"] == 1200
    assert {item.name for item in trace.feedback} == {"rating", "comment"}
    assert [step.kind.value for step in trace.steps] == ["message", "retrieval", "message"]


def test_a_cell_with_messages_is_a_conversation() -> None:
    messages = json.dumps([{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}])
    data = 'id,conversation\n1,"' + messages.replace('"', '""') + '"\n'
    assert [said(trace) for trace in read(data, "table.csv").traces] == [SPOKEN]


def test_a_row_without_words_is_an_issue_with_its_number() -> None:
    found = read("question,answer,plan\nWhy?,So.,a\n,,b\nHow?,Thus.,c\n", "table.csv")
    assert len(found.traces) == 2
    assert [issue.record for issue in found.issues] == ["row 3"]


def test_a_cell_longer_than_pythons_own_limit_is_read() -> None:
    long = "tide " * 60_000
    (trace,) = read(f"question,answer\n{long},So.\n", "table.csv").traces
    assert said(trace)[0][1] == long.strip() or said(trace)[0][1] == long


def test_line_ends_within_quotes_belong_to_the_cell() -> None:
    (trace,) = read('question,answer\n"Why\nnot?",So.\n', "table.csv").traces
    assert said(trace)[0] == ("user", "Why\nnot?")


def test_a_quote_never_closed_is_named_and_swallows_nothing_in_silence() -> None:
    found = read('question,answer\nWhy?,So.\nHow?,"Thus.\nWhen?,Now.\nWho?,Me.\n', "table.csv")
    assert [trace.steps[0].text for trace in found.traces] == ["Why?", "When?", "Who?"]
    assert [issue.record for issue in found.issues] == ["row 3"]


def test_a_given_mapping_says_which_column_is_which(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text('{"frage": "query", "antwort": "answer"}', encoding="utf-8")
    found = read(f'frage,antwort\n{QUESTION},"{ANSWER}"\n', "table.csv", mapping=Mapping.from_json(path))
    assert [said(trace) for trace in found.traces] == [SPOKEN]


BAD_MAPPINGS = [
    pytest.param("{", "JSON", id="no-json"),
    pytest.param('["query"]', "object", id="no-object"),
    pytest.param('{"frage": "quary"}', "quary", id="unknown-role"),
    pytest.param('{"plan": "metadata"}', "query", id="nothing-spoken"),
    pytest.param('{"a": "query", "b": "id", "c": "id"}', "id", id="two-ids"),
]


@pytest.mark.parametrize(("text", "word"), BAD_MAPPINGS)
def test_a_wrong_mapping_is_refused_by_name(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "mapping.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=word):
        Mapping.from_json(path)


def test_a_mapping_for_a_column_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text('{"frage": "query"}', encoding="utf-8")
    with pytest.raises(EvaldashError, match=r"frage.*question.*answer"):
        read("question,answer\nWhy?,So.\n", "table.csv", mapping=Mapping.from_json(path))


def test_cells_that_hold_messages_and_tool_calls_are_read_as_such() -> None:
    asked = [{"role": "user", "content": QUESTION}]
    call = {"id": "c1", "type": "function", "function": {"name": "find_berth", "arguments": '{"metres": 9}'}}
    row = {"context": json.dumps(asked), "response": json.dumps(call), "id": "r1"}
    (trace,) = read(json.dumps([row])).traces
    assert said(trace) == [("user", QUESTION)]
    assert [(step.name, step.arguments) for step in trace.steps if step.kind == "tool_call"] == [
        ("find_berth", {"metres": 9})
    ]


def test_an_answer_that_ends_the_history_is_shown_once() -> None:
    talk = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}]
    (trace,) = read(json.dumps([{"messages": json.dumps(talk), "answer": ANSWER, "note": "x"}]), format="table").traces
    assert said(trace) == SPOKEN


@pytest.mark.timeout(20)
def test_quotes_that_never_close_do_not_make_it_slow() -> None:
    """Each line opens a quote that none below closes: the rows below must not be read for each of them."""
    found = read(b"question,answer\nIs a berth free?,Yes.\n" + b'a","b\n' * 30_000, "table.csv")
    assert found.issues[-1].reason.startswith("20,000 more records")  # behind the 10,000 that are named
    assert len(found.traces) == 1


def test_a_table_of_5000_columns() -> None:
    head = ",".join(f"c{number}" for number in range(5_000))
    with pytest.raises(UnreadableSource, match=r"5,000 columns.*EVALDASH_MAX_COLUMNS"):
        read(f"{head}\n{head}\n", "table.csv")


def test_a_row_longer_than_the_limit_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALDASH_MAX_RECORD_BYTES", "2000")
    rows = ["question,answer", "a,b", f"{'x' * 3_000},b", "c,d", '"open', *("x" * 100 for _ in range(50)), "e,f"]
    found = read("\n".join(rows), "table.csv")
    assert {"row 3", "row 5"} <= {issue.record for issue in found.issues}
    assert {("user", "a"), ("user", "c"), ("user", "e")} <= {said(trace)[0] for trace in found.traces}
