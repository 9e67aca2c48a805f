"""Groups of similar traces or codes, their names, what fits nowhere, and a map in two dimensions: pure computation."""

from __future__ import annotations

from evaldash.clustering.compare import Change, compare
from evaldash.clustering.labels import Label, distinct
from evaldash.clustering.layout import pca_layout, tsne_layout
from evaldash.clustering.neighbours import Neighbours, find_neighbours
from evaldash.clustering.placing import Placed, place
from evaldash.clustering.run import Cluster, Clustering, Method, Node, cluster, cluster_codes, numbered_by_size
from evaldash.clustering.tree import Tree

__all__ = [
    "Change",
    "Cluster",
    "Clustering",
    "Label",
    "Method",
    "Neighbours",
    "Node",
    "Placed",
    "Tree",
    "cluster",
    "cluster_codes",
    "compare",
    "distinct",
    "find_neighbours",
    "numbered_by_size",
    "pca_layout",
    "place",
    "tsne_layout",
]
