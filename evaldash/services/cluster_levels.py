"""Coarser and finer: any level of a run's tree at once, without a new run, and the names its groups have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaldash.domain.stored import Project
from evaldash.errors import Conflict, NotFound
from evaldash.services.fields import refresh_fields
from evaldash.storage import clusterings, projects
from evaldash.storage.clusterings import ClusteringRow, ClusterRow, TreeRow
from evaldash.storage.store import Connection, Store

STEPS = 24  # at most, of the slider from the coarsest to the finest level


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The numbers of clusters a run can be shown with, rising, the present one and the one that the run chose."""

    counts: tuple[int, ...]
    present: int
    chosen: int


def levels(store: Store, project: Project, *, of: str = "traces") -> Levels | None:
    """Return what levels the newest run has, None where there is no run, or one from before there were levels."""
    with store.read() as connection:
        key = clusterings.newest_key(connection, project, of=of)
        tree = None if key is None else clusterings.tree(connection, key)
        present = 0 if key is None else clusterings.count_clusters(connection, key)
    if tree is None or not tree.nodes:
        return None
    finest = len(tree.nodes) - len(tree.merges)
    spread = np.unique(np.geomspace(min(2, finest), finest, STEPS).round().astype(int)).tolist()
    counts = sorted({*spread, tree.chosen, present} - {0})
    return Levels(counts=tuple(counts), present=present, chosen=tree.chosen)


def at_level(store: Store, project: Project, clusters: int, *, of: str = "traces") -> ClusteringRow:
    """Return the newest run as it is with so many clusters, clipped to what its tree has; nothing is stored.

    Every cluster of a level lies inside one cluster of each coarser level. Raises NotFound where there is no run,
    Conflict for one without levels.
    """
    with store.read() as connection:
        return _at_level(connection, project, clusters, of=of)


def use_level(store: Store, project: Project, clusters: int, *, of: str = "traces") -> ClusteringRow:
    """Show the newest run with so many clusters from now on, on every page and in filters."""
    with store.write() as connection:
        row = _at_level(connection, project, clusters, of=of)
        clusterings.set_level(connection, row.key, row.clusters, row.numbers)
        refresh_fields(connection, project)
        projects.touch(connection, project)
    return row


def _at_level(connection: Connection, project: Project, clusters: int, *, of: str) -> ClusteringRow:
    row = clusterings.newest(connection, project, of=of)
    if row is None:
        raise NotFound("there are no clusters yet; make them first")
    tree = clusterings.tree(connection, row.key)
    if tree is None:
        raise Conflict("these clusters were made before there were levels; make them again")
    names = {node: label for node, (label, _) in clusterings.names(connection, row.key).items()}
    numbers, rows = level_rows(tree, row.items, clusters, names)
    return replace(row, numbers=numbers, clusters=rows)


def level_rows(
    tree: TreeRow, items: Sequence[str], clusters: int, names: Mapping[int, str]
) -> tuple[list[int], list[ClusterRow]]:
    """Return the number of each item and the clusters, the largest first; `names` by node go before the tree's own."""
    from evaldash.clustering import Label, distinct, numbered_by_size

    nodes = tree_of(tree).labels_at(clusters)
    labels = numbered_by_size(nodes)
    first = {number: position for position, number in reversed(list(enumerate(labels.tolist())))}
    chosen = [int(nodes[first[number]]) for number in range(labels.max(initial=-1) + 1)]
    sizes = np.bincount(labels[labels >= 0], minlength=len(chosen))
    told: list[Mapping[str, Any]] = [tree.nodes[node] for node in chosen]
    given = [
        Label(name=names.get(node, one["label"]), terms=() if node in names else tuple(one["terms"]))
        for node, one in zip(chosen, told, strict=True)
    ]
    return labels.tolist(), [
        ClusterRow(
            number=number,
            label=label,
            terms=one["terms"],
            representatives=[items[i] for i in one["representatives"]],
            edge=[items[i] for i in one["edge"]],
            size=int(sizes[number]),
            node=node,
        )
        for number, (node, one, label) in enumerate(zip(chosen, told, distinct(given), strict=True))
    ]


def tree_of(row: TreeRow) -> Any:
    """Return the tree to compute with."""
    from evaldash.clustering import Tree

    merges = np.array(row.merges, dtype=np.intp).reshape(-1, 2)
    return Tree(leaves=row.leaves.astype(np.intp), merges=merges, chosen=row.chosen)
