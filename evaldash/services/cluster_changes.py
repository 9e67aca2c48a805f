"""A new run beside the last: what became of each cluster, and names that go on where the cluster does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaldash.services.cluster_levels import tree_of
from evaldash.storage import clusterings
from evaldash.storage.clusterings import NOISE, ClusteringRow, TreeRow
from evaldash.storage.store import Connection

SAME = 0.5  # Jaccard overlap above which a group is the same and keeps its name


def changes_between(before: ClusteringRow, numbers: Sequence[int], items: Sequence[str]) -> list[dict[str, Any]]:
    """Return what became of the clusters of `before` in a run with these numbers of items."""
    from evaldash.clustering import compare

    old = dict(zip(before.items, before.numbers, strict=True))
    return [asdict(change) for change in compare(old, dict(zip(items, numbers, strict=True)))]


def inherited_names(
    connection: Connection, before: ClusteringRow, tree: TreeRow, items: Sequence[str]
) -> dict[int, tuple[str, str]]:
    """Return names (label, giver) for nodes of a new tree whose groups are those of the run before.

    Names that a person or a model gave are looked for on every level; the names of the clusters shown, on every level
    too, but they give way to those.
    """
    old_tree = clusterings.tree(connection, before.key)
    given = clusterings.names(connection, before.key)
    shown = {c.node: (c.label, "earlier") for c in before.clusters if c.node is not None and c.node not in given}
    if old_tree is None or not (given or shown):
        return {}
    places = {item: position for position, item in enumerate(items)}
    old_leaves = tree_of(old_tree)
    found: dict[int, tuple[str, str]] = {}
    ordered = [*given.items(), *shown.items()]
    members = _members(old_leaves, before.items, places, [node for node, _ in ordered])
    new = tree_of(tree)
    sizes = _sizes(new)
    for (_, name), positions in zip(ordered, members, strict=True):
        node = _same_node(new, sizes, positions)
        if node is not None:
            found.setdefault(node, name)
    return found


def _members(
    tree: Any, items: Sequence[str], places: Mapping[str, int], nodes: Sequence[int]
) -> list[NDArray[np.intp]]:
    """Return for each node the positions, in the new run, of its items that are still there."""
    order = np.argsort(tree.leaves, kind="stable")
    bounds = np.searchsorted(tree.leaves[order], np.arange(tree.finest + 1))
    members = []
    for node in nodes:
        old = np.concatenate([order[bounds[leaf] : bounds[leaf + 1]] for leaf in tree.leaves_of(node)])
        members.append(np.array([places[items[i]] for i in old if items[i] in places], dtype=np.intp))
    return members


def _sizes(tree: Any) -> NDArray[np.intp]:
    """Return how many items each node of a tree holds."""
    sizes = np.zeros(tree.finest + len(tree.merges), dtype=np.intp)
    sizes[: tree.finest] = np.bincount(tree.leaves[tree.leaves >= 0], minlength=tree.finest)
    for step, (a, b) in enumerate(tree.merges):
        sizes[tree.finest + step] = sizes[a] + sizes[b]
    return sizes


def _same_node(tree: Any, sizes: NDArray[np.intp], positions: NDArray[np.intp]) -> int | None:
    """Return the node that overlaps most with a group of items, None where none does by half."""
    if not len(positions):
        return None
    shared = np.zeros(len(sizes), dtype=np.intp)
    leaves = tree.leaves[positions]
    shared[: tree.finest] = np.bincount(leaves[leaves != NOISE], minlength=tree.finest)
    for step, (a, b) in enumerate(tree.merges):
        shared[tree.finest + step] = shared[a] + shared[b]
    overlaps = shared / (sizes + len(positions) - shared)
    best = int(overlaps.argmax())
    return best if overlaps[best] >= SAME else None
