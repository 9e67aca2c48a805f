"""Opening a store: new, older, newer, foreign, broken; and two writers at once."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from evaldash.errors import InvalidInput, StoreError, StoreTooNew
from evaldash.storage import migrate, projects
from evaldash.storage.schema import metadata
from evaldash.storage.store import backup, check, open_store, restore

LATER = '''"""A later change."""

import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "NEWEST"


def upgrade() -> None:
    op.add_column("projects", sa.Column("colour", sa.Text()))
'''


def test_the_migrations_make_the_schema_that_the_code_uses(store_url: str) -> None:
    store = open_store(store_url)
    with store.read() as connection:
        only_ours = {"include_name": lambda name, _type, _parents: not str(name).startswith("trace_search")}
        differences = compare_metadata(MigrationContext.configure(connection, opts=only_ours), metadata)
    store.close()
    assert [item for item in differences if item[0] not in ("modify_type", "modify_default")] == []


def test_opening_twice_changes_nothing(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        projects.create(connection, "kept")
    store.close()
    again = open_store(store_url)
    with again.read() as connection:
        assert [item.name for item in projects.all_projects(connection)] == ["kept"]
    assert check(again) == []
    again.close()


def test_an_older_store_is_upgraded_after_a_copy_was_taken(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = open_store(sqlite_url)
    with old.write() as connection:
        projects.create(connection, "kept")
    old.close()
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    newest = migrate.newest_revision()
    (folder / "versions" / "later.py").write_text(LATER.replace("NEWEST", newest), encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", str(folder))
    monkeypatch.setattr(migrate, "_config", lambda: config)
    new = open_store(sqlite_url)
    with new.read() as connection:
        assert "colour" in {column["name"] for column in inspect(connection).get_columns("projects")}
        assert connection.execute(text("SELECT name FROM projects")).scalar_one() == "kept"
    new.close()
    copies = list((tmp_path / "backups").glob("store-before-later-*.db"))
    assert len(copies) == 1
    with closing(sqlite3.connect(copies[0])) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (newest,)
        assert copy.execute("SELECT name FROM projects").fetchone() == ("kept",)


def test_a_newer_store_is_refused_and_left_alone(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match=r"newer evaldash .schema 9999."):
        open_store(store_url)
    with store.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    store.close()


REFUSED = {
    "not an address": ("nonsense", InvalidInput, "is not understood"),
    "another database": ("mysql://user@host/name", InvalidInput, "not understood|SQLite or PostgreSQL"),
    "no file": ("sqlite://", InvalidInput, "needs a file"),
    "nobody there": ("postgresql://user@127.0.0.1:1/none", StoreError, "cannot be opened"),
}


@pytest.mark.parametrize(("url", "error", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_an_address_that_cannot_be_opened_is_a_sentence(url: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        open_store(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://user:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear reader, this is a letter and long enough to be one." * 20, encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{path}")
    assert path.read_text(encoding="utf-8").startswith("Dear reader")


def test_a_backup_that_is_none_is_refused_and_the_store_stays(tmp_path: Path, sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.write() as connection:
        projects.create(connection, "kept")
    store.close()
    wrong = tmp_path / "wrong.db"
    wrong.write_text("no backup", encoding="utf-8")
    with pytest.raises((InvalidInput, StoreError)):
        restore(wrong, sqlite_url)
    with pytest.raises(InvalidInput, match="is not there"):
        restore(tmp_path / "nowhere.db", sqlite_url)
    again = open_store(sqlite_url)
    with again.read() as connection:
        assert len(projects.all_projects(connection)) == 1
    again.close()


def test_the_store_itself_is_no_backup_of_it(tmp_path: Path, sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.write() as connection:
        projects.create(connection, "kept")
    store.close()
    with pytest.raises(InvalidInput, match="is the store itself"):
        restore(tmp_path / "store.db", sqlite_url)
    again = open_store(sqlite_url)
    with again.read() as connection:
        assert [item.name for item in projects.all_projects(connection)] == ["kept"]
    again.close()


def test_a_backup_with_any_name_is_restored(tmp_path: Path, sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.write() as connection:
        projects.create(connection, "kept")
    copy = tmp_path / "50% of it? #1.db"
    backup(store, copy)
    store.close()
    assert restore(copy, sqlite_url) is not None
    again = open_store(sqlite_url)
    assert check(again) == []
    again.close()


def test_a_backup_that_cannot_be_written_is_a_sentence(tmp_path: Path, sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        backup(store, tmp_path / "file" / "copy.db")
    store.close()


def test_two_processes_may_open_a_new_store_at_once(store_url: str) -> None:
    together, failed = threading.Barrier(4), []

    def first() -> None:
        together.wait()
        try:
            open_store(store_url).close()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_what_is_read_together_is_of_one_moment(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        project = projects.create(connection, "counted")
    with store.read() as reading:
        before = projects.find(reading, "counted")
        with store.write() as connection:
            projects.touch(connection, project)
        assert projects.find(reading, "counted") == before
    store.close()


def test_who_looks_first_and_writes_then_is_not_overtaken(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        project = projects.create(connection, "counted")
        projects.set_setting(connection, project, "seen", 0)

    def count() -> None:
        for _ in range(20):
            with store.write() as connection:
                seen = projects.setting(connection, project, "seen")
                assert isinstance(seen, int)
                projects.set_setting(connection, project, "seen", seen + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert projects.setting(connection, project, "seen") == 80
    store.close()


def test_a_busy_store_is_a_sentence(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaldash.storage.store.BUSY_TIMEOUT_MS", 50)
    store = open_store(store_url)
    with store.write(), pytest.raises(StoreError, match="is busy with other work"), store.write():
        pass
    with store.write() as connection:  # and once the other is done all is well
        projects.create(connection, "written")
    store.close()


def test_two_writers_wait_for_each_other(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        project = projects.create(connection, "counted")

    def write() -> None:
        for _ in range(20):
            with store.write() as connection:
                projects.touch(connection, project)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        found = projects.find(connection, "counted")
    store.close()
    assert found is not None
    assert found.revision == project.revision + 80
