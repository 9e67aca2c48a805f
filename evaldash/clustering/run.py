"""Clusters of traces or codes: grouped, numbered by size, named, with typical members and outlier scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evaldash.clustering.density import Density, density
from evaldash.clustering.graph import partition
from evaldash.clustering.labels import name_clusters
from evaldash.clustering.neighbours import Neighbours, find_neighbours
from evaldash.clustering.space import Space
from evaldash.errors import Cancelled, InvalidInput

REPRESENTATIVES = 3
NOISE = -1


class Method(StrEnum):
    """How items are grouped."""

    GRAPH = "graph"  # every item with words has a cluster
    HDBSCAN = "hdbscan"  # what lies in no dense region is noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A group of items: its number, counted from 0 by falling size, a name, and its most central items first."""

    id: int
    name: str
    terms: tuple[str, ...]
    members: tuple[int, ...]
    representatives: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many items it holds."""
        return len(self.members)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustering:
    """The clusters of n items, and what made them.

    `labels` (n,) holds the cluster of each item, -1 for noise and blank texts; `outlier_scores` (n,) GLOSH from 0
    (well inside) to 1 (fits nowhere), whatever the method.
    """

    method: Method
    labels: NDArray[np.intp]
    outlier_scores: NDArray[np.float32]
    clusters: tuple[Cluster, ...]
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
    dense = density(neighbours.space)
    if should_stop is not None and should_stop():
        raise Cancelled("clustering was stopped before the groups were made; run it again")
    groups, parameters = _groups(method, vectors, neighbours, dense, seed=seed)
    labels = _numbered_by_size(groups)
    return Clustering(
        method=method,
        labels=labels,
        outlier_scores=dense.outlier_scores,
        clusters=_described(neighbours.space, labels, texts),
        parameters={"method": method.value, "seed": seed, **parameters},
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


def _groups(
    method: Method, vectors: NDArray[np.float32], neighbours: Neighbours, dense: Density, *, seed: int
) -> tuple[NDArray[np.intp], Mapping[str, float | str]]:
    if method is Method.HDBSCAN:
        return dense.groups, dense.parameters
    found = partition(neighbours, vectors[neighbours.space.first], seed=seed)
    return neighbours.space.to_items(found.groups, blank=NOISE).astype(np.intp), found.parameters


def _numbered_by_size(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the groups numbered from 0, the largest first, of equals the one with the first item; noise stays -1."""
    found, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = sorted(np.flatnonzero(found != NOISE), key=lambda i: (-sizes[i], first[i]))
    labels = np.full(len(groups), NOISE, dtype=np.intp)
    for number, i in enumerate(order):
        labels[groups == found[i]] = number
    return labels


def _described(space: Space, labels: NDArray[np.intp], texts: Sequence[str]) -> tuple[Cluster, ...]:
    members = [np.flatnonzero(labels == number) for number in range(labels.max(initial=NOISE) + 1)]
    central = [_most_central(space, items) for items in members]
    names = name_clusters(texts, [items.tolist() for items in members], [items[0] for items in central])
    return tuple(
        Cluster(id=i, name=label.name, terms=label.terms, members=tuple(items.tolist()), representatives=typical)
        for i, (label, items, typical) in enumerate(zip(names, members, central, strict=True))
    )


def _most_central(space: Space, items: NDArray[np.intp]) -> tuple[int, ...]:
    """Return up to three items nearest the middle of their cluster, each with a text of its own."""
    places = space.place[items]
    middle = space.units[places].mean(axis=0)
    distinct = np.unique(places)
    order = distinct[np.argsort(-(space.units[distinct] @ middle), kind="stable")]
    return tuple(int(item) for item in space.first[order[:REPRESENTATIVES]])
