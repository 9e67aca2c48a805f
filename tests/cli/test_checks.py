"""The commands about code checks write what the interface documents."""

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

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "interface.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(made)
    taxonomy.create(store, coded_project(store), "Wrong date", codes=CODES[:3], who="ana")
    store.close()
    return made


def test_what_the_commands_write_is_documented(url: str, tmp_path: Path) -> None:
    def call(command: str, *arguments: str) -> Any:
        done = CliRunner().invoke(app, ["checks", command, *arguments, "--db", url, "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        jsonschema.validate(found, {**SCHEMA, "$ref": f"#/$defs/checks {command}"})
        return found

    assert call("advise")
    made = call("add", "Wrong date", "--kind", "contains", "--spec", '{"words": ["fine"]}', "--coder", "ana")
    assert len(call("list")) == len(call("run")) == 1
    call("export", "--output", str(tmp_path / "test_them.py"))
    call("retire", made["check"], "--coder", "ana")
    assert call("list") == []
