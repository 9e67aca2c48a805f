"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "projects",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deciding_coder", sa.String(length=200), nullable=True),
        sa.Column(
            "settings", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_projects")),
        sa.UniqueConstraint("name", name=op.f("uq_projects_name")),
    )
    op.create_table(
        "vectors",
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("embedder", sa.String(length=100), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("text_hash", "embedder", name=op.f("pk_vectors")),
    )
    op.create_table(
        "assignments",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_assignments_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_project_code", "assignments", ["project", "code"], unique=False)
    op.create_index("ix_assignments_project_since_until", "assignments", ["project", "since", "until"], unique=False)
    op.create_table(
        "audit",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_audit_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_project"), "audit", ["project"], unique=False)
    op.create_table(
        "clusterings",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("embedder", sa.String(length=100), nullable=False),
        sa.Column("text", sa.String(length=20), nullable=False),
        sa.Column(
            "parameters", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=True),
        sa.Column("layout", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_clusterings_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_clusterings")),
    )
    op.create_index(op.f("ix_clusterings_project"), "clusterings", ["project"], unique=False)
    op.create_table(
        "cycles",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_cycles_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cycles")),
    )
    op.create_index(op.f("ix_cycles_project"), "cycles", ["project"], unique=False)
    op.create_table(
        "embedded_texts",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.key"], name=op.f("fk_embedded_texts_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project", "of", "item", name=op.f("pk_embedded_texts")),
    )
    op.create_table(
        "imports",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "paths", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=True),
        sa.Column(
            "report", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_imports_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_project"), "imports", ["project"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("project", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "result", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("cancel", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_jobs_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_project"), "jobs", ["project"], unique=False)
    op.create_table(
        "modes",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("applies_when", sa.Text(), nullable=False),
        sa.Column("not_when", sa.Text(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_modes_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_modes")),
    )
    op.create_index("ix_modes_project_since_until", "modes", ["project", "since", "until"], unique=False)
    op.create_table(
        "suggestions",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=30), nullable=False),
        sa.Column("taxonomy_version", sa.Integer(), nullable=False),
        sa.Column(
            "input", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "output", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_suggestions_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("id", name=op.f("uq_suggestions_id")),
    )
    op.create_index(op.f("ix_suggestions_project"), "suggestions", ["project"], unique=False)
    op.create_table(
        "batches",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.String(length=30), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=True),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("frame_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "parameters", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("coder", sa.String(length=200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cycle"], ["cycles.key"], name=op.f("fk_batches_cycle"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_batches_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batches")),
        sa.UniqueConstraint("project", "number", name=op.f("uq_batches_project_number")),
    )
    op.create_table(
        "cluster_members",
        sa.Column("clustering", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outlier_score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clustering"], ["clusterings.key"], name=op.f("fk_cluster_members_clustering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clustering", "position", name=op.f("pk_cluster_members")),
    )
    op.create_index("ix_cluster_members_clustering_item", "cluster_members", ["clustering", "item"], unique=False)
    op.create_table(
        "clusters",
        sa.Column("clustering", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "terms", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "representatives",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clustering"], ["clusterings.key"], name=op.f("fk_clusters_clustering"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clustering", "number", name=op.f("pk_clusters")),
    )
    op.create_table(
        "import_issues",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("import", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["import"], ["imports.key"], name=op.f("fk_import_issues_import"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_import_issues")),
    )
    op.create_index(op.f("ix_import_issues_import"), "import_issues", ["import"], unique=False)
    op.create_table(
        "taxonomy_versions",
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("suggestion", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.key"], name=op.f("fk_taxonomy_versions_project"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["suggestion"], ["suggestions.key"], name=op.f("fk_taxonomy_versions_suggestion"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project", "version", name=op.f("pk_taxonomy_versions")),
    )
    op.create_table(
        "traces",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("import", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=50), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column(
            "metadata", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "metrics", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "tags", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["import"], ["imports.key"], name=op.f("fk_traces_import"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_traces_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_traces")),
        sa.UniqueConstraint("project", "id", name=op.f("uq_traces_project_id")),
    )
    op.create_index(op.f("ix_traces_import"), "traces", ["import"], unique=False)
    op.create_index("ix_traces_project_external_id", "traces", ["project", "external_id"], unique=False)
    op.create_index("ix_traces_project_session", "traces", ["project", "session"], unique=False)
    op.create_table(
        "annotations",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("project", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("coder", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('pass', 'fail', 'deferred', 'retracted')", name=op.f("ck_annotations_verdict")),
        sa.ForeignKeyConstraint(["batch"], ["batches.key"], name=op.f("fk_annotations_batch"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["project"], ["projects.key"], name=op.f("fk_annotations_project"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_annotations_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_annotations")),
        sa.UniqueConstraint("project", "id", name=op.f("uq_annotations_project_id")),
    )
    op.create_index("ix_annotations_trace_coder", "annotations", ["trace", "coder"], unique=False)
    op.create_table(
        "batch_traces",
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=20), nullable=False),
        sa.Column("inclusion_probability", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "inclusion_probability > 0 AND inclusion_probability <= 1", name=op.f("ck_batch_traces_probability")
        ),
        sa.ForeignKeyConstraint(["batch"], ["batches.key"], name=op.f("fk_batch_traces_batch"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_batch_traces_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch", "position", name=op.f("pk_batch_traces")),
    )
    op.create_index(op.f("ix_batch_traces_trace"), "batch_traces", ["trace"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("coder", sa.String(length=200), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_drafts_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace", "coder", name=op.f("pk_drafts")),
    )
    op.create_table(
        "feedback",
        sa.Column("key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "value", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_feedback_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feedback")),
        sa.UniqueConstraint("trace", "hash", name=op.f("uq_feedback_trace_hash")),
    )
    op.create_index(op.f("ix_feedback_trace"), "feedback", ["trace"], unique=False)
    op.create_table(
        "raw_records",
        sa.Column("trace", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["traces.key"], name=op.f("fk_raw_records_trace"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace", "position", name=op.f("pk_raw_records")),
    )
    op.create_table(
        "annotation_codes",
        sa.Column("annotation", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotation"], ["annotations.key"], name=op.f("fk_annotation_codes_annotation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("annotation", "position", name=op.f("pk_annotation_codes")),
    )
    op.create_index(op.f("ix_annotation_codes_code"), "annotation_codes", ["code"], unique=False)
