"""Batches: drawn once, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from evaldash.domain.batch import DrawnTrace, Stream
from evaldash.domain.stored import Project
from evaldash.errors import NotFound
from evaldash.storage.readings import reference_annotations
from evaldash.storage.schema import batch_traces, batches, traces
from evaldash.storage.traces import keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One batch as a list shows it."""

    number: int
    strategy: str
    seed: int
    filter: str | None
    frame_size: int
    frame_hash: str
    parameters: Mapping[str, Any]
    size: int
    read: int
    failed: int
    coder: str | None
    at: datetime


def add(
    connection: Connection,
    project: Project,
    drawn: Sequence[DrawnTrace],
    *,
    strategy: str,
    seed: int,
    filter: str | None,
    frame_size: int,
    frame_hash: str,
    parameters: Mapping[str, Any],
    coder: str | None,
) -> int:
    """Store a draw; return the number of the batch, counted from 1 in its project."""
    last = connection.execute(select(func.max(batches.c.number)).where(batches.c.project == project.key)).scalar_one()
    number = (last or 0) + 1
    result = connection.execute(
        batches.insert().values(
            project=project.key,
            number=number,
            strategy=strategy,
            seed=seed,
            filter=filter,
            frame_size=frame_size,
            frame_hash=frame_hash,
            parameters=dict(parameters),
            coder=coder,
            at=datetime.now(UTC),
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    trace_keys = keys_of(connection, project, [item.trace for item in drawn])
    connection.execute(
        batch_traces.insert(),
        [
            {
                "batch": key[0],
                "position": position,
                "trace": trace_keys[item.trace],
                "stream": item.stream.value,
                "inclusion_probability": item.inclusion_probability,
                "reason": item.reason,
            }
            for position, item in enumerate(drawn)
        ],
    )
    return number


def listing(connection: Connection, project: Project, *, verdicts: Mapping[int, str] | None = None) -> list[BatchRow]:
    """Return the batches of a project in the order they were drawn, with how far their reading is.

    `verdicts`: trace key -> verdict of the reference reading, where that is loaded already.
    """
    if verdicts is None:  # joined here: SQLite would look through all readings for each trace of a batch
        reading = reference_annotations(project)
        verdicts = {row.trace: row.verdict for row in connection.execute(select(reading.c.trace, reading.c.verdict))}
    held: dict[int, list[str | None]] = {}
    drawn_ones = select(batch_traces.c.batch, batch_traces.c.trace).join(batches, batch_traces.c.batch == batches.c.key)
    for row in connection.execute(drawn_ones.where(batches.c.project == project.key)):
        held.setdefault(row.batch, []).append(verdicts.get(row.trace))
    names = ("number", "strategy", "seed", "filter", "frame_size", "frame_hash", "parameters", "coder", "at")
    query = select(batches).where(batches.c.project == project.key).order_by(batches.c.number)
    return [
        BatchRow(
            **{name: getattr(row, name) for name in names},
            size=len(held[row.key]),
            read=sum(verdict is not None for verdict in held[row.key]),
            failed=held[row.key].count("fail"),
        )
        for row in connection.execute(query)
        if row.key in held
    ]


def key_of(connection: Connection, project: Project, number: int) -> int:
    """Return the store's number of a batch; NotFound if there is no such batch."""
    query = select(batches.c.key).where(batches.c.project == project.key, batches.c.number == number)
    key = connection.execute(query).scalar_one_or_none()
    if key is None:
        raise NotFound(f"there is no batch {number} in project {project.name!r}; `evaldash batches` lists them")
    return int(key)


def drawn(connection: Connection, project: Project, number: int) -> list[DrawnTrace]:
    """Return the traces of a batch in reading order."""
    query = (
        select(batch_traces, traces.c.id)
        .join(traces, traces.c.key == batch_traces.c.trace)
        .where(batch_traces.c.batch == key_of(connection, project, number))
        .order_by(batch_traces.c.position)
    )
    return [
        DrawnTrace(
            trace=row.id,
            stream=Stream(row.stream),
            inclusion_probability=row.inclusion_probability,
            reason=row.reason,
        )
        for row in connection.execute(query)
    ]


def already_drawn(connection: Connection, project: Project) -> set[str]:
    """Return the ids of all traces that stand in some batch."""
    query = (
        select(traces.c.id)
        .join(batch_traces, batch_traces.c.trace == traces.c.key)
        .where(traces.c.project == project.key)
        .distinct()
    )
    return set(connection.execute(query).scalars())


def first_batch_of(connection: Connection, project: Project) -> dict[str, tuple[int, DrawnTrace]]:
    """Return for each drawn trace the first batch it stands in, and how it was drawn there, in reading order."""
    query = (
        select(batches.c.number, batch_traces, traces.c.id)
        .join(batch_traces, batch_traces.c.batch == batches.c.key)
        .join(traces, traces.c.key == batch_traces.c.trace)
        .where(batches.c.project == project.key)
        .order_by(batches.c.number, batch_traces.c.position)
    )
    found: dict[str, tuple[int, DrawnTrace]] = {}
    for row in connection.execute(query):
        how = DrawnTrace(
            trace=row.id,
            stream=Stream(row.stream),
            inclusion_probability=row.inclusion_probability,
            reason=row.reason,
        )
        found.setdefault(row.id, (row.number, how))
    return found
