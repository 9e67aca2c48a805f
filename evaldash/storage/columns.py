"""Columns of many traces at once: what a map is coloured by, what facets count, and the order of lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Float, Select, Text, and_, case, cast, extract, select, type_coerce

from evaldash.domain.filters import Filter, searches_of
from evaldash.domain.stored import Project
from evaldash.storage import fulltext
from evaldash.storage.bulk import in_chunks
from evaldash.storage.filtering import checked_condition
from evaldash.storage.readings import reference_annotations
from evaldash.storage.schema import annotation_codes, assignments, feedback, modes, traces


class TraceRow(NamedTuple):
    """A trace without what is large: what colours, counts and orders it."""

    id: str
    at: float | None  # seconds since 1970
    version: str | None
    format: str
    metadata: Mapping[str, Any]
    metrics: Mapping[str, Any]


def rows(connection: Connection, project: Project) -> Iterator[TraceRow]:
    """Yield all traces, the newest first; those without a time come last."""
    as_text = (
        (lambda held: type_coerce(held, Text))
        if connection.dialect.name == "sqlite"  # JSON is text there
        else (lambda held: cast(held, Text))
    )
    at = cast(extract("epoch", traces.c.started_at), Float)
    query = _of(project, traces.c.id, at, traces.c.version, traces.c.format, as_text(traces.c.metadata),
                as_text(traces.c.metrics))  # fmt: skip
    for trace, began, version, kind, metadata, metrics in connection.execute(_newest_first(query)):
        yield TraceRow(trace, began, version, kind, orjson.loads(metadata), orjson.loads(metrics))


def newest_ids(connection: Connection, project: Project, where: Filter | None = None) -> list[str]:
    """Return the selected traces, the newest first; those without a time come last."""
    if searches_of(where):
        fulltext.prefer_index(connection)
    query = _of(project, traces.c.id)
    if where is not None:
        query = query.where(checked_condition(connection, project, where))
    return list(connection.execute(_newest_first(query)).scalars())


def queries(connection: Connection, project: Project) -> dict[str, str]:
    """Return the first thing the user said in each trace, as lists show it."""
    return {row.id: row.query for row in connection.execute(_of(project, traces.c.id, traces.c.query))}


def queries_of(connection: Connection, project: Project, ids: Sequence[str]) -> dict[str, str]:
    """Return the first thing the user said in each of the given traces."""
    found: dict[str, str] = {}
    for chunk in in_chunks(ids):
        query = _of(project, traces.c.id, traces.c.query).where(traces.c.id.in_(chunk))
        found |= {row.id: row.query for row in connection.execute(query)}
    return found


def feedback_labels(connection: Connection, project: Project) -> dict[str, str]:
    """Return the newest thing that users said of each trace, as a word; comments without a value are "comment"."""
    label = case((feedback.c.label != "", feedback.c.label), else_="comment")
    query = (
        _of(project, traces.c.id, label.label("said"))
        .join(feedback, feedback.c.trace == traces.c.key)
        .order_by(feedback.c.key)
    )
    return {row.id: row.said for row in connection.execute(query)}


def verdicts(connection: Connection, project: Project) -> dict[str, str]:
    """Return the reference verdict of each read trace."""
    reference = reference_annotations(project)
    query = _of(project, traces.c.id, reference.c.verdict).join(reference, reference.c.trace == traces.c.key)
    return {row.id: row.verdict for row in connection.execute(query)}


def mode_names(connection: Connection, project: Project) -> dict[str, tuple[str, ...]]:
    """Return the names of the failure modes of each trace that has some, by its reference reading."""
    reference = reference_annotations(project)
    query = (
        _of(project, traces.c.id, modes.c.name)
        .join(reference, reference.c.trace == traces.c.key)
        .join(annotation_codes, annotation_codes.c.annotation == reference.c.key)
        .join(assignments, and_(assignments.c.code == annotation_codes.c.code, assignments.c.until.is_(None)))
        .join(modes, and_(modes.c.id == assignments.c.mode, modes.c.until.is_(None)))
        .where(modes.c.project == project.key, assignments.c.project == project.key)
        .order_by(modes.c.position)
    )
    found: dict[str, tuple[str, ...]] = {}
    for trace, name in connection.execute(query):
        if name not in found.get(trace, ()):
            found[trace] = (*found.get(trace, ()), name)
    return found


def _of(project: Project, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).select_from(traces).where(traces.c.project == project.key)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(traces.c.started_at.desc().nulls_last(), traces.c.key.desc())
