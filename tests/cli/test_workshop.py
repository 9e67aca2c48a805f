"""The commands of the taxonomy workshop write what the interface documents."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from evaldash.cli import app
from evaldash.services import taxonomy
from evaldash.storage.store import open_store
from tests.services.test_taxonomy import CODES, coded_project
from tests.support.scripted_llm import ScriptedLLM
from tests.taxonomy.test_suggest_changes import change, changes
from tests.taxonomy.test_suggest_model import drafts, mode

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "interface.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(made)
    project = coded_project(store)
    taxonomy.create(store, project, "Wrong date", codes=CODES[:3], who="ana")
    taxonomy.create(store, project, "Curt", codes=CODES[3:4], who="ana")
    store.close()
    return made


@pytest.mark.slow
def test_what_the_commands_write_is_documented(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(command: str, *arguments: str, document: str | None = None) -> Any:
        done = CliRunner().invoke(app, ["taxonomy", command, *arguments, "--db", url, "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        jsonschema.validate(found, {**SCHEMA, "$ref": f"#/$defs/taxonomy {document or command}"})
        return found

    proposals = call("proposals")
    assert {item["kind"] for item in proposals} == {"thin"}
    call("dismiss", proposals[0]["subject"], "--coder", "ana")
    assert len(call("proposals")) == len(proposals) - 1
    assert {item["code"] for item in call("places")} == set(CODES[4:])
    first = call("suggest")
    with ScriptedLLM(
        drafts(mode("Rude", ["n1"]), left_over=["n2"]), changes(change("merge", "m2", ["n4"], into="m1"))
    ) as llm:
        monkeypatch.setenv("EVALDASH_MODEL_BASE_URL", llm.url)
        assert len(call("preview")["texts"]) == 2 + 4  # the notes without a mode, and those of the modes there are
        second = call("suggest", "--method", "llm")
    assert [item["label"] for item in second["changes"]] == ["merge Curt into Wrong date"]
    assert [run["id"] for run in call("runs")] == [second["suggestion"], first["suggestion"]]
    call("compare", first["suggestion"], second["suggestion"])
    after = call(
        "accept", second["suggestion"], "--only", "merge Curt into Wrong date", "--coder", "ana", document="show"
    )
    assert [(found["name"], len(found["codes"])) for found in after["modes"]] == [("Wrong date", 4)]
    assert len(call("undo", "--coder", "ana", document="show")["modes"]) == 2
    assert len(call("redo", "--coder", "ana", document="show")["modes"]) == 1
