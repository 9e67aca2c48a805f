"""Fields that a team gives its traces, and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from evaldash.domain.stored import Project
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import own_field_values, own_fields, traces

Rule = tuple[str, str]  # filter, value


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnField:
    """A field; `rules` are looked at in their order, `otherwise` is the value where none holds (None: no value)."""

    key: int
    name: str
    kind: str
    rules: tuple[Rule, ...]
    otherwise: str | None


def save(
    connection: Connection,
    project: Project,
    *,
    name: str,
    kind: str,
    rules: Sequence[Rule] = (),
    otherwise: str | None = None,
    by: str | None,
) -> OwnField:
    """Store a field; one of the same name is replaced, its values go."""
    drop(connection, project, name)
    result = connection.execute(
        own_fields.insert().values(
            project=project.key,
            name=name,
            kind=kind,
            rules=[list(rule) for rule in rules],
            otherwise=otherwise,
            by=by,
            at=datetime.now(UTC),
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    return OwnField(key=int(key[0]), name=name, kind=kind, rules=tuple(rules), otherwise=otherwise)


def listing(connection: Connection, project: Project) -> list[OwnField]:
    """Return the fields of a project by name."""
    query = select(own_fields).where(own_fields.c.project == project.key).order_by(own_fields.c.name)
    return [
        OwnField(
            key=row.key,
            name=row.name,
            kind=row.kind,
            rules=tuple((rule[0], rule[1]) for rule in row.rules),
            otherwise=row.otherwise,
        )
        for row in connection.execute(query)
    ]


def drop(connection: Connection, project: Project, name: str) -> bool:
    """Remove a field with its values; False if there is none."""
    found = connection.execute(
        own_fields.delete().where(own_fields.c.project == project.key, own_fields.c.name == name)
    )
    return bool(found.rowcount)


def set_values(connection: Connection, field: OwnField, values: Mapping[int, str]) -> None:
    """Give traces (by key) a value, in place of the one they have."""
    for chunk in in_chunks(list(values)):
        connection.execute(
            own_field_values.delete().where(own_field_values.c.field == field.key, own_field_values.c.trace.in_(chunk))
        )
        connection.execute(
            own_field_values.insert(),
            [{"field": field.key, "trace": trace, "value": values[trace]} for trace in chunk],
        )


def clear(connection: Connection, field: OwnField) -> None:
    """Take all values of a field away."""
    connection.execute(own_field_values.delete().where(own_field_values.c.field == field.key))


def values_of(connection: Connection, project: Project, name: str) -> dict[str, str]:
    """Return the value of each trace (by id) that has one."""
    query = (
        select(traces.c.id, own_field_values.c.value)
        .join(traces, traces.c.key == own_field_values.c.trace)
        .join(own_fields, own_fields.c.key == own_field_values.c.field)
        .where(own_fields.c.project == project.key, own_fields.c.name == name)
    )
    return {row.id: row.value for row in connection.execute(query)}


def counts(connection: Connection, field: OwnField) -> dict[str, int]:
    """Return how many traces have each value, the most frequent first."""
    number = func.count().label("number")
    query = (
        select(own_field_values.c.value, number)
        .where(own_field_values.c.field == field.key)
        .group_by(own_field_values.c.value)
        .order_by(number.desc(), own_field_values.c.value)
    )
    return {row.value: row.number for row in connection.execute(query)}
