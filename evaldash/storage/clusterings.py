"""Clusterings: each run is kept with what it was made from; the newest counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, func, select

from evaldash.domain.stored import Project
from evaldash.storage.schema import cluster_members, clusterings, clusters

NOISE = -1  # the number of what fits nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRow:
    """One cluster; `representatives` are ids of its most central items."""

    number: int
    label: str
    terms: Sequence[str]
    representatives: Sequence[str]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteringRow:
    """One run over items (trace ids or code ids). `points` is float32 (n, 2) or None; all arrays are in item order."""

    of: str
    method: str
    seed: int
    embedder: str
    text: str
    parameters: Mapping[str, Any]
    seconds: float
    clusters: Sequence[ClusterRow]
    items: Sequence[str]
    numbers: Sequence[int]
    outlier_scores: Sequence[float]
    points: NDArray[np.float32] | None = None
    layout: str | None = None
    key: int = 0
    at: datetime | None = None


def add(connection: Connection, project: Project, row: ClusteringRow) -> int:
    """Store a run; return its key."""
    result = connection.execute(
        clusterings.insert().values(
            project=project.key,
            of=row.of,
            method=row.method,
            seed=row.seed,
            embedder=row.embedder,
            text=row.text,
            parameters=dict(row.parameters),
            seconds=row.seconds,
            at=datetime.now(UTC),
            points=_bytes(row.points),
            layout=row.layout,
        )
    )
    inserted = result.inserted_primary_key
    assert inserted is not None
    key = int(inserted[0])
    _add_clusters(connection, key, row.clusters)
    _add_members(connection, key, row)
    return key


def set_points(connection: Connection, key: int, points: NDArray[np.float32], layout: str) -> None:
    """Keep a better map of a run; `points` is float32 (n, 2) in the order of its items."""
    connection.execute(
        clusterings.update().where(clusterings.c.key == key).values(points=_bytes(points), layout=layout)
    )


def rename(connection: Connection, key: int, number: int, label: str) -> None:
    """Give a cluster the name a person chose."""
    connection.execute(
        clusters.update().where(clusters.c.clustering == key, clusters.c.number == number).values(label=label)
    )


def newest(connection: Connection, project: Project, *, of: str) -> ClusteringRow | None:
    """Return the last run over traces or codes, None where there was none."""
    query = (
        select(clusterings)
        .where(clusterings.c.project == project.key, clusterings.c.of == of)
        .order_by(clusterings.c.key.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _clustering(connection, row)


def newest_key(connection: Connection, project: Project, *, of: str) -> int | None:
    """Return the key of the last run over traces or codes."""
    query = select(func.max(clusterings.c.key)).where(clusterings.c.project == project.key, clusterings.c.of == of)
    key: int | None = connection.execute(query).scalar_one()
    return key


def stamp(connection: Connection, project: Project, *, of: str) -> str | None:
    """Return a word that changes with the last run, its members, names or map; None where there was no run.

    It costs a look at an index, where the run itself is megabytes.
    """
    key = newest_key(connection, project, of=of)
    if key is None:
        return None
    of_run = cluster_members.c.clustering == key
    members, last = connection.execute(select(func.count(), func.max(cluster_members.c.position)).where(of_run)).one()
    layout = connection.execute(select(clusterings.c.layout).where(clusterings.c.key == key)).scalar_one()
    names = connection.execute(select(clusters.c.number, clusters.c.label).where(clusters.c.clustering == key)).all()
    said = repr((key, members, last, layout, sorted(map(tuple, names))))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _add_clusters(connection: Connection, key: int, rows: Sequence[ClusterRow]) -> None:
    if rows:
        connection.execute(
            clusters.insert(),
            [
                {
                    "clustering": key,
                    "number": row.number,
                    "label": row.label,
                    "terms": list(row.terms),
                    "representatives": list(row.representatives),
                    "size": row.size,
                }
                for row in rows
            ],
        )


def _add_members(connection: Connection, key: int, row: ClusteringRow) -> None:
    rows = [
        {"clustering": key, "position": position, "item": item, "number": int(number), "outlier_score": float(score)}
        for position, (item, number, score) in enumerate(zip(row.items, row.numbers, row.outlier_scores, strict=True))
    ]
    if rows:
        connection.execute(cluster_members.insert(), rows)


def _clustering(connection: Connection, row: Row[Any]) -> ClusteringRow:
    members = connection.execute(
        select(cluster_members.c.item, cluster_members.c.number, cluster_members.c.outlier_score)
        .where(cluster_members.c.clustering == row.key)
        .order_by(cluster_members.c.position)
    ).all()
    found = connection.execute(
        select(clusters).where(clusters.c.clustering == row.key).order_by(clusters.c.number)
    ).all()
    return ClusteringRow(
        key=row.key,
        at=row.at,
        of=row.of,
        method=row.method,
        seed=row.seed,
        embedder=row.embedder,
        text=row.text,
        parameters=row.parameters,
        seconds=row.seconds,
        clusters=[
            ClusterRow(number=c.number, label=c.label, terms=c.terms, representatives=c.representatives, size=c.size)
            for c in found
        ],
        items=[member.item for member in members],
        numbers=[member.number for member in members],
        outlier_scores=[member.outlier_score for member in members],
        points=None if row.points is None else np.frombuffer(row.points, dtype="<f4").reshape(-1, 2),
        layout=row.layout,
    )


def _bytes(points: NDArray[np.float32] | None) -> bytes | None:
    return None if points is None else points.astype("<f4").tobytes()
