"""Annotations from files: CSV, XLSX, JSON Lines, several rows a trace, bad rows named and left out."""

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.errors import UnreadableSource
from evaldash.services import coding, taxonomy
from evaldash.services.annotating import StepCounting, annotate_file
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

TRACES = [conversation(number) for number in range(4)]
HEADER = ["trace", "verdict", "code", "step", "mode", "comment"]
ROWS = [
    ["t0", "fail", "ignored the seat", "3", "", "rude too"],
    ["t0", "fail", "no apology", "4", "", ""],
    ["t1", "pass", "", "", "", ""],
    ["t2", "deferred", "", "", "", "ask Ben"],
]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def write_csv(path: Path, rows: list[list[str]] = ROWS, *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    text = "\n".join(delimiter.join(row) for row in [HEADER, *rows])
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, *ROWS]:
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.save(path)
    return path


def write_jsonl(path: Path) -> Path:
    lines = [
        {"trace": "t0", "verdict": "fail", "comment": "rude too",
         "codes": [{"text": "ignored the seat", "step": 3}, {"code": "no apology", "step": 4}]},
        {"trace": "t1", "verdict": "pass"},
        {"trace": "t2", "verdict": "deferred", "comment": "ask Ben"},
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


FILES = {
    "csv": lambda folder: write_csv(folder / "a.csv"),
    "semicolons and a byte-order mark": lambda folder: write_csv(folder / "a.csv", delimiter=";", encoding="utf-8-sig"),
    "tabs": lambda folder: write_csv(folder / "a.tsv", delimiter="\t"),
    "xlsx": lambda folder: write_xlsx(folder / "a.xlsx"),
    "json lines": lambda folder: write_jsonl(folder / "a.jsonl"),
}


@pytest.mark.parametrize("write", FILES.values(), ids=FILES.keys())
def test_each_kind_of_file_gives_the_same_annotations(store: Store, project: Project, tmp_path: Path, write) -> None:
    report = annotate_file(store, project, write(tmp_path), coder="ana")
    assert (report.annotations_new, report.codes_new, report.rejections) == (3, 2, [])
    found = {item.trace: item for item in coding.list_annotations(store, project)}
    first = found[TRACES[0].id]
    assert first.verdict is Verdict.FAIL
    assert [(code.text, code.step) for code in first.codes] == [("ignored the seat", 3), ("no apology", 4)]
    assert first.comment == "rude too"
    assert found[TRACES[1].id].verdict is Verdict.PASS
    assert found[TRACES[2].id].verdict is Verdict.DEFERRED


def test_the_same_file_again_changes_nothing(store: Store, project: Project, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv")
    annotate_file(store, project, path, coder="ana")
    before = coding.list_codes(store, project)
    again = annotate_file(store, project, path, coder="ana")
    assert (again.annotations_new, again.annotations_unchanged, again.codes_new) == (0, 3, 0)
    assert coding.list_codes(store, project) == before


def test_a_changed_note_is_a_newer_annotation_and_the_others_keep_their_ids(
    store: Store, project: Project, tmp_path: Path
) -> None:
    annotate_file(store, project, write_csv(tmp_path / "a.csv"), coder="ana")
    kept = {code.text: code.id for code in coding.list_codes(store, project)[0]}
    rows = [ROWS[0], ["t0", "fail", "no apology at all", "4", "", ""]]
    report = annotate_file(store, project, write_csv(tmp_path / "b.csv", rows), coder="ana")
    assert (report.annotations_new, report.codes_new) == (1, 1)
    now = {code.text: code.id for code in coding.list_codes(store, project)[0]}
    assert now["ignored the seat"] == kept["ignored the seat"]
    assert "no apology at all" in now


REJECTED = {
    "unknown trace": (["t9", "fail", "late", "", "", ""], "there is no trace 't9'"),
    "no trace": (["", "fail", "late", "", "", ""], "the column trace is empty"),
    "no verdict": (["t3", "", "late", "", "", ""], "verdict must be pass, fail or deferred, got nothing"),
    "another verdict": (["t3", "so-so", "", "", "", ""], "got so-so"),
    "a pass with a code": (["t3", "pass", "late", "", "", ""], "a pass carries no code"),
    "a step that is not there": (["t3", "fail", "late", "12", "", ""], "between 1 and 4, got 12"),
    "a step that is no number": (["t3", "fail", "late", "two", "", ""], "whole number, got 'two'"),
}


@pytest.mark.parametrize(("row", "reason"), REJECTED.values(), ids=REJECTED.keys())
def test_a_bad_row_is_named_and_the_others_come_in(
    store: Store, project: Project, tmp_path: Path, row: list[str], reason: str
) -> None:
    report = annotate_file(store, project, write_csv(tmp_path / "a.csv", [*ROWS, row]), coder="ana")
    assert report.annotations_new == 3
    assert [issue.record for issue in report.rejections] == ["row 6"]
    assert reason in report.rejections[0].reason


def test_a_coder_whose_name_is_too_long_is_rejected_and_the_others_come_in(
    store: Store, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"trace,verdict,coder\nt1,pass,ben\nt2,pass,{'x' * 201}\n", encoding="utf-8")
    report = annotate_file(store, project, path, coder="ana")
    assert (report.annotations_new, [issue.record for issue in report.rejections]) == (1, ["row 3"])
    assert "at most 200 characters, got 201" in report.rejections[0].reason


@pytest.mark.parametrize(
    ("counting", "number", "step"),
    [(StepCounting.INDEX, "3", 3), (StepCounting.SOURCE0, "3", 3), (StepCounting.SOURCE1, "3", 3),
     (StepCounting.SOURCE1, "5", 4)],
)  # fmt: skip
def test_steps_are_counted_as_the_file_counts(
    store: Store, project: Project, tmp_path: Path, counting: StepCounting, number: str, step: int
) -> None:
    path = write_csv(tmp_path / "a.csv", [["t0", "fail", "late", number, "", ""]])
    annotate_file(store, project, path, coder="ana", steps=counting)
    assert coding.list_codes(store, project)[0][0].step == step


def test_modes_named_in_the_file_are_one_change_of_the_taxonomy(store: Store, project: Project, tmp_path: Path) -> None:
    taxonomy.create(store, project, "Wrong Date", who="ana")
    rows = [["t0", "fail", "12 for 21", "4", "wrong date", ""], ["t1", "fail", "curt", "4", "Tone", ""]]
    annotate_file(store, project, write_csv(tmp_path / "a.csv", rows), coder="ana")
    now = taxonomy.view(store, project)
    held = {mode.name: [code.text for code in now.by_mode[mode.id]] for mode in now.taxonomy.modes}
    assert held == {"Wrong Date": ["12 for 21"], "Tone": ["curt"]}
    assert now.taxonomy.version == 2


def test_columns_are_known_by_what_teams_call_them_and_the_coder_may_stand_in_one(
    store: Store, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "coded.csv"
    path.write_text(
        "Trace ID,Pass/Fail,What went wrong,Failure mode,Annotator,Seat\n"
        "t0,FAILED,named the wrong platform,Wrong place,Ben,12\nt1,passed,,,,14\n",
        encoding="utf-8",
    )
    report = annotate_file(store, project, path, coder="ana")
    assert (report.annotations_new, report.codes_new, report.modes) == (2, 1, {"Wrong place"})
    assert dict(report.coders) == {"Ben": 1, "ana": 1}
    assert dict(report.not_understood) == {"Seat": 2}
    found = {item.trace: (item.coder, item.verdict) for item in coding.list_annotations(store, project)}
    assert found == {TRACES[0].id: ("Ben", Verdict.FAIL), TRACES[1].id: ("ana", Verdict.PASS)}


FAILURE_LISTS = {
    "several failures of a run": [
        {"trajectory_id": "t0", "failure_summary": "rude too", "root_cause": {"failure_id": 1}, "failures": [
            {"step_number": 3, "step_reason": "ignored the seat", "failure_category": "Seats", "failed_agent": "bot"},
            {"step_number": 4, "step_reason": "no apology", "failure_category": "Tone"}]},
        {"trajectory_id": "t1", "failures": [], "failure_summary": ""},
    ],
    "one mistake of a run": [
        {"question_ID": "t0", "mistake_reason": "ignored the seat", "mistake_step": "3", "mistake_agent": "bot"},
        {"question_ID": "t1", "mistake_reason": "", "mistake_step": ""},
    ],
}  # fmt: skip


@pytest.mark.parametrize("records", FAILURE_LISTS.values(), ids=FAILURE_LISTS.keys())
def test_a_list_of_failures_says_fail_without_a_verdict_and_an_empty_one_says_nothing(
    store: Store, project: Project, tmp_path: Path, records: list[dict[str, object]]
) -> None:
    path = tmp_path / "failures.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    report = annotate_file(store, project, path, coder="ana")
    assert [item.reason for item in report.rejections] == [
        "trace t1: verdict must be pass, fail or deferred, got nothing"
    ]
    found = coding.list_annotations(store, project)
    assert [(item.trace, item.verdict) for item in found] == [(TRACES[0].id, Verdict.FAIL)]
    assert (found[0].codes[0].text, found[0].codes[0].step) == ("ignored the seat", 3)
    assert any(name.endswith("agent") for name in report.not_understood)


def test_a_dry_run_reports_the_same_and_writes_nothing(store: Store, project: Project, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [*ROWS, ["t9", "fail", "late", "", "", ""]])
    planned = annotate_file(store, project, path, coder="ana", dry_run=True)
    assert coding.list_annotations(store, project) == []
    assert planned.as_json() == annotate_file(store, project, path, coder="ana").as_json()


BROKEN = {
    "empty": (b"", "is empty"),
    "wrong columns": (b"seat,label\n1,2\n", "has no column 'trace'; it has seat, label"),
    "not text": (b"trace,verdict\n\xff\xfe\n", "not text in UTF-8"),
    "cut-off JSON": (b'{"trace": "t0", "verd', "record 1: not JSON"),
    "a broken workbook": (b"PK\x03\x04 nothing", "damaged zip archive"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_in_a_sentence(
    store: Store, project: Project, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableSource, match=message):
        annotate_file(store, project, path, coder="ana")
    assert coding.list_annotations(store, project) == []
