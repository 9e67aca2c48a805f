"""Clusters: the tree of coarser and finer levels, names by group of the tree, items at the edge, what changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.add_column("clusterings", sa.Column("leaves", sa.LargeBinary(), nullable=True))
    op.add_column("clusterings", sa.Column("tree", sa.LargeBinary(), nullable=True))
    op.add_column("clusterings", sa.Column("changes", JSON, nullable=True))
    op.add_column("clusters", sa.Column("node", sa.Integer(), nullable=True))
    op.add_column("clusters", sa.Column("edge", JSON, nullable=True))
    op.create_table(
        "cluster_names",
        sa.Column("clustering", sa.Integer(), nullable=False),
        sa.Column("node", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["clustering"],
            ["clusterings.key"],
            name=op.f("fk_cluster_names_clustering_clusterings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clustering", "node", name=op.f("pk_cluster_names")),
    )
