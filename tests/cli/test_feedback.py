"""`evaldash feedback` as a user calls it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "interface.schema.json").read_text(encoding="utf-8"))
Run = Callable[..., subprocess.CompletedProcess[str]]
LOANS = "question,answer,session\n" + "\n".join(f"Loan {n}?,Until May {n}.,desk-{n}" for n in range(3))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("EVALDASH_")}
        env |= {"EVALDASH_DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}
        command = [sys.executable, "-m", "evaldash", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False)

    path = tmp_path / "library.csv"
    path.write_text(LOANS, encoding="utf-8")
    done = call("import", str(path))
    assert done.returncode == 0, done.stderr
    return call


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """Return what the command wrote, held against its documented schema."""
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, {**SCHEMA, "$ref": f"#/$defs/{done.args[3]}"})
    return found


@pytest.fixture
def ratings(tmp_path: Path) -> str:
    path = tmp_path / "ratings.csv"
    path.write_text("session,thumbs,comment\ndesk-1,down,wrong month\ndesk-9,up,\n", encoding="utf-8")
    return str(path)


def test_feedback_is_joined_and_filtered_by(run: Run, ratings: str) -> None:
    planned = document(run("feedback", ratings, "--on", "session", "--dry-run", "--json"))
    assert (planned["joined"], planned["traces_updated"]) == (1, 0)
    found = document(run("feedback", ratings, "--on", "session", "--json"))
    assert (found["joined"], found["traces_updated"]) == (1, 1)
    assert [item["record"] for item in found["unmatched"]] == ["row 3"]
    assert found["columns"] == {"session": "join", "thumbs": "value", "comment": "comment"}
    done = run("traces", "--filter", "feedback = down", "--json")
    (trace,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert trace["session"] == "desk-1"
    assert [(item["value"], item["comment"]) for item in trace["feedback"]] == [("down", "wrong month")]
    again = document(run("feedback", ratings, "--on", "session", "--json"))
    assert (again["joined"], again["traces_updated"]) == (1, 0)


def test_words_name_the_rows_that_did_not_fit(run: Run, ratings: str) -> None:
    done = run("feedback", ratings, "--on", "session")
    assert "1 row joined to 1 trace (1 gained something), 1 match no trace or several" in done.stdout
    assert "unmatched: row 3: no session of this project is called 'desk-9'" in done.stdout


WRONG = {
    "no such column": (["--on", "ticket"], 2, "the file has no column 'ticket'; it has session, thumbs, comment"),
    "no --on": ([], 2, "--on"),
}


@pytest.mark.parametrize(("options", "code", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_call_is_a_sentence(run: Run, ratings: str, options: list[str], code: int, message: str) -> None:
    done = run("feedback", ratings, *options)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mapping_is_saved_by_name_and_used(run: Run, tmp_path: Path) -> None:
    table, survey, roles = tmp_path / "desk.csv", tmp_path / "survey.csv", tmp_path / "roles.json"
    table.write_text("asked,told\nOpen on Sunday?,From ten.\n", encoding="utf-8")
    survey.write_text("desk,how was it,words\ndesk-1,3,slow\n", encoding="utf-8")
    roles.write_text('{"asked": "query", "told": "answer"}', encoding="utf-8")
    assert run("mappings", "save", "library desk", str(roles)).returncode == 0
    found = document(run("import", str(table), "--project", "library", "--mapping", "library desk", "--json"))
    assert (found["format"], found["traces_new"]) == ("table", 1)
    roles.write_text('{"how was it": "value", "words": "comment", "desk": "join"}', encoding="utf-8")
    assert run("mappings", "save", "survey", str(roles), "--kind", "feedback").returncode == 0
    joined = document(run("feedback", str(survey), "--on", "desk", "--mapping", "survey", "--json"))
    assert (joined["joined"], joined["not_understood"]) == (1, [])
    saved = document(run("mappings", "--json"))
    assert [(item["name"], item["kind"]) for item in saved] == [("library desk", "table"), ("survey", "feedback")]
    assert run("mappings", "delete", "library desk").returncode == 0
    gone = run("import", str(table), "--mapping", "library desk")
    assert gone.returncode == 1
    assert "there is no file 'library desk', and there is no mapping 'library desk' for table files" in gone.stderr


@pytest.mark.parametrize(("content", "code"), [(None, 1), ("", 1)])
def test_a_file_that_cannot_be_read_is_a_sentence(run: Run, tmp_path: Path, content: str | None, code: int) -> None:
    path = tmp_path / "gone.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = run("feedback", str(path), "--on", "id")
    assert done.returncode == code
    assert "gone.csv" in done.stderr
    assert "Traceback" not in done.stderr
