"""Traces that came after a run find their cluster by their neighbours; no other trace changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evaldash.domain.stored import Project
from evaldash.errors import Conflict, NotFound
from evaldash.services.embedding import TextChoice, embed_traces
from evaldash.services.fields import refresh_fields
from evaldash.storage import clusterings, newcomers, projects, traces, vectors
from evaldash.storage.clusterings import NOISE, ClusteringRow, TreeRow
from evaldash.storage.newcomers import NewMember
from evaldash.storage.store import Connection, Store


def unplaced(store: Store, project: Project) -> int:
    """Return how many traces came after the newest run and are in none of its clusters; 0 where there is no run."""
    with store.read() as connection:
        key = clusterings.newest_key(connection, project, of="traces")
        return 0 if key is None else clusterings.count_outside(connection, project, key)


def place_new(store: Store, project: Project) -> int:
    """Put the traces that came after the newest run into its clusters and on its map; return how many.

    Raises NotFound where there is no run, Conflict for one of an older kind or whose vectors are gone.
    """
    with store.read() as connection:
        row = clusterings.newest(connection, project, of="traces")
    if row is None:
        raise NotFound("there are no clusters yet; make them first")
    embed_traces(store, project, text=TextChoice(row.text), embedder=str(row.parameters.get("embedder", row.embedder)))
    with store.write() as connection:
        # Read again: vectors took a while, and others may have placed traces, chosen a level or grouped anew meanwhile.
        row = clusterings.newest(connection, project, of="traces") or row
        tree = clusterings.tree(connection, row.key)
        if tree is None:
            raise Conflict("these clusters were made before there were levels; make them again")
        items, fresh = _matrix(connection, project, row, _unplaced(connection, project, row.key))
        if items:
            known_items, known = _matrix(connection, project, row, row.items)
            if known_items != list(row.items):
                raise Conflict("vectors of the clustered traces are missing; make the clusters again")
            newcomers.append(connection, row, _placed(row, tree, items, fresh, known))
            refresh_fields(connection, project)
            projects.touch(connection, project)
    return len(items)


def _unplaced(connection: Connection, project: Project, key: int) -> list[str]:
    held = clusterings.items(connection, key)
    return [trace for trace in traces.ids(connection, project) if trace not in held]


def _matrix(
    connection: Connection, project: Project, row: ClusteringRow, items: Sequence[str]
) -> tuple[list[str], vectors.Vector]:
    return vectors.matrix(connection, project, of=row.text, embedder=row.embedder, items=items)


def _placed(
    row: ClusteringRow, tree: TreeRow, items: Sequence[str], fresh: vectors.Vector, known: vectors.Vector
) -> list[NewMember]:
    from evaldash.clustering import place

    points = row.points if row.points is not None else np.zeros((len(known), 2), dtype=np.float32)
    scores = np.array(row.outlier_scores, dtype=np.float32)
    found: Any = place(fresh, known, tree.leaves.astype(np.intp), scores, points)
    number_of = dict(zip(tree.leaves.tolist(), row.numbers, strict=True)) | {NOISE: NOISE}
    return [
        NewMember(
            item=item,
            number=number_of[int(leaf)],
            leaf=int(leaf),
            outlier_score=float(score),
            point=(float(x), float(y)),
        )
        for item, leaf, score, (x, y) in zip(items, found.groups, found.outlier_scores, found.points, strict=True)
    ]
