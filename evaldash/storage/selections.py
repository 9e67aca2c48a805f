"""Selections that a link names: kept once, never changed; a selection of the same traces is the same selection."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, literal, select

from evaldash.domain.stored import Project
from evaldash.errors import FilterSyntaxError
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import selection_traces, selections, traces
from evaldash.storage.text import storable

NAME_DIGITS = 12  # of the hash, after a letter: two of a million selections share them with a chance of one in 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRow:
    """A kept selection: `size` traces when it was made, `present` of them are still there; `how` in words."""

    name: str
    how: str
    size: int
    present: int
    by: str | None
    at: datetime


def name_of(ids: Sequence[str]) -> str:
    """Return the name of a selection; it begins with a letter, so that no filter takes it for a number."""
    return "s" + hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:NAME_DIGITS]


def keep(connection: Connection, project: Project, ids: Sequence[str], *, how: str, by: str | None) -> str:
    """Keep the traces of the given ids under their name, unless they are; return the name."""
    name = name_of(ids)
    query = select(selections.c.key).where(selections.c.project == project.key, selections.c.name == name)
    if connection.execute(query).scalar_one_or_none() is not None:
        return name
    made = connection.execute(
        selections.insert().values(
            project=project.key, name=name, how=storable(how), size=len(ids), by=by, at=datetime.now(UTC)
        )
    ).inserted_primary_key
    assert made is not None
    for chunk in in_chunks(sorted(ids)):
        of_chunk = select(literal(int(made[0])), traces.c.key).where(
            traces.c.project == project.key, traces.c.id.in_(chunk)
        )
        connection.execute(insert(selection_traces).from_select(["selection", "trace"], of_chunk))
    return name


def find(connection: Connection, project: Project, name: str) -> SelectionRow | None:
    """Return a kept selection, None where the project has none of that name."""
    present = select(func.count()).where(selection_traces.c.selection == selections.c.key).scalar_subquery()
    query = select(selections, present.label("present")).where(
        selections.c.project == project.key, selections.c.name == storable(name)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return SelectionRow(name=row.name, how=row.how, size=row.size, present=row.present, by=row.by, at=row.at)


def refuse_unknown(connection: Connection, project: Project, names: Sequence[str]) -> None:
    """Raise FilterSyntaxError for a name that no selection of the project has: it would select nothing, unsaid."""
    for name in names:
        if find(connection, project, name) is None:
            raise FilterSyntaxError(
                f"project {project.name!r} has no selection {name[:40]!r}; a selection belongs to the project it was "
                "made in: ask for the link again, or choose the project that it is of"
            )
