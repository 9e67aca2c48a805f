"""Clusters of traces or codes: grouped, numbered by size, named, with typical members and outlier scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.choosing import Judge
from evaldash.clustering.density import Density, density
from evaldash.clustering.graph import SMALL, leaves, partition
from evaldash.clustering.labels import CENTRAL_WITH_LEADS, Counts, Label, distinct, everywhere, label
from evaldash.clustering.neighbours import Neighbours, find_neighbours
from evaldash.clustering.space import Space
from evaldash.clustering.tree import Tree, grow
from evaldash.errors import Cancelled, InvalidInput

REPRESENTATIVES = 3
EDGE = 2
NOISE = -1
SILHOUETTE_DECIDES = 8_000  # items; below it the number of clusters is the silhouette's
SHOWN = (8, 60)  # clusters that a run of more begins with at least and at most
FEWEST_SHOWN, MOST_JUDGED = 3, 40  # clusters of the coarser levels that are looked at


class Method(StrEnum):
    """How items are grouped."""

    GRAPH = "graph"  # every item with words has a cluster
    HDBSCAN = "hdbscan"  # what lies in no dense region is noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A group of items: its number, counted from 0 by falling size, and a name.

    `representatives` are its most central items, the nearest to its middle first; `edge` two of the farthest.
    """

    id: int
    name: str
    terms: tuple[str, ...]
    members: tuple[int, ...]
    representatives: tuple[int, ...]
    edge: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many items it holds."""
        return len(self.members)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustering:
    """The clusters of n items, and what made them.

    `labels` (n,) holds the cluster of each item, -1 for noise and blank texts; `outlier_scores` (n,) GLOSH from 0
    (well inside) to 1 (fits nowhere), whatever the method. `tree` over the items holds the coarser and finer levels,
    `nodes` describe its nodes.
    """

    method: Method
    labels: NDArray[np.intp]
    outlier_scores: NDArray[np.float32]
    clusters: tuple[Cluster, ...]
    tree: Tree
    nodes: tuple[Node, ...]
    parameters: Mapping[str, float | str]
    seconds: float

    @property
    def noise(self) -> tuple[int, ...]:
        """The items that are in no cluster."""
        return tuple(int(item) for item in np.flatnonzero(self.labels == NOISE))


def cluster(
    vectors: NDArray[np.float32],
    texts: Sequence[str],
    *,
    seed: int,
    method: Method | str = Method.GRAPH,
    neighbours: Neighbours | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Clustering:
    """Group `vectors` (n, d) and name the groups from `texts` (n); the same input and seed give the same result.

    `neighbours`, when given, are those of `vectors`, so that clusters and map share them. Rows of zeros are in no
    cluster, equal rows always in the same one. Raises InvalidInput for an unknown method or lengths that differ,
    Cancelled when `should_stop` says so.
    """
    method = _checked(vectors, texts, method)
    started = time.perf_counter()
    neighbours = neighbours or find_neighbours(vectors, should_stop=should_stop)
    dense = density(neighbours)
    if should_stop is not None and should_stop():
        raise Cancelled("clustering was stopped before the groups were made; run it again")
    space = neighbours.space
    tree, parameters = _tree(method, vectors, neighbours, dense, seed=seed)
    nodes = _nodes(space, tree, texts)
    labels, clusters = level(nodes, tree, tree.chosen)
    search = {} if neighbours.exact else {"neighbours": "approximate"}
    return Clustering(
        method=method,
        labels=labels,
        outlier_scores=dense.outlier_scores,
        clusters=clusters,
        tree=tree,
        nodes=nodes,
        parameters={"method": method.value, "seed": seed, **parameters, **search, "outliers": dense.parameters["tree"]},
        seconds=time.perf_counter() - started,
    )


def cluster_codes(vectors: NDArray[np.float32], texts: Sequence[str], *, seed: int) -> Clustering:
    """Group open codes by the graph method.

    For some dozens of short notes it takes five neighbours and one resolution, below twelve average linkage.
    """
    return cluster(vectors, texts, seed=seed, method=Method.GRAPH)


def _checked(vectors: NDArray[np.float32], texts: Sequence[str], method: Method | str) -> Method:
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise InvalidInput(f"vectors must be one row per text, got {vectors.shape} for {len(texts)} texts")
    if method not in set(Method):
        raise InvalidInput(f"method must be one of {', '.join(Method)}, got {method!r}")
    return Method(method)


def _tree(
    method: Method, vectors: NDArray[np.float32], neighbours: Neighbours, dense: Density, *, seed: int
) -> tuple[Tree, Mapping[str, float | str]]:
    """Return the tree over the n items, and what made it."""
    space = neighbours.space
    if method is Method.HDBSCAN:
        groups = dense.groups
        present = groups != NOISE
        groups[present] = np.unique(groups[present], return_inverse=True)[1]
        units = space.units[np.maximum(space.place, 0)] if len(space.units) else np.zeros((len(groups), 1), "f4")
        return grow(units, groups, groups), dense.parameters
    judge = Judge.of(space, seed=seed) if len(space.units) >= SMALL else None
    found = partition(neighbours, vectors[space.first], judge, seed=seed)
    tree = grow(space.units, leaves(neighbours, found, seed=seed), found.groups, weights=space.often())
    of_items = space.to_items(tree.leaves, blank=NOISE).astype(np.intp)
    shown = int(min(tree.chosen, most_shown(len(of_items))))
    if judge is not None:
        coarser = range(FEWEST_SHOWN, min(shown, MOST_JUDGED))
        shown = judge.coarser(tree.labels_at, counts=coarser, chosen=shown)
    parameters = found.parameters if shown == tree.chosen else {**found.parameters, "found": tree.chosen}
    return replace(tree, leaves=of_items, chosen=shown), parameters


def most_shown(count: int) -> float:
    """Return how many clusters of so many items a run is shown with at most, before a person asks for more.

    A third of their root, 8 to 60. The silhouette, which chose well in sets of 3,000 to 5,000 texts, goes on rising
    with the resolution in large ones: of 100,000 it made 1,720 clusters, which nobody reads.
    """
    return inf if count < SILHOUETTE_DECIDES else float(np.clip(sqrt(count) / 3, *SHOWN).round())


def numbered_by_size(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the groups numbered from 0, the largest first, of equals the one with the first item; noise stays -1."""
    found, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = sorted(np.flatnonzero(found != NOISE), key=lambda i: (-sizes[i], first[i]))
    labels = np.full(len(groups), NOISE, dtype=np.intp)
    for number, i in enumerate(order):
        labels[groups == found[i]] = number
    return labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A group of the tree: its own name (another group may have the same), terms, typical items, items at its edge."""

    label: Label
    size: int
    representatives: tuple[int, ...]
    edge: tuple[int, ...]


def _nodes(space: Space, tree: Tree, texts: Sequence[str]) -> tuple[Node, ...]:
    """Describe every node of the tree over n items; a node follows the two it was made of."""
    order = np.argsort(tree.leaves, kind="stable")
    bounds = np.searchsorted(tree.leaves[order], np.arange(tree.finest + 1))
    members = [order[start:end] for start, end in pairwise(bounds)]
    ranked = [_central_first(space, items) for items in members]
    often = space.often()
    counts = [
        Counts.of_texts([texts[space.first[place]] for place in places], often=often[places].tolist())
        for places in ranked
    ]
    background = everywhere(counts)
    for a, b in tree.merges:
        members.append(np.concatenate([members[a], members[b]]))
        counts.append(counts[a] + counts[b])
    return tuple(_node(space, items, count, background, texts) for items, count in zip(members, counts, strict=True))


def _node(space: Space, items: NDArray[np.intp], counts: Counts, background: Counts, texts: Sequence[str]) -> Node:
    places = _central_first(space, items)
    typical = space.first[places[:REPRESENTATIVES]]
    edge = space.first[places[REPRESENTATIVES:][-EDGE:][::-1]]
    return Node(
        label=label(counts, background, [texts[item] for item in space.first[places[:CENTRAL_WITH_LEADS]]]),
        size=len(items),
        representatives=tuple(typical.tolist()),
        edge=tuple(edge.tolist()),
    )


def _central_first(space: Space, items: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the distinct vectors of a group, the nearest to its middle first; items that are equal count each."""
    places = space.place[items]
    middle = space.units[places].mean(axis=0)
    distinct_places = np.unique(places)
    nearness = np.round(space.units[distinct_places] @ middle, 6)  # of equally near ones the first, on every machine
    return distinct_places[np.argsort(-nearness, kind="stable")]


def level(nodes: Sequence[Node], tree: Tree, clusters: int) -> tuple[NDArray[np.intp], tuple[Cluster, ...]]:
    """Return the cluster of each item (n,), -1 for none, and the clusters, when so many are left; the largest is 0."""
    labels = numbered_by_size(tree.labels_at(clusters))
    of_node = dict(zip(labels.tolist(), tree.labels_at(clusters).tolist(), strict=True))
    chosen = [nodes[of_node[number]] for number in range(labels.max(initial=NOISE) + 1)]
    names = distinct([node.label for node in chosen])
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(len(chosen) + 1))
    return labels, tuple(
        Cluster(
            id=number,
            name=name,
            terms=node.label.terms,
            members=tuple(order[bounds[number] : bounds[number + 1]].tolist()),
            representatives=node.representatives,
            edge=node.edge,
        )
        for number, (node, name) in enumerate(zip(chosen, names, strict=True))
    )
