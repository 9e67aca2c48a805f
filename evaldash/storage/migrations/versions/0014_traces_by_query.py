"""Traces of one project that begin with the same query are found by an index."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply. A query has at most 500 characters, 2,000 bytes: PostgreSQL takes up to 2,704 into an index."""
    op.create_index("ix_traces_project_query", "traces", ["project", "query"])
