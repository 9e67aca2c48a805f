"""Fields that a team gives its traces."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "own_fields",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "rules", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("otherwise", sa.Text(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_own_fields_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_own_fields")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_own_fields_project_name")),
    )
    op.create_table(
        "own_field_values",
        sa.Column("field", sa.Integer(), nullable=False),
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field"], ["own_fields.key"], name=op.f("fk_own_field_values_field"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_own_field_values_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("field", "trace", name=op.f("pk_own_field_values")),
    )
    op.create_index("ix_own_field_values_trace", "own_field_values", ["trace"])
