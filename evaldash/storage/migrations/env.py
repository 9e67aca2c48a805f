"""Alembic's entry: runs the migrations on the connection it was given."""

from typing import Any, Literal

from alembic import context

from evaldash.storage.schema import PackedJson, UtcDateTime, metadata


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types into migrations as what the database sees, so that old migrations stay true."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, PackedJson):
        return "sa.LargeBinary()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=_render,
    transactional_ddl=True,
)
context.run_migrations()
