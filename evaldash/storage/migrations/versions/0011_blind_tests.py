"""Tests of the codebook: judged traces that a second coder reads blind, and the answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.create_table(
        "blind_tests",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("coder", sa.String(length=200), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column("judged", json, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.key"], name=op.f("fk_blind_tests_project_projects"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_blind_tests")),
        sa.UniqueConstraint("id", name=op.f("uq_blind_tests_id")),
    )
    op.create_index(op.f("ix_blind_tests_project"), "blind_tests", ["project"])
    op.create_table(
        "blind_answers",
        sa.Column("test", sa.Integer(), nullable=False),
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("modes", json, nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["test"], ["blind_tests.key"], name=op.f("fk_blind_answers_test_blind_tests"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("test", "trace", name=op.f("pk_blind_answers")),
    )
