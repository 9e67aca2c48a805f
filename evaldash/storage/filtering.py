"""A filter as a condition of the database: fields from a fixed list, values always bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select,
)

from evaldash.domain.filters import All, Compare, Filter, Has, Not, Number, Search, values_of
from evaldash.domain.filters import Any as AnyOf
from evaldash.domain.stored import Project
from evaldash.errors import FilterSyntaxError
from evaldash.storage import fulltext
from evaldash.storage import selections as kept
from evaldash.storage.metadata_words import MetadataWord
from evaldash.storage.readings import current_annotations, reference_annotations
from evaldash.storage.schema import (
    annotation_codes,
    assignments,
    batch_traces,
    batches,
    cluster_members,
    clusterings,
    clusters,
    feedback,
    modes,
    own_field_values,
    own_fields,
    selection_traces,
    selections,
    traces,
)

MIN_PREFIX = 6  # digits of an id that may stand for it
NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
Condition = ColumnElement[bool]


def checked_condition(connection: Connection, project: Project, where: Filter) -> Condition:
    """Return the condition of a filter whose selections are there; raises FilterSyntaxError."""
    found = condition(where, project)
    kept.refuse_unknown(connection, project, values_of(where, "selection"))
    return found


def condition(where: Filter, project: Project) -> Condition:
    """Return the condition on `traces` that `where` means in `project`; a bad value raises FilterSyntaxError."""
    if isinstance(where, All):
        return and_(*(condition(part, project) for part in where.parts))
    if isinstance(where, AnyOf):
        return or_(*(condition(part, project) for part in where.parts))
    if isinstance(where, Not):
        return not_(func.coalesce(condition(where.part, project), false()))
    if isinstance(where, Search):
        return fulltext.holds(where.words)
    return _fact(where, project)


def _fact(where: Compare | Has, project: Project) -> Condition:
    prefix, _, name = where.field.partition(".")
    if prefix == "metric":
        return _number(traces.c.metrics[name].as_float(), where)
    if prefix == "metadata":
        return _json_value(MetadataWord(name), where)
    if prefix == "tag":
        return _tag(name, where)
    if prefix == "field":
        return _own_field(where, project)
    return _FIELDS[where.field](where, project)


def _tag(name: str, where: Compare | Has) -> Condition:
    present = cast(traces.c.tags, Text).contains(f'"{name}"', autoescape=True)
    if isinstance(where, Has):
        return present
    wanted = {"true": present, "false": not_(present)}
    if where.op != "=" or where.values[0] not in wanted:
        raise FilterSyntaxError(f"{where.field} is there or not: write has {where.field}, or {where.field} = true")
    return wanted[str(where.values[0])]


def _number(column: ColumnElement[float], where: Compare | Has) -> Condition:
    if isinstance(where, Has):
        return column.is_not(None)
    for value in where.values:
        if not isinstance(value, float):
            raise FilterSyntaxError(f"{where.field} is compared with a number, got {value!r}")
    return _compare(column, where)


def _json_value(column: ColumnElement[str], where: Compare | Has) -> Condition:
    as_text = cast(column, Text)
    if isinstance(where, Has):
        return column.is_not(None)
    if where.op == "~" or not all(isinstance(value, float) for value in where.values):
        return _text(as_text, where)
    as_number = case((as_text.regexp_match(NUMBER), cast(as_text, Float)))
    return _compare(as_number, where)


def _text(column: ColumnElement[Any], where: Compare | Has) -> Condition:
    if isinstance(where, Has):
        return column.is_not(None)
    words = tuple(_word(value) for value in where.values)
    if where.op == "~":
        return column.icontains(words[0], autoescape=True)
    return _compare(column, where, words)


def _word(value: str | float) -> str:
    if isinstance(value, Number):
        return value.written
    return f"{value:g}" if isinstance(value, float) else value


def _compare(column: ColumnElement[Any], where: Compare, values: Sequence[Any] | None = None) -> Condition:
    chosen = [float(value) if isinstance(value, Number) else value for value in values or where.values]
    first = chosen[0]
    operations: dict[str, Callable[[], ColumnElement[bool]]] = {
        "=": lambda: column == first,
        "!=": lambda: column != first,
        "<": lambda: column < first,
        "<=": lambda: column <= first,
        ">": lambda: column > first,
        ">=": lambda: column >= first,
        "in": lambda: column.in_(chosen),
    }
    if where.op not in operations:
        raise FilterSyntaxError(f"{where.field} cannot be compared with {where.op}")
    return operations[where.op]()


def _id(where: Compare | Has, _project: Project) -> Condition:
    if isinstance(where, Has):
        return traces.c.id.is_not(None)
    matches = [_is_called(_word(value)) for value in where.values]
    if where.op in ("=", "in"):
        return or_(*matches)
    if where.op == "!=":
        return not_(or_(*matches))
    return _text(traces.c.external_id, where)


def _is_called(name: str) -> Condition:
    by_source = traces.c.external_id == name
    if len(name) < MIN_PREFIX:
        return by_source
    return or_(by_source, traces.c.id.startswith(name, autoescape=True))


def _started_at(where: Compare | Has, _project: Project) -> Condition:
    if isinstance(where, Has):
        return traces.c.started_at.is_not(None)
    return _compare(traces.c.started_at, where, [_date(value) for value in where.values])


def _date(value: str | float) -> datetime:
    try:
        found = datetime.fromisoformat(_word(value))
    except ValueError as error:
        raise FilterSyntaxError(f"started_at is compared with a date like 2026-05-31, got {value!r}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _column(name: str) -> Callable[[Compare | Has, Project], Condition]:
    return lambda where, _project: _text(traces.c[name], where)


def _negated(where: Compare | Has) -> tuple[Compare | Has, bool]:
    """Turn `field != x` about a list of things into "none of them is x"."""
    if isinstance(where, Compare) and where.op == "!=":
        return Compare(where.field, "=", where.values), True
    return where, False


def _among(query: Callable[[Compare | Has, Project], Any]) -> Callable[[Compare | Has, Project], Condition]:
    def fact(where: Compare | Has, project: Project) -> Condition:
        positive, negate = _negated(where)
        found: Condition = query(positive, project)
        return not_(found) if negate else found

    return fact


@_among
def _verdict(where: Compare | Has, project: Project) -> Condition:
    reference = reference_annotations(project)
    return exists(select(1).where(reference.c.trace == traces.c.key, _text(reference.c.verdict, where)))


@_among
def _coder(where: Compare | Has, project: Project) -> Condition:
    current = current_annotations(project)
    return exists(select(1).where(current.c.trace == traces.c.key, _text(current.c.coder, where)))


@_among
def _mode(where: Compare | Has, project: Project) -> Condition:
    reference = reference_annotations(project)
    query = (
        select(1)
        .select_from(reference)
        .join(annotation_codes, annotation_codes.c.annotation == reference.c.key)
        .join(assignments, and_(assignments.c.code == annotation_codes.c.code, assignments.c.until.is_(None)))
        .join(modes, and_(modes.c.id == assignments.c.mode, modes.c.until.is_(None)))
        .where(
            reference.c.trace == traces.c.key,
            assignments.c.project == project.key,
            modes.c.project == project.key,
            or_(_text(modes.c.name, where), _text(modes.c.id, where)),
        )
    )
    return exists(query)


@_among
def _batch(where: Compare | Has, project: Project) -> Condition:
    numbers = _text(cast(batches.c.number, Text), where)
    if isinstance(where, Compare) and where.op in ("<", "<=", ">", ">="):
        numbers = _number(batches.c.number, where)
    query = select(1).join(batch_traces, batch_traces.c.batch == batches.c.key)
    return exists(query.where(batch_traces.c.trace == traces.c.key, batches.c.project == project.key, numbers))


@_among
def _feedback(where: Compare | Has, _project: Project) -> Condition:
    # Not a question per trace: few traces have feedback, and those with this one are found first.
    said = or_(_text(feedback.c.label, where), _text(feedback.c.comment, where))
    return traces.c.key.in_(select(feedback.c.trace).where(said))


@_among
def _own_field(where: Compare | Has, project: Project) -> Condition:
    query = select(own_field_values.c.trace).join(own_fields, own_fields.c.key == own_field_values.c.field)
    named = and_(own_fields.c.project == project.key, own_fields.c.name == where.field.partition(".")[2])
    return traces.c.key.in_(query.where(named, _text(own_field_values.c.value, where)))


@_among
def _selection(where: Compare | Has, project: Project) -> Condition:
    if isinstance(where, Compare) and where.op not in ("=", "in"):
        raise FilterSyntaxError(f"selection is compared with = or !=, or stands in a list, not with {where.op}")
    query = select(selection_traces.c.trace).join(selections, selections.c.key == selection_traces.c.selection)
    return traces.c.key.in_(query.where(selections.c.project == project.key, _text(selections.c.name, where)))


@_among
def _cluster(where: Compare | Has, project: Project) -> Condition:
    newest = (
        select(func.max(clusterings.c.key))
        .where(clusterings.c.project == project.key, clusterings.c.of == "traces")
        .scalar_subquery()
    )
    named = or_(_text(cast(cluster_members.c.number, Text), where), _text(clusters.c.label, where))
    same = and_(clusters.c.clustering == cluster_members.c.clustering, clusters.c.number == cluster_members.c.number)
    query = select(1).select_from(cluster_members).outerjoin(clusters, same)
    return exists(query.where(cluster_members.c.item == traces.c.id, cluster_members.c.clustering == newest, named))


_FIELDS: dict[str, Callable[[Compare | Has, Project], Condition]] = {
    "id": _id,
    "session": _column("session"),
    "version": _column("version"),
    "format": _column("format"),
    "started_at": _started_at,
    "verdict": _verdict,
    "coder": _coder,
    "mode": _mode,
    "batch": _batch,
    "feedback": _feedback,
    "cluster": _cluster,
    "selection": _selection,
}
