"""A project as rows of plain values, and back: over all tables that hang on a project, so that new ones come along.

The keys that rows carry hold within one archive; a store gives its own when they come in.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    select,
)
from sqlalchemy.exc import DataError, IntegrityError

from evaldash.domain.stored import Project
from evaldash.domain.trace import Json
from evaldash.errors import UnreadableSource
from evaldash.storage import fulltext, projects, vectors
from evaldash.storage.bulk import CHUNK, in_chunks
from evaldash.storage.schema import (
    NUMBERS,
    PackedJson,
    UtcDateTime,
    embedded_texts,
    jobs,
    metadata,
    trace_steps,
    traces,
)
from evaldash.storage.schema import projects as project_table
from evaldash.storage.schema import vectors as vector_table
from evaldash.storage.text import storable, storable_json

LEFT_OUT = frozenset({jobs.name})  # work under way on one machine
MOST = 2**31  # whole numbers that both databases hold are below
Row = Mapping[str, Json]


class Kind(StrEnum):
    """What a column holds, as the archive writes it."""

    WHOLE = "whole number"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    JSON = "json"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table; `numbers` says how an array lies in bytes (numpy's name), None where it is none."""

    name: str
    kind: Kind
    numbers: str | None = None


def tables() -> tuple[Table, ...]:
    """Return the tables of a project, directly or through a parent, and the vectors of its texts; parents first."""
    found = [project_table]
    for table in metadata.sorted_tables:
        if table.name not in LEFT_OUT and any(key.column.table in found for key in table.foreign_keys):
            found.append(table)
    return (*found, vector_table)


def fields_of(table: Table) -> tuple[Field, ...]:
    """Return the columns of a table that an archive carries: all but that of the project, which is the archive's."""
    return tuple(
        Field(column.name, _kind(column), column.info.get(NUMBERS))
        for column in table.columns
        if not _refers_to(column, project_table)
    )


def rows_of(connection: Connection, project: Project, table: Table) -> Iterator[Row]:
    """Yield the rows of a table that belong to the project, in the order of their keys, a few at a time in memory."""
    fields = fields_of(table)
    query = select(*(table.c[field.name] for field in fields)).where(_belongs(table, project))
    found = connection.execute(query.order_by(*table.primary_key.columns), execution_options={"yield_per": CHUNK})
    for row in found:
        yield {field.name: _told(field, value) for field, value in zip(fields, row, strict=True)}


class Loader:
    """Takes the rows of an archive into a new project, table by table, parents first.

    The caller owns the transaction; UnreadableSource for a row that is not as its table wants it.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self.name = name
        self._keys: dict[str, dict[int, int]] = {}  # by table: the key in the archive -> the key in this store
        self._referred = {key.column.table.name for table in tables() for key in table.foreign_keys}

    @property
    def project(self) -> Project:
        """The project, once its row is in."""
        found = projects.find(self.connection, self.name)
        if found is None:
            raise UnreadableSource("the archive holds no row for its project; export it again")
        return found

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Store some rows, in their order."""
        stored = [self._stored(table, row) for row in rows]
        self._renew(table, stored)
        try:
            if table is vector_table:
                self._add_vectors(stored)
            elif "key" in table.c and table.name in self._referred:
                self._add_keyed(table, stored)
            elif stored:
                self.connection.execute(table.insert(), [_without_key(table, row) for row in stored])
        except (IntegrityError, DataError) as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise UnreadableSource(f"rows of {table.name} break a rule of the store: {reason}; export again") from error

    def finish(self) -> None:
        """Make the full-text index of what came in."""
        fulltext.add_stored(self.connection, traces.c.project == self.project.key)

    def _add_keyed(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        known = self._keys.setdefault(table.name, {})
        if rows:
            insert = table.insert().returning(table.c.key, sort_by_parameter_order=True)
            given = self.connection.execute(insert, [_without_key(table, row) for row in rows]).scalars()
            known.update(zip((row["key"] for row in rows), given, strict=True))

    def _renew(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Give new ids where they must be unique in the whole store and are taken: the project may be here already."""
        for column in table.columns:
            if column.unique and table is not project_table:
                for some in in_chunks(rows):
                    query = select(column).where(column.in_([row[column.name] for row in some]))
                    taken = set(self.connection.execute(query).scalars())
                    for row in some:
                        row[column.name] = uuid.uuid4().hex if row[column.name] in taken else row[column.name]

    def _add_vectors(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for embedder in sorted({row["embedder"] for row in rows}):
            some = {r["text_hash"]: np.frombuffer(r["vector"], "<f4") for r in rows if r["embedder"] == embedder}
            vectors.add(self.connection, embedder, some)

    def _stored(self, table: Table, row: Row) -> dict[str, Any]:
        return {column.name: self._value(table, column, row) for column in table.columns if self._is_in(column, row)}

    def _is_in(self, column: Column[Any], row: Row) -> bool:
        """Tell whether a column is given; an archive may be older than the column, which has a default then."""
        return column.name in row or _refers_to(column, project_table)

    def _value(self, table: Table, column: Column[Any], row: Row) -> Any:
        if table is project_table and column.name == "name":
            return self.name
        if _refers_to(column, project_table):
            return next(iter(self._keys[project_table.name].values()))
        value = _held(table, column, row[column.name])
        target = _reference(column)
        if value is None or target is None:
            return value
        known = self._keys.get(target.column.table.name, {})
        if value not in known:
            raise UnreadableSource(
                f"a row of {table.name} refers to {target.column.table.name} {value}, which the archive does not hold; "
                "export it again"
            )
        return known[value]


def _belongs(table: Table, project: Project) -> ColumnElement[bool]:
    if table is project_table:
        return table.c.key == project.key
    if table is vector_table:
        texts = select(embedded_texts.c.text_hash).where(embedded_texts.c.project == project.key)
        return table.c.text_hash.in_(texts)
    for column in table.columns:
        if _refers_to(column, project_table):
            return column == project.key
    column, parent = next(
        (column, key.column.table) for column in table.columns for key in column.foreign_keys if not column.nullable
    )
    return column.in_(select(parent.c.key).where(_belongs(parent, project)))


def _reference(column: Column[Any]) -> ForeignKey | None:
    return next(iter(column.foreign_keys), None)


def _refers_to(column: Column[Any], table: Table) -> bool:
    return any(key.column.table is table for key in column.foreign_keys)


def _without_key(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without the number that the store gives."""
    given = table.autoincrement_column
    return {name: value for name, value in row.items() if name != "key" or table.c.key is not given}


def _kind(column: Column[Any]) -> Kind:
    kinds = (
        (UtcDateTime, Kind.TIME),
        (PackedJson | JSON, Kind.JSON),
        (LargeBinary, Kind.NUMBERS),
        (Integer, Kind.WHOLE),
        (Float, Kind.NUMBER),
        (String, Kind.TEXT),
    )
    return next(kind for types, kind in kinds if isinstance(column.type, types))


def _told(field: Field, value: Any) -> Any:
    """Return a value as the archive writes it: times as ISO text, arrays as numpy arrays."""
    if value is None:
        return None
    if field.kind is Kind.TIME:
        return value.isoformat()
    return np.frombuffer(value, field.numbers) if field.kind is Kind.NUMBERS else value


def _held(table: Table, column: Column[Any], value: Any) -> Any:
    """Return a value of an archive as its column takes it; UnreadableSource where it is of another kind."""
    kind = _kind(column)
    try:
        if value is None and (column.nullable or kind is Kind.JSON):
            return None
        if kind is Kind.NUMBERS:
            return np.asarray(value, column.info[NUMBERS]).tobytes()
        return _content(table, value) if isinstance(column.type, PackedJson) else _READERS[kind](value)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableSource(
            f"{table.name}.{column.name} must be a {kind}, got {str(value)[:60]!r}; export the project again"
        ) from error


def _content(table: Table, value: Any) -> Any:
    """Return what is stored packed; the steps of a trace are looked at, for search and pages read them as they are."""
    if table is trace_steps and not (isinstance(value, list) and all(_is_step(step) for step in value)):
        raise ValueError("no steps")
    return value


def _is_step(step: Any) -> bool:
    return (
        isinstance(step, dict)
        and isinstance(step.get("kind"), str)
        and all(isinstance(step.get(name, ""), str) for name in ("name", "text", "error", "role"))
    )


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -MOST <= value < MOST:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return storable(value)


_READERS = {
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.TIME: datetime.fromisoformat,
    Kind.JSON: storable_json,
}
