"""Names that a model proposed for clusters, and the runs that made them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.create_table(
        "cluster_name_runs",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clustering", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("input", json, nullable=False),
        sa.Column("names", json, nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["clustering"],
            ["clusterings.key"],
            name=op.f("fk_cluster_name_runs_clustering_clusterings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cluster_name_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_cluster_name_runs_id")),
    )
    op.create_index(op.f("ix_cluster_name_runs_clustering"), "cluster_name_runs", ["clustering"])
