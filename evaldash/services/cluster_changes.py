"""A new run beside the last: what became of each cluster, and names that go on where the cluster does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaldash.services.cluster_levels import tree_of
from evaldash.storage import clusterings
from evaldash.storage.clusterings import NOISE, ClusteringRow, ClusterRow, TreeRow
from evaldash.storage.store import Connection

MUCH = 0.75  # Jaccard overlap below which a group that stayed is said to have changed
NAMES_TOLD = 3
SAME = 0.5  # Jaccard overlap above which a group is the same and keeps the name it was given
GIVEN_BY = frozenset({"person", "model"})  # whose names stay; a model's is one that a person took


def changes_between(
    before: ClusteringRow, numbers: Sequence[int], items: Sequence[str], clusters: Sequence[ClusterRow]
) -> list[dict[str, Any]]:
    """Return what became of the clusters of `before` in a run of these clusters; `label` is the later name of each."""
    from evaldash.clustering import compare

    old = dict(zip(before.items, before.numbers, strict=True))
    names: dict[str, dict[int | None, str]] = {
        "gone": {item.number: item.label for item in before.clusters},
        "there": {item.number: item.label for item in clusters},
    }
    return [
        asdict(change)
        | {"label": names["gone"].get(change.before) if change.kind == "gone" else names["there"].get(change.after)}
        for change in compare(old, dict(zip(items, numbers, strict=True)))
    ]


def changes_in_words(changes: Sequence[Mapping[str, Any]] | None) -> str:
    """Return in a sentence or two what moved since the run before; "" where there was none."""
    if not changes:
        return ""
    kinds = {kind: [change for change in changes if change["kind"] == kind] for kind in ("same", "new", "gone")}
    stayed = kinds["same"]
    if len(stayed) == len(changes) and all(change["overlap"] == 1 for change in stayed):
        return "Nothing moved since the last run: the same traces are together."
    told = [f"Since the last run {_groups(len(stayed))} stayed"]
    told += [f"{len(kinds['new'])} came up{_named(kinds['new'])}"] if kinds["new"] else []
    are = "is" if len(kinds["gone"]) == 1 else "are"
    told += [f"{len(kinds['gone'])} {are} no more{_named(kinds['gone'])}"] if kinds["gone"] else []
    changed = [change for change in stayed if change["overlap"] < MUCH]
    names = _named(changed, before="", after="")
    inside = f" Of those that stayed, these changed most: {names}." if names else ""
    return f"{'; '.join(told)}.{inside}"


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count} groups"


def _named(changes: Sequence[Mapping[str, Any]], before: str = " (", after: str = ")") -> str:
    """Return the names of the largest; those of runs from before names were kept are left out."""
    largest = sorted(changes, key=lambda change: -max(change["size_before"], change["size_after"]))
    names = [str(change["label"]) for change in largest if change.get("label")][:NAMES_TOLD]
    more = ", …" if len(changes) > len(names) else ""
    return f"{before}{', '.join(names)}{more}{after}" if names else ""


def inherited_names(
    connection: Connection, before: ClusteringRow, tree: TreeRow, items: Sequence[str]
) -> dict[int, tuple[str, str]]:
    """Return names (label, giver) for nodes of a new tree whose groups are those of the run before.

    A name that a person gave, or took over from a model, goes on where the group does, on whatever level. Others are
    made anew from the words that are there now, so that a poor name does not outlive what made it.
    """
    old_tree = clusterings.tree(connection, before.key)
    kept = clusterings.names(connection, before.key)
    given = {node: name for node, name in kept.items() if name[1] in GIVEN_BY}
    if old_tree is None or not given:
        return {}
    places = {item: position for position, item in enumerate(items)}
    old_leaves = tree_of(old_tree)
    found: dict[int, tuple[str, str]] = {}
    members = _members(old_leaves, before.items, places, list(given))
    new = tree_of(tree)
    sizes = _sizes(new)
    for name, positions in zip(given.values(), members, strict=True):
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
