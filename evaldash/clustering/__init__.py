"""Groups of similar traces or codes, their names, what fits nowhere, and a map in two dimensions: pure computation."""

from __future__ import annotations

from evaldash.clustering.layout import pca_layout, tsne_layout
from evaldash.clustering.neighbours import Neighbours, find_neighbours
from evaldash.clustering.run import Cluster, Clustering, Method, cluster, cluster_codes

__all__ = [
    "Cluster",
    "Clustering",
    "Method",
    "Neighbours",
    "cluster",
    "cluster_codes",
    "find_neighbours",
    "pca_layout",
    "tsne_layout",
]
