"""A project goes out as an archive and comes back equal, on SQLite and PostgreSQL and from one to the other."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet
from sqlalchemy import JSON, Column, Float, Integer, LargeBinary, String, Table
from typer.testing import CliRunner

from evaldash.cli import app
from evaldash.domain.stored import Project
from evaldash.errors import Conflict, EvaldashError, InvalidInput, UnreadableSource
from evaldash.importers import expand
from evaldash.jobs import Report, start_job
from evaldash.services.archive_members import VERSION
from evaldash.services.archiving import export_project
from evaldash.services.demo import load_demo
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import find_project, list_projects
from evaldash.services.taxonomy import view
from evaldash.storage import archive, projects
from evaldash.storage.schema import NUMBERS, PackedJson, UtcDateTime, metadata, vectors
from evaldash.storage.schema import projects as project_table
from evaldash.storage.store import Store, open_store
from tests.support.jobs import ended

ROOT = Path(__file__).parents[2]
STRANGE = 'NUL \0, a lone surrogate \ud83d, "quotes", 雨 and 🌧'
DOCUMENTS = (
    ("traces",), ("annotations",), ("codes",), ("taxonomy", "show"), ("saturation",), ("rates",),
    ("rates", "--by", "version"), ("batches",), ("fixes",), ("cycles",), ("agreement",),
)  # fmt: skip


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    stores: list[Store] = []

    def open_(url: str) -> Store:
        stores.append(open_store(url))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


def project_of(store: Store, name: str) -> Project:
    found = find_project(store, name)
    assert found is not None
    return found


def bring(store: Store, path: Path, name: str | None = None, **more: Any) -> Project:
    report = import_files(store, expand([str(path)]), ImportRequest(project=name, **more))
    return project_of(store, report.project)


def value_of(column: Column[Any], number: int) -> Any:
    """Return a made-up value of a column; `number` tells rows apart where they must differ."""
    named = {
        "verdict": "fail",
        "inclusion_probability": 0.25,
        "trace_steps.content": [{"kind": "message", "role": "user", "text": STRANGE}],
    }
    by_type: dict[type, Any] = {
        UtcDateTime: datetime(2026, 3, 1, 12, number, 7, 123456, tzinfo=UTC),
        PackedJson: {"text": STRANGE, "nan": float("nan"), "long": 2**80, "b": [None, 1.0], "a": {}},
        JSON: {"text": "雨", "n": 1.5, "none": None},
        LargeBinary: np.array([number, 2, 3], column.info.get(NUMBERS)).tobytes(),
        Integer: 1 if column.foreign_keys else number,
        Float: number + 0.1,
        String: f"{column.name[:4]}{number} 雨",
    }
    made = next(value for kind, value in by_type.items() if isinstance(column.type, kind))
    return named.get(column.name, named.get(str(column), made))


def fill(store: Store, name: str) -> Project:
    """Make a project with two rows in every table that it may have, children under the first parent."""
    with store.write() as connection:
        for table in archive.tables():
            for number in (1, 2) if table is not project_table else (1,):
                row = {c.name: value_of(c, number) for c in table.columns if not is_given(table, c)}
                keys = [c for c in table.primary_key.columns if c.foreign_keys]
                if len(keys) == len(table.primary_key.columns) and number == 2:
                    row[keys[-1].name] = 2  # one row for each parent
                connection.execute(table.insert(), row)
        connection.execute(project_table.update().values(name=name))
    return project_of(store, name)


def is_given(table: Table, column: Column[Any]) -> bool:
    return column.name == "key" and bool(column.primary_key) and isinstance(column.type, Integer)


def rows_of(store: Store, project: Project) -> dict[str, list[Any]]:
    """Return all rows by table, keys replaced by their rank, so that two stores can be compared."""
    with store.read() as connection:
        found = {table: list(archive.rows_of(connection, project, table)) for table in archive.tables()}
    rank = {
        table.name: {row["key"]: place for place, row in enumerate(rows)}
        for table, rows in found.items()
        if "key" in table.c
    }
    return {
        table.name: [{name: shown(table, name, value, rank) for name, value in row.items()} for row in rows]
        for table, rows in found.items()
    }


def shown(table: Table, name: str, value: Any, rank: dict[str, dict[Any, int]]) -> Any:
    target = next((key.column.table.name for key in table.c[name].foreign_keys), None)
    target = table.name if name == "key" else target
    if target is not None and value is not None:
        return rank[target][value]
    if isinstance(table.c[name].type, JSON):
        return json.dumps(value, sort_keys=True)  # PostgreSQL sorts them
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)


def without_names(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return rows without what a second copy in one store has of its own: names and ids that must be unique there."""
    own = {t.name: {c.name for c in t.columns if c.unique} for t in archive.tables()}
    return {
        table: [{name: value for name, value in row.items() if name not in own[table]} for row in some]
        for table, some in rows.items()
    }


def test_every_table_that_hangs_on_a_project_is_carried() -> None:
    carried = {table.name for table in archive.tables()}
    ours, more = {"projects"}, True
    while more:
        found = {t.name for t in metadata.sorted_tables if any(k.column.table.name in ours for k in t.foreign_keys)}
        more = not found <= ours
        ours |= found
    assert carried == (ours - archive.LEFT_OUT) | {vectors.name}


def test_every_column_of_bytes_says_what_numbers_it_holds() -> None:
    for table in archive.tables():
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                assert column.info[NUMBERS] in ("<f4", "<i4"), column


def test_every_row_of_every_table_comes_back(
    opened: Callable[[str], Store], sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    first, second = opened(sqlite_url), opened(postgres_url)
    given = fill(first, "full")
    expected = rows_of(first, given)
    assert all(expected.values()), "a table is empty, so nothing is shown about it"
    export_project(first, given, tmp_path / "a.zip")
    with second.write() as connection:
        projects.create(connection, "another")  # so that keys differ
    on_postgres = bring(second, tmp_path / "a.zip")
    found = rows_of(second, on_postgres)
    assert {**found, "audit": found["audit"][:-1]} == expected  # the last line tells of the import
    assert "archive" in found["audit"][-1]["what"]
    export_project(second, on_postgres, tmp_path / "b.zip")
    back = rows_of(first, bring(first, tmp_path / "b.zip", "twin"))
    assert without_names({**back, "audit": back["audit"][:-1]}) == without_names(found)
    assert back["suggestions"][0]["id"] != found["suggestions"][0]["id"]


def documents(url: str, name: str) -> list[Any]:
    """Return what the commands write, and the taxonomy at each of its versions."""
    runner = CliRunner()
    written = []
    for command in DOCUMENTS:
        done = runner.invoke(app, [*command, "--json", "--db", url, "--project", name])
        assert done.exit_code == 0, (command, done.output, done.exception)
        written.append([json.loads(line) for line in done.stdout.splitlines()])
    return written


@pytest.mark.slow
def test_the_demo_says_the_same_after_a_journey(
    opened: Callable[[str], Store], sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    first, second, third = (opened(u) for u in (sqlite_url, postgres_url, f"sqlite:///{tmp_path / 'third.db'}"))
    load_demo(first)
    expected = documents(sqlite_url, "demo")
    newest = view(first, project_of(first, "demo")).taxonomy.version
    versions = [view(first, project_of(first, "demo"), n).as_json() for n in range(1, newest + 1)]
    source, path = first, tmp_path / "demo.zip"
    for store, name in ((second, "demo"), (second, "twin"), (third, "demo")):
        export_project(source, project_of(source, "demo"), path)
        came = bring(store, path, name)
        assert documents(store.engine.url.render_as_string(hide_password=False), name) == expected
        assert [view(store, came, n).as_json() for n in range(1, newest + 1)] == versions
        source = store


@pytest.fixture
def exported(opened: Callable[[str], Store], sqlite_url: str, tmp_path: Path) -> tuple[Store, Path]:
    store = opened(sqlite_url)
    path = tmp_path / "p.zip"
    export_project(store, fill(store, "full"), path)
    return store, path


def changed(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the archive again with other members, their numbers in the manifest made to fit."""
    with zipfile.ZipFile(path) as held:
        members = {name: held.read(name) for name in held.namelist()}
    change(members)
    manifest = json.loads(members["evaldash.json"])
    for name, told in manifest["members"].items():
        if name in members:
            told |= {"bytes": len(members[name]), "sha256": hashlib.sha256(members[name]).hexdigest()}
    members["evaldash.json"] = json.dumps(manifest).encode()
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return target


def in_manifest(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        text = members["evaldash.json"].decode()
        assert old in text
        members["evaldash.json"] = text.replace(old, new).encode()

    return change


def in_lines(table: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        name = f"tables/{table}.jsonl"
        assert old.encode() in members[name]
        members[name] = members[name].replace(old.encode(), new.encode())

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (in_manifest(f'"version": {VERSION}', f'"version": {VERSION + 1}'), "install a newer one"),
        (in_manifest('"evaldash project"', '"a cake"'), "not the manifest"),
        (in_manifest('"columns": [\n    "key",\n    "id"', '"columns": [\n    "mood",\n    "id"'), "does not know"),
        (in_manifest('"table": "fixes"', '"table": "moods"'), "holds the table moods"),
        (lambda members: members.pop("tables/traces.jsonl"), "differ"),
        (lambda members: members.update({"tables/stray.jsonl": b"{}"}), "differ"),
        (lambda members: members.update({"../out.jsonl": b"{}"}), "out of the archive"),
        (in_lines("annotations", '"trace":1', '"trace":99'), "refers to traces 99"),
        (in_lines("annotations", '"verdict":"fail"', '"verdict":"soso"'), "rule of the store"),
        (in_lines("traces", '"key":1', '"key":"one"'), "whole number"),
        (in_lines("trace_steps", '"kind":"message"', '"kind":7'), "trace_steps.content"),
        (in_lines("fixes", "{", "["), "no JSON"),
        (lambda members: members.update({"tables/vectors.parquet": b"PAR1"}), "no Parquet"),
    ],
)
def test_a_changed_archive_is_refused_with_a_sentence(
    exported: tuple[Store, Path], change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    store, path = exported
    with pytest.raises(EvaldashError, match=re.escape(words)):
        bring(store, changed(path, change), "other")
    assert [summary.name for summary in list_projects(store)] == ["full"], "something of it came in"


def test_a_damaged_archive_is_refused(exported: tuple[Store, Path]) -> None:
    store, path = exported
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as held:
        info = held.getinfo("tables/vectors.parquet")  # stored as it is
    data[info.header_offset + 30 + len(info.filename) + 40] ^= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match="damaged"):
        bring(store, path, "other")


def test_a_project_that_is_there_is_left_alone(exported: tuple[Store, Path], tmp_path: Path) -> None:
    store, path = exported
    before = rows_of(store, project_of(store, "full"))
    with pytest.raises(Conflict, match="--project NAME"):
        bring(store, path)
    assert rows_of(store, project_of(store, "full")) == before
    report = import_files(store, expand([str(path)]), ImportRequest(project="dry", dry_run=True))
    assert (report.new, find_project(store, "dry")) == (2, None)


def test_an_archive_is_imported_alone_and_as_it_is(exported: tuple[Store, Path], tmp_path: Path) -> None:
    store, path = exported
    (tmp_path / "more.jsonl").write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInput, match="alone"):
        import_files(store, expand([str(path), str(tmp_path / "more.jsonl")]), ImportRequest())
    with pytest.raises(InvalidInput, match="--version"):
        bring(store, path, "other", version="2")


def test_an_archive_comes_in_as_background_work_that_says_how_far_it_is(
    exported: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, path = exported
    monkeypatch.setattr("evaldash.jobs.runner.SECONDS_BETWEEN_REPORTS", 0)
    monkeypatch.setattr("evaldash.storage.store.BUSY_TIMEOUT_MS", 500)

    def work(report: Report) -> int:
        request = ImportRequest(project="twin")
        return import_files(store, expand([str(path)]), request, progress=report, should_stop=report.should_stop).new

    job = ended(store, start_job(store, None, kind="import", message="reading", work=work))
    assert (job.state, job.message, job.result) == ("done", "done", 2)


def test_what_came_in_is_found_by_search(exported: tuple[Store, Path]) -> None:
    store, path = exported
    bring(store, path, "twin")
    done = CliRunner().invoke(
        app, ["traces", "--filter", '"surrogate"', "--json", "--db", str(store.engine.url), "--project", "twin"]
    )
    assert len(done.stdout.splitlines()) == 2, done.output


def test_the_archive_is_what_its_description_says(exported: tuple[Store, Path]) -> None:
    words = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    described = words.split("## The manifest")[1].split("\n## ")[0]
    _, path = exported
    with zipfile.ZipFile(path) as held:
        manifest = json.loads(held.read("evaldash.json"))
        assert set(re.findall(r"^\| `(\w+)` \|", described, re.MULTILINE)) == {
            *manifest,
            *next(iter(manifest["members"].values())),
        }
        for name, told in manifest["members"].items():
            assert f"`{told['table']}`" in words
            with held.open(name) as file:
                rows = parquet.read_table(file).to_pylist() if name.endswith(".parquet") else file.readlines()
            assert len(rows) == told["rows"]
    for name in archive.LEFT_OUT:
        assert f"`{name}`" in words
