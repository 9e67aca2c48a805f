"""Traces with their raw records and feedback: added once, found by id, prefix or the name of the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from evaldash.domain.filters import Filter, searches_of
from evaldash.domain.screening import text_signals
from evaldash.domain.searching import words_of_steps
from evaldash.domain.stored import Project, StoredTrace, TraceHead
from evaldash.domain.trace import Feedback, Json, Role, Step, StepKind, Trace, content_id, first_query, step_metrics
from evaldash.errors import Ambiguous, NotFound
from evaldash.storage import fulltext
from evaldash.storage.bulk import in_chunks
from evaldash.storage.filtering import checked_condition
from evaldash.storage.matching import PREFIX, begins
from evaldash.storage.schema import feedback, source_records, trace_steps, traces
from evaldash.storage.text import storable, storable_json

QUERY_CHARS = 500  # of the first user message, for lists; an index of PostgreSQL takes no more than 2,704 bytes
MAX_SAME = 2_000  # traces of one query that are looked at; a greeting may begin thousands
STEP_FIELDS = tuple(field.name for field in fields(Step))
HEAD_COLUMNS = [
    traces.c[name]
    for name in (
        "key", "id", "external_id", "query", "session", "version",
        "format", "started_at", "metadata", "metrics", "tags",
    )
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of some traces: how many were new, already there, or there and now with new feedback."""

    new: int = 0
    duplicate: int = 0
    updated: int = 0


def add(connection: Connection, project: Project, import_key: int, batch: Iterable[Trace]) -> Added:
    """Store the traces that are not there yet; a known one gets only the feedback it did not have."""
    given = [(trace.id, trace) for trace in batch]
    by_id: dict[str, Trace] = {}
    for trace_id, trace in given:
        by_id.setdefault(trace_id, trace)  # the first of equal ones counts
    known = keys_of(connection, project, list(by_id))
    fresh = [(trace_id, trace) for trace_id, trace in by_id.items() if trace_id not in known]
    if fresh:
        connection.execute(traces.insert(), [_trace_row(project, import_key, i, t) for i, t in fresh])
    keys = known | keys_of(connection, project, [trace_id for trace_id, _ in fresh])
    _add_content(connection, [(keys[trace_id], trace) for trace_id, trace in fresh])
    gained = add_feedback(connection, [(keys[trace_id], item) for trace_id, t in given for item in t.feedback])
    updated = len(gained & set(known.values()))
    return Added(new=len(fresh), duplicate=len(given) - len(fresh), updated=updated)


def add_feedback(connection: Connection, items: Sequence[tuple[int, Feedback]]) -> set[int]:
    """Store the feedback (trace key, feedback) that is not there yet; return the keys of traces that gained some."""
    rows = {(key, _feedback_hash(item)): _feedback_row(key, item) for key, item in items}
    known: set[tuple[int, str]] = set()
    for chunk in in_chunks(list({key for key, _ in rows})):
        query = select(feedback.c.trace, feedback.c.hash).where(feedback.c.trace.in_(chunk))
        known |= {(row.trace, row.hash) for row in connection.execute(query)}
    fresh = [row for identity, row in rows.items() if identity not in known]
    if fresh:
        connection.execute(feedback.insert(), fresh)
    return {row["trace"] for row in fresh}


def keys_of(connection: Connection, project: Project, ids: Sequence[str]) -> dict[str, int]:
    """Return the store's number for each of the ids that is there."""
    found: dict[str, int] = {}
    for chunk in in_chunks(ids):
        query = select(traces.c.id, traces.c.key).where(traces.c.project == project.key, traces.c.id.in_(chunk))
        found |= {row.id: row.key for row in connection.execute(query)}
    return found


def resolve(connection: Connection, project: Project, name: str) -> str:
    """Return the full id of the trace that `name` means: its id, a prefix of 6 digits or more, or the source's id.

    Raises NotFound, or Ambiguous with the choices.
    """
    of_project = select(traces.c.id, traces.c.external_id).where(traces.c.project == project.key)
    matches = [traces.c.external_id == storable(name)]
    if PREFIX.fullmatch(name):
        matches.append(begins(name))
    found = connection.execute(of_project.where(or_(*matches)).order_by(traces.c.key).limit(6)).all()
    exact = [row for row in found if row.id == name]
    if len(found) == 1 or exact:
        return str((exact or found)[0].id)
    if not found:
        raise NotFound(f"there is no trace {name!r} in project {project.name!r}; give an id, 6 digits of it or more, "
                       "or the id of the source")  # fmt: skip
    choices = ", ".join(row.id[:12] for row in found)
    raise Ambiguous(f"{name!r} names several traces of project {project.name!r}: {choices}; give more digits of the id")


def count(connection: Connection, project: Project, where: Filter | None = None) -> int:
    """Return how many traces a filter selects."""
    return int(connection.execute(_selected(connection, project, where, func.count())).scalar_one())


def ids(connection: Connection, project: Project, where: Filter | None = None) -> list[str]:
    """Return the ids that a filter selects, in the order of import."""
    return list(connection.execute(_selected(connection, project, where, traces.c.id).order_by(traces.c.key)).scalars())


def heads(
    connection: Connection, project: Project, where: Filter | None = None, *, limit: int | None = None
) -> list[TraceHead]:
    """Return what lists need of the selected traces, in the order of import."""
    query = _selected(connection, project, where, *HEAD_COLUMNS).order_by(traces.c.key).limit(limit)
    return [_head(row) for row in connection.execute(query)]


def newest_heads(connection: Connection, project: Project, where: Filter | None, *, limit: int) -> list[TraceHead]:
    """Return what lists need of the newest selected traces; those without a time come last."""
    query = _newest(_selected(connection, project, where, *HEAD_COLUMNS), limit)
    return [_head(row) for row in connection.execute(query)]


def heads_of(connection: Connection, project: Project, trace_ids: Sequence[str]) -> list[TraceHead]:
    """Return the heads of the given ids, in their order; ids that are not there are left out."""
    found: dict[str, TraceHead] = {}
    for chunk in in_chunks(trace_ids):
        query = select(*HEAD_COLUMNS).where(traces.c.project == project.key, traces.c.id.in_(chunk))
        found |= {row.id: _head(row) for row in connection.execute(query)}
    return [found[trace_id] for trace_id in trace_ids if trace_id in found]


def labels_of(
    connection: Connection, project: Project, trace_ids: Sequence[str]
) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Yield version and metadata of the given ids, in no order: much less than their heads."""
    for chunk in in_chunks(trace_ids):
        query = select(traces.c.version, traces.c.metadata).where(
            traces.c.project == project.key, traces.c.id.in_(chunk)
        )
        for row in connection.execute(query):
            yield row.version, row.metadata


def heads_with_query(connection: Connection, project: Project, queries: Sequence[str]) -> list[TraceHead]:
    """Return the heads of the traces that begin with each of the given queries: MAX_SAME at most, the newest first."""
    found: list[TraceHead] = []
    for said in dict.fromkeys(queries):  # each by itself: what begins thousands must not crowd out the others
        query = select(*HEAD_COLUMNS).where(traces.c.project == project.key, traces.c.query == said)
        found += [_head(row) for row in connection.execute(query.order_by(traces.c.key.desc()).limit(MAX_SAME))]
    return found


def stream(
    connection: Connection, project: Project, where: Filter | None = None, *, limit: int | None = None
) -> Iterator[StoredTrace]:
    """Yield the selected traces with their steps, without holding all in memory.

    All come in the order of import; of a limited number, the newest come, and the newest first.
    """
    if limit is None:
        wanted: Sequence[str] = ids(connection, project, where)
    else:
        wanted = connection.execute(_newest(_selected(connection, project, where, traces.c.id), limit)).scalars().all()
    for chunk in in_chunks(wanted, 100):
        yield from load(connection, project, chunk)


def load(connection: Connection, project: Project, trace_ids: Sequence[str]) -> list[StoredTrace]:
    """Return the traces of the given ids, in their order; ids that are not there are left out."""
    found: dict[str, StoredTrace] = {}
    for chunk in in_chunks(trace_ids):
        query = select(*HEAD_COLUMNS, trace_steps.c.content).join(trace_steps, trace_steps.c.trace == traces.c.key)
        query = query.where(traces.c.project == project.key, traces.c.id.in_(chunk))
        rows = connection.execute(query).all()
        said = _feedback_of(connection, [row.key for row in rows])
        for row in rows:
            steps = tuple(_step(item) for item in row.content)
            found[row.id] = StoredTrace(head=_head(row), steps=steps, feedback=tuple(said.get(row.key, ())))
    return [found[trace_id] for trace_id in trace_ids if trace_id in found]


def count_steps(connection: Connection, trace_key: int) -> int:
    """Return how many steps a trace has."""
    query = select(trace_steps.c.content).where(trace_steps.c.trace == trace_key)
    return len(connection.execute(query).scalar_one())


def newest_feedback(connection: Connection) -> int:
    """Return a number that rises whenever any trace gains feedback, 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(feedback.c.key), 0))).scalar_one())


def raw(connection: Connection, project: Project, trace_id: str) -> list[Json]:
    """Return the untouched records that a trace was made from."""
    query = (
        select(source_records.c.content)
        .join(traces, traces.c.key == source_records.c.trace)
        .where(traces.c.project == project.key, traces.c.id == trace_id)
        .order_by(source_records.c.position)
    )
    return list(connection.execute(query).scalars())


def _add_content(connection: Connection, fresh: Sequence[tuple[int, Trace]]) -> None:
    """Store what is large of new traces, and index it."""
    if not fresh:
        return
    steps = [(key, [_step_row(step) for step in trace.steps]) for key, trace in fresh]
    connection.execute(trace_steps.insert(), [{"trace": key, "content": rows} for key, rows in steps])
    fulltext.add(connection, [(key, words_of_steps(rows)) for key, rows in steps])
    raw = [
        {"trace": key, "position": position, "content": content}
        for key, trace in fresh
        for position, content in enumerate(trace.raw)
    ]
    if raw:
        connection.execute(source_records.insert(), raw)


def _selected(connection: Connection, project: Project, where: Filter | None, *columns: Any) -> Select[Any]:
    if searches_of(where):
        fulltext.prefer_index(connection)
    query = select(*columns).select_from(traces).where(traces.c.project == project.key)
    return query if where is None else query.where(checked_condition(connection, project, where))


def _newest(query: Select[Any], limit: int) -> Select[Any]:
    return query.order_by(traces.c.started_at.desc().nulls_last(), traces.c.key.desc()).limit(limit)


def _trace_row(project: Project, import_key: int, trace_id: str, trace: Trace) -> dict[str, Any]:
    return {
        "project": project.key,
        "id": trace_id,
        "import": import_key,
        "format": trace.format,
        "external_id": storable(trace.external_id),
        "session": storable(trace.session),
        "version": storable(trace.version),
        "started_at": trace.started_at,
        "query": storable(first_query(trace.steps)[:QUERY_CHARS]),
        "metadata": storable_json(dict(trace.metadata)),
        "metrics": storable_json({**step_metrics(trace.steps), **text_signals(trace.steps), **trace.metrics}),
        "tags": storable_json(list(trace.tags)),
    }


def _step_row(step: Step) -> dict[str, Any]:
    values = ((name, getattr(step, name)) for name in STEP_FIELDS)
    row = {name: value for name, value in values if value not in (None, (), {})}
    return row | {"attributes": dict(step.attributes)} if step.attributes else row


def _step(row: Mapping[str, Any]) -> Step:
    known = {name: row.get(name) for name in ("name", "text", "arguments", "result", "error", "parent")}
    return Step(
        kind=StepKind(row["kind"]),
        role=Role(row["role"]) if row.get("role") else None,
        source_positions=tuple(row.get("source_positions", ())),
        attributes=row.get("attributes", {}),
        **known,
    )


def _head(row: Any) -> TraceHead:
    return TraceHead(**{column.name: getattr(row, column.name) for column in HEAD_COLUMNS})


def _feedback_hash(item: Feedback) -> str:
    at = item.at.isoformat() if item.at else None
    return content_id([item.name, item.value, item.comment, item.author, at])


def _feedback_row(trace_key: int, item: Feedback) -> dict[str, Any]:
    label = "" if item.value is None else str(item.value)
    return {
        "trace": trace_key,
        "hash": _feedback_hash(item),
        "name": storable(item.name),
        "value": storable_json(item.value),
        "label": storable(label.lower()),
        "comment": storable(item.comment),
        "author": storable(item.author),
        "at": item.at,
    }


def _feedback_of(connection: Connection, keys: Sequence[int]) -> dict[int, list[Feedback]]:
    found: dict[int, list[Feedback]] = {}
    query = select(feedback).where(feedback.c.trace.in_(keys)).order_by(feedback.c.key)
    for row in connection.execute(query):
        item = Feedback(name=row.name, value=row.value, comment=row.comment, author=row.author, at=row.at)
        found.setdefault(row.trace, []).append(item)
    return found
