"""Full-text search; steps and records stand compressed in tables of their own, so that lists read small rows."""

from collections.abc import Sequence

import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0002"
down_revision = "0001"

AT_ONCE = 200  # rows moved together: some megabytes
SEARCH = {
    "sqlite": (
        # Contentless: the text stands, compressed, in the steps. No column sizes: nothing is ranked by length.
        "CREATE VIRTUAL TABLE trace_search USING fts5("
        "words, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2')",
        # Bytes gathered before a segment is written (default 1 MB), and segments merged together (default 4):
        # with both, 100,000 long traces are indexed in a third of the time.
        "INSERT INTO trace_search (trace_search, rank) VALUES ('hashsize', 33554432)",
        "INSERT INTO trace_search (trace_search, rank) VALUES ('automerge', 16)",
    ),
    "postgresql": (
        "CREATE TABLE trace_search ("
        "trace INTEGER NOT NULL REFERENCES traces (key) ON DELETE CASCADE, words TSVECTOR NOT NULL)",
        "CREATE INDEX ix_trace_search_trace ON trace_search (trace)",
        "CREATE INDEX ix_trace_search_words ON trace_search USING gin (words)",
    ),
}


def upgrade() -> None:
    """Apply; the index is filled by who opens the store."""
    steps = op.create_table(
        "trace_steps",
        sa.Column("trace", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_trace_steps_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_trace_steps")),
    )
    records = op.create_table(
        "source_records",
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_source_records_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace", "position", name=op.f("pk_source_records")),
    )
    connection = op.get_bind()
    for statement in SEARCH[connection.dialect.name]:
        op.execute(statement)
    keys = connection.execute(sa.text("SELECT key FROM traces ORDER BY key")).scalars().all()
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        _pack(connection, steps, "SELECT key AS trace, steps AS content FROM traces WHERE key IN :keys", some)
        _pack(connection, records, "SELECT trace, position, content FROM raw_records WHERE trace IN :keys", some)
    op.drop_table("raw_records")
    for name in ("text", "steps"):
        op.execute(f"ALTER TABLE traces DROP COLUMN {name}")
    op.create_index("ix_traces_project_started_at", "traces", ["project", "started_at"], unique=False)


def _pack(connection: sa.Connection, target: sa.Table, query: str, keys: Sequence[int]) -> None:
    question = sa.text(query).bindparams(sa.bindparam("keys", expanding=True))
    found = connection.execute(question, {"keys": keys}).mappings()
    rows = [{**row, "content": zstandard.compress(row["content"].encode(), level=1)} for row in found]
    if rows:
        connection.execute(target.insert(), rows)
