"""Opening a store: SQLite or PostgreSQL, brought to the newest schema after a copy was taken."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError, OperationalError

from evaldash.errors import InvalidInput, StoreError, StoreTooNew
from evaldash.storage import fulltext, migrate

__all__ = ["Connection", "Store", "backup", "check", "open_store", "restore"]

BUSY_TIMEOUT_MS = 10_000  # how long a writer waits for another before it gives up
WRITERS = 7_042_816  # the name of the queue in which PostgreSQL's writers stand
BUSY = ("locked", "lock timeout")  # what the databases say where another writer was not done in time


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. Give it to services; get connections from `read` and `write`."""

    engine: Engine

    @property
    def url(self) -> str:
        """The address of the store, without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection within a transaction that only reads: all of it as the store was at one moment.

        Raises StoreError where the store cannot be reached, InvalidInput for a value that it cannot compare with.
        """
        options: dict[str, Any] = {}
        if self.engine.dialect.name == "postgresql":  # SQLite does so by itself
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._connection(**options) as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool = True, wait: bool = True) -> Iterator[Connection]:
        """Give a connection within a transaction that is committed at the end, or rolled back on an error.

        One writer works at a time, so that what it reads still holds when it writes. Work that touches only rows of
        its own may do without: not `alone`, it waits for nobody and nobody for it, where the database can do that
        (SQLite cannot). Without `wait` it does not wait where it would have to. Raises StoreError where the store
        cannot be reached, or another writer was not done in time, InvalidInput for a value that it cannot hold.
        """
        with self._connection(evaldash_write=True, evaldash_alone=alone, evaldash_wait=wait) as connection:
            yield connection

    @contextmanager
    def _connection(self, **options: Any) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except OperationalError as error:
            raise StoreError(f"the store {self.url} {_trouble(error)}") from error
        except DataError as error:
            raise InvalidInput(
                f"the store cannot hold what was given: {_reason(error)}; shorten or correct it"
            ) from error

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_store(url: str, *, upgrade: bool = True) -> Store:
    """Open the store at `url`, creating it where there is none and upgrading an older one after taking a copy.

    Raises InvalidInput for an address nobody understands, StoreTooNew for a store of a newer evaldash, and
    StoreError when it cannot be reached or is not a store.
    """
    parsed = _parse(url)
    existed = parsed.get_backend_name() != "sqlite" or _sqlite_path(parsed).exists()
    engine = _engine(parsed)
    try:
        if upgrade:
            _bring_up_to_date(engine, existed=existed)
    except (DBAPIError, sqlite3.DatabaseError) as error:
        engine.dispose()
        raise StoreError(f"the store {_shown(parsed)} cannot be opened: {_reason(error)}") from error
    return Store(engine)


def backup(store: Store, target: Path) -> None:
    """Write a copy of an SQLite store to `target`, consistent even while others write.

    Raises InvalidInput for a file that is there already, StoreError where the copy cannot be written.
    """
    if target.exists():
        raise InvalidInput(f"the backup file {target} is already there; name another one")
    path = _require_sqlite(store)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the backup {target} cannot be written: {error}; choose another place") from error


def restore(source: Path, url: str) -> Path | None:
    """Put the backup `source` in place of the SQLite store at `url`; return where the old one went, if any."""
    parsed = _parse(url)
    if parsed.get_backend_name() != "sqlite":
        raise InvalidInput(f"restore works on SQLite stores, got {_shown(parsed)}; use pg_restore for PostgreSQL")
    if not source.exists():
        raise InvalidInput(f"the backup file {source} is not there")
    _check_is_store(source)
    path = _sqlite_path(parsed)
    if path.exists() and path.samefile(source):
        raise InvalidInput(f"{source} is the store itself; name a backup of it")
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        kept = _set_aside(path) if path.exists() else None
        part.replace(path)
    except OSError as error:
        raise StoreError(f"{source} cannot be put in place of {path}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return kept


def check(store: Store) -> list[str]:
    """Return what is wrong with the store, one sentence each; an empty list means all is well."""
    with store.read() as connection:
        if store.engine.dialect.name != "sqlite":
            connection.execute(text("SELECT 1"))
            return []
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return found + [f"table {row[0]}, row {row[1]}: refers to a missing row of {row[2]}" for row in broken]


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise InvalidInput(
            f"the store address {url!r} is not understood; use sqlite:///path/to/file.db or postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidInput(f"the store can be SQLite or PostgreSQL, got {parsed.get_backend_name()}")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        shared = create_engine(url, pool_pre_ping=True)
        event.listen(shared, "begin", _begin_postgres)
        return shared
    _sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes = options.get("evaldash_write", False)
    waits = not writes or options.get("evaldash_wait", True)
    # Said each time: the pool may hand out a connection whose last user did not want to wait.
    connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS if waits else 0}")
    # A writer takes its lock at once: a reader that turns writer halfway would fail instead of waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    """Have writers stand in a queue, as they do with SQLite.

    Two of them who look first and write then would otherwise both find the same number free, or not see each other.
    """
    options = connection.get_execution_options()
    if options.get("evaldash_write", False) and options.get("evaldash_alone", True):
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}; SELECT pg_advisory_xact_lock({WRITERS})"
        )


def _bring_up_to_date(engine: Engine, *, existed: bool) -> None:
    with engine.connect() as connection, connection.begin():
        current = migrate.current_revision(connection)
        if current is None and existed and inspect(connection).get_table_names():
            raise StoreError(f"{_shown(engine.url)} is a database, but not one of evaldash; name another one")
    if current == migrate.newest_revision():
        return
    if current is not None and not migrate.is_known(current):
        raise StoreTooNew(
            f"the store {_shown(engine.url)} was written by a newer evaldash (schema {current}); install that version"
        )
    if current is not None and engine.dialect.name == "sqlite":
        backup(Store(engine), _copy_path(_sqlite_path(engine.url), f"before-{migrate.newest_revision()}"))
    with engine.connect().execution_options(evaldash_write=True) as connection, connection.begin():
        if migrate.current_revision(connection) == migrate.newest_revision():
            return  # another process was quicker
        migrate.upgrade(connection)
        if current is not None:
            fulltext.rebuild(connection)


def _check_is_store(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise InvalidInput(f"{path} is not a backup of an evaldash store: {error}") from error


def _set_aside(path: Path) -> Path:
    kept = _copy_path(path, "before-restore")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept.parent.mkdir(parents=True, exist_ok=True)
    path.rename(kept)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return kept


def _copy_path(path: Path, why: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return path.parent / "backups" / f"{path.stem}-{why}-{stamp}.db"


def _require_sqlite(store: Store) -> Path:
    if store.engine.dialect.name != "sqlite":
        raise InvalidInput(f"backup writes SQLite stores, got {store.url}; use pg_dump for PostgreSQL")
    return _sqlite_path(store.engine.url)


def _sqlite_path(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise InvalidInput("an SQLite store needs a file, got none; use sqlite:///path/to/file.db")
    return Path(url.database)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _trouble(error: OperationalError) -> str:
    reason = _reason(error)
    if any(word in reason for word in BUSY):
        return "is busy with other work; nothing was written, so try again in a moment"
    return f"cannot be used: {reason}"


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().splitlines()[0]
