"""Clusterings: each run is kept with what it was made from; the newest counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, bindparam, exists, func, select

from evaldash.domain.stored import Project
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import cluster_members, cluster_names, clusterings, clusters, traces

WITHOUT_TREE = [column for column in clusterings.c if column.name not in ("leaves", "tree")]  # some megabytes
NOISE = -1  # the number of what fits nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRow:
    """One cluster; `representatives` are ids of its most central items."""

    number: int
    label: str
    terms: Sequence[str]
    representatives: Sequence[str]
    size: int
    edge: Sequence[str] = ()  # ids of items far from its middle
    node: int | None = None  # of the tree of levels


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
    changes: Sequence[Mapping[str, Any]] | None = None  # against the run before it


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """The levels of a run. `leaves` int (n,) in item order; `merges` pairs of nodes; `nodes` describe each node.

    A node is {label, terms, representatives, edge}, the latter two as positions of items.
    """

    chosen: int
    leaves: NDArray[np.int32]
    merges: Sequence[tuple[int, int]]
    nodes: Sequence[Mapping[str, Any]]


def add(connection: Connection, project: Project, row: ClusteringRow, tree: TreeRow | None = None) -> int:
    """Store a run, with the tree of its levels; return its key."""
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
            points=as_bytes(row.points),
            layout=row.layout,
            changes=None if row.changes is None else list(row.changes),
            **_tree_values(tree),
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
        clusterings.update().where(clusterings.c.key == key).values(points=as_bytes(points), layout=layout)
    )


def rename(connection: Connection, key: int, number: int, label: str, *, by: str = "person") -> None:
    """Give a cluster the name a person chose (or a model); the group of the tree keeps it on every level."""
    of_cluster = (clusters.c.clustering == key, clusters.c.number == number)
    connection.execute(clusters.update().where(*of_cluster).values(label=label))
    node = connection.execute(select(clusters.c.node).where(*of_cluster)).scalar_one_or_none()
    if node is not None:
        set_names(connection, key, {node: label}, by=by)


def set_names(connection: Connection, key: int, names: Mapping[int, str], *, by: str) -> None:
    """Keep names for nodes of a run's tree, in place of those they had."""
    for chunk in in_chunks(list(names)):
        connection.execute(
            cluster_names.delete().where(cluster_names.c.clustering == key, cluster_names.c.node.in_(chunk))
        )
    if names:
        connection.execute(
            cluster_names.insert(),
            [{"clustering": key, "node": node, "label": label, "by": by} for node, label in names.items()],
        )


def names(connection: Connection, key: int) -> dict[int, tuple[str, str]]:
    """Return label and giver of each node of a run that was given a name."""
    query = select(cluster_names).where(cluster_names.c.clustering == key)
    return {row.node: (row.label, row.by) for row in connection.execute(query)}


def tree(connection: Connection, key: int) -> TreeRow | None:
    """Return the levels of a run, None for a run without them."""
    query = select(clusterings.c.leaves, clusterings.c.tree).where(clusterings.c.key == key)
    row = connection.execute(query).one()
    if row.leaves is None:
        return None
    return TreeRow(
        chosen=row.tree["chosen"],
        leaves=np.frombuffer(row.leaves, dtype="<i4"),
        merges=[(a, b) for a, b in row.tree["merges"]],
        nodes=row.tree["nodes"],
    )


def set_level(connection: Connection, key: int, rows: Sequence[ClusterRow], numbers: Sequence[int]) -> None:
    """Show a run at another level: its clusters, and the number of each item in item order, are replaced."""
    connection.execute(clusters.delete().where(clusters.c.clustering == key))
    _add_clusters(connection, key, rows)
    connection.execute(
        cluster_members.update()
        .where(cluster_members.c.clustering == key, cluster_members.c.position == bindparam("at"))
        .values(number=bindparam("to")),
        [{"at": position, "to": int(number)} for position, number in enumerate(numbers)],
    )


def newest(connection: Connection, project: Project, *, of: str) -> ClusteringRow | None:
    """Return the last run over traces or codes, None where there was none."""
    query = (
        select(*WITHOUT_TREE)
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


def made_from(connection: Connection, project: Project, *, of: str) -> tuple[str, str] | None:
    """Return the text and the embedder whose vectors the last run was made from; None where there was no run."""
    key = newest_key(connection, project, of=of)
    if key is None:
        return None
    row = connection.execute(select(clusterings.c.text, clusterings.c.embedder).where(clusterings.c.key == key)).one()
    return row.text, row.embedder


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


def count_clusters(connection: Connection, key: int) -> int:
    """Return how many clusters a run is shown with."""
    query = select(func.count()).select_from(clusters).where(clusters.c.clustering == key)
    count: int = connection.execute(query).scalar_one()
    return count


def count_outside(connection: Connection, project: Project, key: int) -> int:
    """Return how many traces of the project a run does not hold."""
    held = select(1).where(cluster_members.c.clustering == key, cluster_members.c.item == traces.c.id)
    query = select(func.count()).where(traces.c.project == project.key, ~exists(held))
    count: int = connection.execute(query).scalar_one()
    return count


def items(connection: Connection, key: int) -> set[str]:
    """Return the items that a run holds."""
    return set(connection.execute(select(cluster_members.c.item).where(cluster_members.c.clustering == key)).scalars())


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
                    "edge": list(row.edge),
                    "node": row.node,
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
    # By columns: 100,000 rows one attribute at a time take a tenth of a second more.
    items, numbers, scores = zip(*members, strict=True) if members else ((), (), ())
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
            ClusterRow(
                number=c.number,
                label=c.label,
                terms=c.terms,
                representatives=c.representatives,
                size=c.size,
                edge=c.edge or (),
                node=c.node,
            )
            for c in found
        ],
        items=items,
        numbers=numbers,
        outlier_scores=scores,
        points=None if row.points is None else np.frombuffer(row.points, dtype="<f4").reshape(-1, 2),
        layout=row.layout,
        changes=row.changes,
    )


def _tree_values(tree: TreeRow | None) -> dict[str, Any]:
    if tree is None:
        return {}
    packed = {"chosen": tree.chosen, "merges": [list(pair) for pair in tree.merges], "nodes": list(tree.nodes)}
    return {"leaves": tree.leaves.astype("<i4").tobytes(), "tree": packed}


def as_bytes(points: NDArray[np.float32] | None) -> bytes | None:
    """Return points as they are kept; None stays None."""
    return None if points is None else points.astype("<f4").tobytes()
