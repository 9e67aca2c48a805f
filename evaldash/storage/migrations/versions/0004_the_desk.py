"""The desk: sub-checks, what an annotation takes back or settles, skipped traces, what a coder prefers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.add_column("annotations", sa.Column("checks", JSON, nullable=True))
    op.add_column("annotations", sa.Column("takes_back", sa.String(length=64), nullable=True))
    op.add_column("annotations", sa.Column("settles", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_annotations_project_coder"), "annotations", ["project", "coder"])
    op.create_table(
        "skips",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("coder", sa.String(length=200), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_skips_trace_traces"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["batch"], ["batches.key"], name=op.f("fk_skips_batch_batches"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_skips")),
        sa.UniqueConstraint("trace", "id", name=op.f("uq_skips_trace_id")),
    )
    op.create_table(
        "coder_preferences",
        sa.Column("coder", sa.String(length=200), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("coder", name=op.f("pk_coder_preferences")),
    )
