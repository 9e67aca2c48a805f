"""Severity and owner of failure modes, changes that are written once, and what people decided on suggestions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.add_column("modes", sa.Column("severity", sa.Text(), nullable=True))
    op.add_column("modes", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("taxonomy_versions", sa.Column("event", sa.String(length=64), nullable=True))
    op.create_index("ix_taxonomy_versions_project_event", "taxonomy_versions", ["project", "event"], unique=True)
    op.create_table(
        "decisions",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("suggester", sa.String(length=100), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_decisions_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_project_kind", "decisions", ["project", "kind"])
    op.create_index("ix_decisions_project_event", "decisions", ["project", "event"], unique=True)
