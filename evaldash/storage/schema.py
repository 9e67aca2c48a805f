"""All tables. Rows are added, not overwritten; what may change says so.

Every table carries what a figure needs to be computed again: ids, seed, parameters, versions. `JsonColumn` is JSONB
on PostgreSQL and JSON text on SQLite. Times are UTC.
"""

import json
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import orjson
import zstandard
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
NUMBERS = "numbers"  # what a column of bytes holds, as numpy names it: <f4, <i4
JsonColumn = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware in Python, always UTC; SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC; a naive one is taken as UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite drops."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PackedJson(TypeDecorator[Any]):
    """A JSON value as compressed text, for what is large, and only stored and shown.

    Unlike JSONB it holds NUL and lone surrogates, which real traces contain: both are written as escapes.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes:
        """Write the value; text that UTF-8 cannot hold is escaped."""
        return zstandard.compress(json_bytes(value), level=1)  # 2 ms per MB, and prose is halved

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        """Read the value back."""
        return None if value is None else json.loads(zstandard.decompress(value))


def json_bytes(value: Any) -> bytes:
    """Return the JSON text; orjson is fast, but makes null of NaN, and takes neither surrogates nor long integers."""
    try:
        data = orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()
    return json.dumps(value, separators=(",", ":")).encode() if b"null" in data and _holds_nan(value) else data


def _holds_nan(value: Any) -> bool:
    if isinstance(value, float):
        return not isfinite(value)
    if isinstance(value, dict):
        return any(_holds_nan(item) for item in value.values())
    return isinstance(value, list | tuple) and any(_holds_nan(item) for item in value)


def _key() -> Column[Any]:
    return Column("key", Integer, primary_key=True, autoincrement=True)


def _ref(target: str, name: str | None = None, *, nullable: bool = False, **kwargs: Any) -> Column[Any]:
    table = target.split(".", maxsplit=1)[0]
    return Column(name or table.rstrip("s"), ForeignKey(target, ondelete="CASCADE"), nullable=nullable, **kwargs)


projects = Table(
    "projects",
    metadata,
    _key(),
    Column("name", String(200), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deciding_coder", String(200)),  # None: the first coder
    Column("settings", JsonColumn, nullable=False),
    Column("revision", Integer, nullable=False, default=0),  # rises with every write: the key of all caches
)

imports = Table(
    "imports",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("paths", JsonColumn, nullable=False),
    Column("unit", String(20), nullable=False),
    Column("version", String(200)),
    Column("report", JsonColumn, nullable=False),
    Column("by", String(200)),
)

import_issues = Table(
    "import_issues",
    metadata,
    _key(),
    _ref("imports.key", "import", index=True),
    Column("source", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text),
)

mappings = Table(  # what the columns of a team's tables mean, by name, for all projects; saving anew replaces
    "mappings",
    metadata,
    _key(),
    Column("kind", String(20), nullable=False),  # table, feedback
    Column("name", String(200), nullable=False),
    Column("columns", JsonColumn, nullable=False),  # pairs of column and role: their order counts
    Column("by", String(200)),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "name"),
)

traces = Table(
    "traces",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("id", String(64), nullable=False),
    _ref("imports.key", "import", index=True),
    Column("format", String(50), nullable=False),
    Column("external_id", Text),
    Column("session", Text),
    Column("version", Text),
    Column("started_at", UtcDateTime),
    Column("query", Text, nullable=False),  # the first user message, for lists; 500 characters, as it is indexed
    Column("metadata", JsonColumn, nullable=False),
    Column("metrics", JsonColumn, nullable=False),
    Column("tags", JsonColumn, nullable=False),
    UniqueConstraint("project", "id"),
    Index("ix_traces_project_external_id", "project", "external_id"),
    Index("ix_traces_project_session", "project", "session"),
    Index("ix_traces_project_started_at", "project", "started_at"),
    Index("ix_traces_project_query", "project", "query"),  # what other versions answered to the same
)

# What is large stands apart, so that lists and filters pass over small rows.
trace_steps = Table(
    "trace_steps",
    metadata,
    _ref("traces.key", "trace", primary_key=True, autoincrement=False),
    Column("content", PackedJson, nullable=False),
)

source_records = Table(
    "source_records",
    metadata,
    _ref("traces.key", "trace", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("content", PackedJson, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    _key(),
    _ref("traces.key", "trace", index=True),
    Column("hash", String(64), nullable=False),  # of the content: the same feedback twice is one
    Column("name", Text, nullable=False),
    Column("value", JsonColumn),
    Column("label", Text, nullable=False),  # the value in words, lower case, for filters
    Column("comment", Text),
    Column("author", Text),
    Column("at", UtcDateTime),
    UniqueConstraint("trace", "hash"),
)

vectors = Table(
    "vectors",
    metadata,
    Column("text_hash", String(64), primary_key=True),
    Column("embedder", String(100), primary_key=True),
    Column("vector", LargeBinary, nullable=False, info={NUMBERS: "<f4"}),
)

embedded_texts = Table(  # which text stands for a trace or a code
    "embedded_texts",
    metadata,
    _ref("projects.key", "project", primary_key=True),
    Column("of", String(20), primary_key=True),  # query, conversation, answer, code
    Column("item", String(64), primary_key=True),  # trace id or code id
    Column("text_hash", String(64), nullable=False),
)

clusterings = Table(
    "clusterings",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("of", String(20), nullable=False),
    Column("method", String(20), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("embedder", String(100), nullable=False),
    Column("text", String(20), nullable=False),
    Column("parameters", JsonColumn, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # (n, 2) in the order of cluster_members.position; None until laid out
    Column("points", LargeBinary, info={NUMBERS: "<f4"}),
    Column("layout", String(20)),  # which map made the points: pca, tsne
    # (n,): the leaf of each item, -1 none; None in runs without a tree
    Column("leaves", LargeBinary, info={NUMBERS: "<i4"}),
    Column("tree", PackedJson),  # chosen, merges, nodes: the coarser and finer levels over the leaves
    Column("changes", JsonColumn),  # against the run before; None for the first
)

clusters = Table(
    "clusters",
    metadata,
    _ref("clusterings.key", "clustering", primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("terms", JsonColumn, nullable=False),
    Column("representatives", JsonColumn, nullable=False),
    Column("size", Integer, nullable=False),
    Column("node", Integer),  # of the tree; None in runs without one
    Column("edge", JsonColumn),  # ids of items far from the middle
)

cluster_names = Table(  # names that a person gave, or took from a model, by node of the tree
    "cluster_names",
    metadata,
    _ref("clusterings.key", "clustering", primary_key=True, autoincrement=False),
    Column("node", Integer, primary_key=True, autoincrement=False),
    Column("label", Text, nullable=False),
    Column("by", String(20), nullable=False),  # person, model; in old stores also earlier
)

cluster_name_runs = Table(  # names that a model proposed for groups of a run, from what, at what cost
    "cluster_name_runs",
    metadata,
    _key(),
    _ref("clusterings.key", "clustering", index=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("input", JsonColumn, nullable=False),  # nodes asked about, model, host, prompt, whether redacted
    Column("names", JsonColumn, nullable=False),  # [node, name] pairs
    Column("cost_usd", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200)),
)

cluster_members = Table(
    "cluster_members",
    metadata,
    _ref("clusterings.key", "clustering", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("item", String(64), nullable=False),
    Column("number", Integer, nullable=False),  # -1: noise
    Column("outlier_score", Float, nullable=False),
    Index("ix_cluster_members_clustering_item", "clustering", "item"),
)

surprising_uses = Table(  # groups that a person marked, with what is surprising about them
    "surprising_uses",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("clustering", ForeignKey("clusterings.key", ondelete="SET NULL")),  # what a person wrote outlives a run
    Column("number", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("examples", JsonColumn, nullable=False),  # ids of typical traces
    Column("by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # None: it holds
)

own_fields = Table(  # fields that a team gives its traces: by rules, from clusters, by hand
    "own_fields",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("name", String(100), nullable=False),
    Column("kind", String(20), nullable=False),  # rules, clusters, hand
    Column("rules", JsonColumn, nullable=False),  # pairs of filter and value: the first that holds counts
    Column("otherwise", Text),  # the value where no rule holds
    Column("by", String(200)),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("project", "name"),
)

own_field_values = Table(
    "own_field_values",
    metadata,
    _ref("own_fields.key", "field", primary_key=True, autoincrement=False),
    _ref("traces.key", "trace", primary_key=True, autoincrement=False),
    Column("value", Text, nullable=False),
    Index("ix_own_field_values_trace", "trace"),
)

selections = Table(  # traces that somebody chose by looking, under a short name that a link carries; never changed
    "selections",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("name", String(20), nullable=False),  # made from the ids: the same traces have the same name everywhere
    Column("how", Text, nullable=False),
    Column("size", Integer, nullable=False),  # as it was made; traces that go leave their selections
    Column("by", String(200)),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("project", "name"),
)

selection_traces = Table(
    "selection_traces",
    metadata,
    _ref("selections.key", "selection", primary_key=True, autoincrement=False),
    _ref("traces.key", "trace", primary_key=True, autoincrement=False, index=True),
)

cycles = Table(
    "cycles",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("name", Text, nullable=False),
    Column("version", Text),
    Column("at", UtcDateTime, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("number", Integer, nullable=False),
    Column("strategy", String(30), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("filter", Text),
    Column("frame_size", Integer, nullable=False),
    Column("frame_hash", String(64), nullable=False),
    Column("parameters", JsonColumn, nullable=False),
    Column("coder", String(200)),
    Column("at", UtcDateTime, nullable=False),
    _ref("cycles.key", "cycle", nullable=True),
    UniqueConstraint("project", "number"),
)

batch_traces = Table(
    "batch_traces",
    metadata,
    _ref("batches.key", "batch", primary_key=True),
    Column("position", Integer, primary_key=True),
    _ref("traces.key", "trace", index=True),
    Column("stream", String(20), nullable=False),
    Column("inclusion_probability", Float),
    Column("reason", Text, nullable=False),
    CheckConstraint("inclusion_probability > 0 AND inclusion_probability <= 1", name="probability"),
)

readings = Table(  # append only: the newest of coder and trace counts
    "annotations",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("id", String(64), nullable=False),  # made by the client, so that a save sent twice is one
    _ref("traces.key", "trace"),
    Column("coder", String(200), nullable=False),
    Column("verdict", String(20), nullable=False),  # pass, fail, deferred; 'retracted' takes the earlier ones back
    Column("comment", Text),
    Column("batch", ForeignKey("batches.key", ondelete="SET NULL")),
    Column("seconds", Float),
    Column("at", UtcDateTime, nullable=False),
    Column("checks", JsonColumn),  # answers to the project's sub-checks, in the words they had then
    Column("takes_back", String(64)),  # the id of the annotation that this one undoes
    Column("settles", Integer, nullable=False, server_default="0"),  # 1: said with the others' readings in view
    UniqueConstraint("project", "id"),
    Index("ix_annotations_trace_coder", "trace", "coder"),
    Index("ix_annotations_project_coder", "project", "coder"),
    CheckConstraint("verdict IN ('pass', 'fail', 'deferred', 'retracted')", name="verdict"),
)

annotation_codes = Table(  # the wording of a code at each annotation; `code` stays the same when it is edited
    "annotation_codes",
    metadata,
    _ref("annotations.key", "annotation", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("code", String(64), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("step", Integer),
)

drafts = Table(  # what is half typed; overwritten as one types
    "drafts",
    metadata,
    _ref("traces.key", "trace", primary_key=True),
    Column("coder", String(200), primary_key=True),
    Column("content", JsonColumn, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

skips = Table(  # shown and passed over without a verdict: non-response is part of how a batch was read
    "skips",
    metadata,
    _key(),
    Column("id", String(64), nullable=False),  # made by the browser, as that of an annotation
    _ref("traces.key", "trace"),
    Column("coder", String(200), nullable=False),
    Column("batch", ForeignKey("batches.key", ondelete="SET NULL")),
    Column("seconds", Float),  # how long it was on the screen
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("trace", "id"),
)

coder_preferences = Table(  # keys and hints, for all projects; overwritten as they change
    "coder_preferences",
    metadata,
    Column("coder", String(200), primary_key=True),
    Column("content", JsonColumn, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

taxonomy_versions = Table(
    "taxonomy_versions",
    metadata,
    _ref("projects.key", "project", primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("action", String(30), nullable=False),
    Column("summary", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("published", Text),
    Column("undoes", Integer),  # the version that this one takes back
    _ref("suggestions.key", "suggestion", nullable=True),
    Column("event", String(64)),  # made by the browser, so that a change sent twice is one
    Index("ix_taxonomy_versions_project_event", "project", "event", unique=True),
)

modes = Table(  # a row holds from `since` up to, not with, `until`; None: still
    "modes",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("id", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("applies_when", Text, nullable=False),
    Column("not_when", Text, nullable=False),
    Column("severity", Text),
    Column("owner", Text),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Index("ix_modes_project_since_until", "project", "since", "until"),
)

assignments = Table(  # as in `modes`; who decided stands in taxonomy_versions
    "assignments",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("code", String(64), nullable=False),
    Column("mode", String(64), nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Index("ix_assignments_project_since_until", "project", "since", "until"),
    Index("ix_assignments_project_code", "project", "code"),
)

suggestions = Table(  # what a model or the local method proposed, from what, at what cost
    "suggestions",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("method", String(30), nullable=False),
    Column("taxonomy_version", Integer, nullable=False),
    Column("input", JsonColumn, nullable=False),  # code ids, parameters, model and prompt version
    Column("output", JsonColumn, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200)),
)

decisions = Table(  # what people said to what was proposed to them; the newest of kind and subject counts
    "decisions",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("kind", String(30), nullable=False),  # card, place, merge, split, thin, far
    Column("subject", String(200), nullable=False),  # what it was about: ids or a hash of them
    Column("suggester", String(100), nullable=False),  # who proposed: the local method, or a model
    Column("outcome", String(20), nullable=False),  # see Outcome
    Column("content", JsonColumn, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String(64)),
    Index("ix_decisions_project_kind", "project", "kind"),
    Index("ix_decisions_project_event", "project", "event", unique=True),
)

model_answers = Table(  # by what was asked of which model; no project: the same question costs once
    "model_answers",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

checks = Table(  # code checks of failure modes; a row never changes, but for its end
    "checks",
    metadata,
    _key(),
    _ref("projects.key", "project"),
    Column("id", String(64), nullable=False),
    Column("mode", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("spec", JsonColumn, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
    UniqueConstraint("project", "id"),
)

blind_tests = Table(  # a second coder applies the codebook to judged traces; a row never changes
    "blind_tests",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("coder", String(200), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("frame_size", Integer, nullable=False),
    Column("taxonomy_version", Integer, nullable=False),
    Column("judged", JsonColumn, nullable=False),  # trace, failed, modes: as they were said at the draw
    Column("at", UtcDateTime, nullable=False),
    Column("run", JsonColumn),  # of a model as coder: which one, its prompt, what it cost, its reasons; grows with it
)

blind_answers = Table(  # overwritten as ticks are made; `done`: the coder went on to the next trace
    "blind_answers",
    metadata,
    _ref("blind_tests.key", "test", primary_key=True),
    Column("trace", String(64), primary_key=True),
    Column("modes", JsonColumn, nullable=False),
    Column("other", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

jobs = Table(  # background work speaks through these rows
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    _ref("projects.key", "project", nullable=True, index=True),
    Column("kind", String(30), nullable=False),
    Column("state", String(20), nullable=False),  # running, done, failed, cancelled
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("result", JsonColumn),
    Column("cancel", Integer, nullable=False, default=0),
    Column("started_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _key(),
    _ref("projects.key", "project", nullable=True, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(200), nullable=False),
    Column("what", Text, nullable=False),
)

fixes = Table(  # what was changed because of a failure mode; the mode may have been merged or retired since
    "fixes",
    metadata,
    _key(),
    _ref("projects.key", "project", index=True),
    Column("mode", String(64), nullable=False),
    Column("kind", String(20), nullable=False),  # change: should make it rarer; bug: found in reading and repaired
    Column("what", Text, nullable=False),
    Column("version", Text),  # the product version that first holds it
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
)
