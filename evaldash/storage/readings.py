"""Annotations: they are only added; the newest of a coder and a trace counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Subquery, case, func, select

from evaldash.domain.coding import Annotation, CheckAnswer, OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import annotation_codes, batches, readings, traces
from evaldash.storage.text import storable, storable_json

RETRACTED = "retracted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTrace:
    """The reference reading of a trace: the deciding coder's, by default the first coder's."""

    trace: str
    trace_key: int
    session: str | None
    verdict: Verdict
    codes: tuple[str, ...]  # ids
    first_read_at: datetime  # time of the first verdict: the reading order


def current_annotations(
    project: Project, *, coder: str | None = None, trace_keys: Sequence[int] | None = None
) -> Subquery:
    """Return the newest annotation of each coder and trace, less those taken back, with `first_key` of the first.

    Of some traces only (by key, `in_chunks`), the others are not looked at: a save asks this of the one it was made on.
    """
    of_pair = (readings.c.trace, readings.c.coder)
    # A trace is of one project: unless that is named, SQLite takes the index of traces, not all of a coder's work.
    looked_at = [readings.c.project == project.key if trace_keys is None else readings.c.trace.in_(trace_keys)]
    if coder is not None:
        looked_at.append(readings.c.coder == coder)
    numbered = (
        select(
            readings,
            func.row_number().over(partition_by=of_pair, order_by=readings.c.key.desc()).label("age"),
            func.min(readings.c.key).over(partition_by=of_pair).label("first_key"),
        )
        .where(*looked_at)
        .subquery()
    )
    return select(numbered).where(numbered.c.age == 1, numbered.c.verdict != RETRACTED).subquery()


def reference_annotations(project: Project) -> Subquery:
    """Return one annotation per trace: the deciding coder's where there is one, else the first coder's."""
    current = current_annotations(project)
    decides = case((current.c.coder == (project.deciding_coder or ""), 0), else_=1)
    ranked = select(
        current,
        func.row_number().over(partition_by=current.c.trace, order_by=(decides, current.c.first_key)).label("rank"),
    ).subquery()
    return select(ranked).where(ranked.c.rank == 1).subquery()


def add(
    connection: Connection, project: Project, reading: Reading, *, coder: str, trace_key: int, batch_key: int | None
) -> bool:
    """Store a reading; False if it is there already (the same id), which changes nothing."""
    if _is_known(connection, project, reading.id):
        return False
    result = connection.execute(
        readings.insert().values(
            project=project.key,
            id=reading.id,
            trace=trace_key,
            coder=coder,
            verdict=reading.verdict.value,
            comment=storable(reading.comment),
            batch=batch_key,
            seconds=reading.seconds,
            checks=[storable_json(asdict(answer)) for answer in reading.checks] or None,
            settles=int(reading.settles),
            at=datetime.now(UTC),
        )
    )
    key = result.inserted_primary_key
    assert key is not None
    rows = [
        {"annotation": key[0], "position": i, "code": code.id, "text": storable(code.text), "step": code.step}
        for i, code in enumerate(reading.codes)
    ]
    if rows:
        connection.execute(annotation_codes.insert(), rows)
    return True


def retract(connection: Connection, project: Project, *, id: str, takes_back: str, coder: str) -> bool:
    """Take back one annotation: the one before it counts again, or none; False if that was done already.

    The history stays. A retraction of a first save leaves the trace unread; of a later one, the earlier reading is
    written again as the newest.
    """
    if _is_known(connection, project, id):
        return False
    taken = connection.execute(
        select(readings).where(
            readings.c.project == project.key, readings.c.id == takes_back, readings.c.coder == coder
        )
    ).one_or_none()
    if taken is None:
        return False
    before = _before(connection, taken)
    copied = ("project", "trace", "coder", "comment", "batch", "checks", "settles")
    values = {name: getattr(before or taken, name) for name in copied}
    verdict = before.verdict if before else RETRACTED
    result = connection.execute(
        readings.insert().values(id=id, verdict=verdict, takes_back=takes_back, at=datetime.now(UTC), **values)
    )
    key = result.inserted_primary_key
    assert key is not None
    if before:
        _copy_codes(connection, source=before.key, target=key[0])
    return True


def current(
    connection: Connection, project: Project, *, coder: str | None = None, trace_ids: Sequence[str] | None = None
) -> list[Annotation]:
    """Return the annotations that count, of one coder or all, in the order they were first made."""
    rows: list[Row[Any]] = []
    for keys in [None] if trace_ids is None else in_chunks(keys_of(connection, project, trace_ids)):
        newest = current_annotations(project, coder=coder, trace_keys=keys)
        query = (
            select(newest, traces.c.id.label("trace_id"), batches.c.number.label("batch_number"))
            .join(traces, traces.c.key == newest.c.trace)
            .outerjoin(batches, batches.c.key == newest.c.batch)
        )
        rows += connection.execute(query)
    codes = _codes_of(connection, [row.key for row in rows])
    return [_annotation(row, codes.get(row.key, ())) for row in sorted(rows, key=lambda row: int(row.first_key))]


def reference(connection: Connection, project: Project) -> list[ReadTrace]:
    """Return the reference reading of each read trace, in reading order (time of the first verdict of anyone)."""
    chosen = reference_annotations(project)
    first_at = (
        select(readings.c.trace, func.min(readings.c.key).label("first"), func.min(readings.c.at).label("at"))
        .where(readings.c.project == project.key, readings.c.verdict != RETRACTED)
        .group_by(readings.c.trace)
    )
    query = select(chosen.c.key, chosen.c.trace, chosen.c.verdict, traces.c.id, traces.c.session).join(
        traces, traces.c.key == chosen.c.trace
    )
    # Joined here: SQLite would look through all first verdicts for each trace.
    begun = {row.trace: row for row in connection.execute(first_at)}
    rows = sorted(connection.execute(query), key=lambda row: int(begun[row.trace].first))
    codes = _code_ids(connection, project)
    return [
        ReadTrace(
            trace=row.id,
            trace_key=row.trace,
            session=row.session,
            verdict=Verdict(row.verdict),
            codes=tuple(codes.get(row.key, ())),
            first_read_at=begun[row.trace].at,
        )
        for row in rows
    ]


def mark(connection: Connection, project: Project) -> tuple[int, int]:
    """Return what changes with every annotation: they are only ever added, so it is the newest key and their number."""
    query = select(func.max(readings.c.key), func.count()).where(readings.c.project == project.key)
    newest, count = connection.execute(query).one()
    return int(newest or 0), int(count)


def coders(connection: Connection, project: Project) -> list[str]:
    """Return everyone who ever annotated, first comer first."""
    query = (
        select(readings.c.coder)
        .where(readings.c.project == project.key)
        .group_by(readings.c.coder)
        .order_by(func.min(readings.c.key))
    )
    return list(connection.execute(query).scalars())


def history(connection: Connection, project: Project, trace_id: str) -> list[tuple[datetime, str, str]]:
    """Return all that was ever said of a trace, oldest first: when, who, verdict (or retracted)."""
    query = (
        select(readings.c.at, readings.c.coder, readings.c.verdict)
        .join(traces, traces.c.key == readings.c.trace)
        .where(readings.c.project == project.key, traces.c.id == trace_id)
        .order_by(readings.c.key)
    )
    return [(row.at, row.coder, row.verdict) for row in connection.execute(query)]


def keys_of(connection: Connection, project: Project, trace_ids: Sequence[str]) -> list[int]:
    """Return the store's numbers of the traces that are there."""
    found: list[int] = []
    for chunk in in_chunks(trace_ids):
        query = select(traces.c.key).where(traces.c.project == project.key, traces.c.id.in_(chunk))
        found += connection.execute(query).scalars()
    return found


def _is_known(connection: Connection, project: Project, id: str) -> bool:
    query = select(readings.c.key).where(readings.c.project == project.key, readings.c.id == id)
    return connection.execute(query).first() is not None


def _before(connection: Connection, taken: Row[Any]) -> Row[Any] | None:
    query = (
        select(readings)
        .where(
            readings.c.trace == taken.trace,
            readings.c.coder == taken.coder,
            readings.c.key < taken.key,
        )
        .order_by(readings.c.key.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None or row.verdict == RETRACTED else row


def _copy_codes(connection: Connection, *, source: int, target: int) -> None:
    rows = connection.execute(select(annotation_codes).where(annotation_codes.c.annotation == source)).mappings().all()
    if rows:
        connection.execute(annotation_codes.insert(), [dict(row) | {"annotation": target} for row in rows])


def _code_ids(connection: Connection, project: Project) -> dict[int, list[str]]:
    """Return the ids of the codes of every annotation there ever was: one question, where all are wanted."""
    query = (
        select(annotation_codes.c.annotation, annotation_codes.c.code)
        .join(readings, readings.c.key == annotation_codes.c.annotation)
        .where(readings.c.project == project.key)
        .order_by(annotation_codes.c.annotation, annotation_codes.c.position)
    )
    found: dict[int, list[str]] = {}
    for annotation, code in connection.execute(query):
        found.setdefault(annotation, []).append(code)
    return found


def _codes_of(connection: Connection, keys: Sequence[int]) -> dict[int, list[OpenCode]]:
    found: dict[int, list[OpenCode]] = {}
    for chunk in in_chunks(keys):
        query = (
            select(annotation_codes)
            .where(annotation_codes.c.annotation.in_(chunk))
            .order_by(annotation_codes.c.annotation, annotation_codes.c.position)
        )
        for row in connection.execute(query):
            found.setdefault(row.annotation, []).append(OpenCode(id=row.code, text=row.text, step=row.step))
    return found


def _annotation(row: Row[Any], found: Sequence[OpenCode]) -> Annotation:
    return Annotation(
        id=row.id,
        trace=row.trace_id,
        coder=row.coder,
        verdict=Verdict(row.verdict),
        comment=row.comment,
        codes=tuple(found),
        batch=row.batch_number,
        at=row.at,
        checks=tuple(CheckAnswer(**answer) for answer in row.checks or ()),
        settles=bool(row.settles),
    )
