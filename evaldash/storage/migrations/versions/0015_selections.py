"""Selections of traces that a link names."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "selections",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_selections_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_selections")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_selections_project_name")),
    )
    op.create_table(
        "selection_traces",
        sa.Column("selection", sa.Integer(), nullable=False),
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["selection"], ["selections.key"], name=op.f("fk_selection_traces_selection"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_selection_traces_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("selection", "trace", name=op.f("pk_selection_traces")),
    )
    op.create_index(op.f("ix_selection_traces_trace"), "selection_traces", ["trace"])
