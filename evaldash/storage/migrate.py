"""Alembic, called from code: which revision a store has, which is the newest, and the way there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection


def current_revision(connection: Connection) -> str | None:
    """Return the schema revision of a store, None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """Return the revision this version of evaldash writes."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def is_known(revision: str) -> bool:
    """Tell whether this version of evaldash knows a revision."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(revision) is not None
    except (ResolutionError, CommandError):
        return False


def upgrade(connection: Connection) -> None:
    """Bring the schema behind `connection` to the newest revision, within its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
