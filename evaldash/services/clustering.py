"""Clusters of traces or codes: made from their vectors, kept with all that made them; the newest run counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evaldash.domain.stored import Project
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.services.cluster_changes import changes_between, inherited_names
from evaldash.services.cluster_levels import level_rows
from evaldash.services.embedding import CODES, EmbedReport, TextChoice, embed_codes, embed_traces
from evaldash.services.fields import refresh_fields
from evaldash.storage import clusterings, open_codes, projects, traces, vectors
from evaldash.storage.clusterings import NOISE, ClusteringRow, TreeRow
from evaldash.storage.store import Connection, Store

if TYPE_CHECKING:
    from evaldash.clustering import Clustering

DEFAULT_SEED = 0
MAX_TEXT = 2_000  # characters of a text that its cluster's name is made from

Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """What to cluster and how."""

    of: str = "traces"
    method: str = "graph"
    seed: int = DEFAULT_SEED
    text: TextChoice = TextChoice.QUERY
    embedder: str = "minilm"


def cluster(
    store: Store,
    project: Project,
    request: ClusterRequest,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ClusteringRow:
    """Group traces or codes, embedding first what has no vector yet; return the run, stored, with a quick map.

    Raises InvalidInput where there is nothing to group.
    """
    from evaldash.clustering import cluster as group
    from evaldash.clustering import pca_layout

    if request.of not in ("traces", "codes"):
        raise InvalidInput(f"what is clustered must be traces or codes, got {request.of!r}")
    started = time.monotonic()
    report = _ensure_vectors(store, project, request, progress, should_stop)
    items, texts, found = _inputs(store, project, request, embedder=report.embedder)
    if progress:
        progress(0, 0, f"grouping {len(items)} {request.of}")
    result = group(found, texts, seed=request.seed, method=request.method, should_stop=should_stop)
    row = ClusteringRow(
        of=request.of,
        method=request.method,
        seed=request.seed,
        embedder=report.embedder,
        text=_text_name(request),
        parameters={
            **result.parameters,
            "embedder": request.embedder,
            **({"not_english": round(report.not_english, 3)} if report.notes else {}),
        },
        seconds=time.monotonic() - started,
        clusters=[],
        items=items,
        numbers=[],
        outlier_scores=[float(score) for score in result.outlier_scores],
        points=pca_layout(found),
        layout="pca",
    )
    with store.write() as connection:
        _keep(connection, project, row, _tree_row(result))
        refresh_fields(connection, project)
        projects.touch(connection, project)
        kept = clusterings.newest(connection, project, of=request.of)  # here: another run may follow at once
    assert kept is not None, "it was just stored"
    return kept


def _keep(connection: Connection, project: Project, row: ClusteringRow, tree: TreeRow) -> None:
    """Store a run at the level it chose, with the names that go on from the run before, and what changed since."""
    before = clusterings.newest(connection, project, of=row.of)
    names = inherited_names(connection, before, tree, row.items) if before else {}
    labels = {node: label for node, (label, _) in names.items()}
    numbers, rows = level_rows(tree, row.items, tree.chosen, labels)
    changes = changes_between(before, numbers, row.items, rows) if before else None
    key = clusterings.add(connection, project, replace(row, numbers=numbers, clusters=rows, changes=changes), tree)
    for giver in sorted({by for _, by in names.values()}):
        given = {node: label for node, (label, by) in names.items() if by == giver}
        clusterings.set_names(connection, key, given, by=giver)


def _tree_row(result: Clustering) -> TreeRow:
    nodes = [
        {
            "label": node.label.name,
            "terms": list(node.label.terms),
            "representatives": list(node.representatives),
            "edge": list(node.edge),
        }
        for node in result.nodes
    ]
    merges = [(int(a), int(b)) for a, b in result.tree.merges]
    return TreeRow(chosen=result.tree.chosen, leaves=result.tree.leaves.astype(np.int32), merges=merges, nodes=nodes)


def improve_map(
    store: Store,
    project: Project,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> None:
    """Replace the quick map of the newest clustering of traces by a t-SNE, which shows neighbourhoods far better."""
    from evaldash.clustering import tsne_layout

    row = newest_clustering(store, project, of="traces")
    if row is None:
        raise NotFound("there are no clusters yet; make them first")
    with store.read() as connection:
        _, found = vectors.matrix(connection, project, of=row.text, embedder=row.embedder, items=row.items)
    if len(found) != len(row.items):
        raise NotFound("the texts changed since the clusters were made; make the clusters again")
    report = (lambda done, total: progress(done, total, "drawing the map")) if progress else None
    points = tsne_layout(found, seed=row.seed, progress=report, should_stop=should_stop)
    with store.write() as connection:
        if len(clusterings.items(connection, row.key)) != len(row.items):
            raise Conflict("traces were added to the clusters while the map was drawn; draw it again")
        clusterings.set_points(connection, row.key, points, "tsne")
        projects.touch(connection, project)


def newest_clustering(store: Store, project: Project, *, of: str = "traces") -> ClusteringRow | None:
    """Return the newest run, None where there was none."""
    with store.read() as connection:
        return clusterings.newest(connection, project, of=of)


def clustering_stamp(store: Store, project: Project, *, of: str = "traces") -> str | None:
    """Return a word that changes whenever the newest run or anything in it does; None where there was no run."""
    with store.read() as connection:
        return clusterings.stamp(connection, project, of=of)


def rename_cluster(store: Store, project: Project, number: int, label: str, *, who: str | None) -> None:
    """Give a cluster of traces the name a person chose."""
    cleaned = " ".join(label.split())
    if not cleaned:
        raise InvalidInput("a cluster needs a name, got an empty one")
    with store.write() as connection:
        key = clusterings.newest_key(connection, project, of="traces")
        if key is None:
            raise NotFound("there are no clusters yet; make them first")
        clusterings.rename(connection, key, number, cleaned)
        projects.record(connection, project, who=who, what=f"named cluster {number} {cleaned!r}")
        projects.touch(connection, project)


def clustering_document(row: ClusteringRow) -> dict[str, Any]:
    """Return a run as the interface documents it."""
    members: dict[int, list[str]] = {}
    for item, number in zip(row.items, row.numbers, strict=True):
        members.setdefault(number, []).append(item)
    return {
        "clusters": [
            {
                "id": item.number,
                "label": item.label,
                "size": item.size,
                "members": members.get(item.number, []),
                "representatives": list(item.representatives),
                "edge": list(item.edge),
            }
            for item in row.clusters
        ],
        "noise": members.get(NOISE, []),
        "parameters": {**row.parameters, "of": row.of, "embedder": row.embedder, "text": row.text},
        "changes": None if row.changes is None else list(row.changes),
        "seconds": round(row.seconds, 3),
    }


def _ensure_vectors(
    store: Store, project: Project, request: ClusterRequest, progress: Progress | None, should_stop: ShouldStop | None
) -> EmbedReport:
    if request.of == "codes":
        return embed_codes(store, project, embedder=request.embedder)
    report = (lambda done, total: progress(done, total, "embedding traces")) if progress else None
    return embed_traces(
        store, project, text=request.text, embedder=request.embedder, progress=report, should_stop=should_stop
    )


def _inputs(
    store: Store, project: Project, request: ClusterRequest, *, embedder: str
) -> tuple[list[str], list[str], vectors.Vector]:
    """Return the items, the texts their names are made from, and their vectors (n, d), kept under `embedder`."""
    with store.read() as connection:
        texts = _texts(connection, project, request)
        items, found = vectors.matrix(connection, project, of=_text_name(request), embedder=embedder, items=list(texts))
    if not items:
        raise InvalidInput(f"project {project.name!r} has no {request.of} to cluster")
    return items, [texts[item][:MAX_TEXT] for item in items], found


def _texts(connection: Connection, project: Project, request: ClusterRequest) -> dict[str, str]:
    if request.of == "codes":
        return {code.id: code.text for code in open_codes.codes(connection, project)}
    return {head.id: head.query for head in traces.heads(connection, project)}


def _text_name(request: ClusterRequest) -> str:
    return CODES if request.of == "codes" else request.text.value


def outlier_scores(row: ClusteringRow | None, ids: Sequence[str]) -> dict[str, float]:
    """Return the outlier score of each of the ids that was clustered."""
    if row is None:
        return {}
    scores = dict(zip(row.items, row.outlier_scores, strict=True))
    return {item: scores[item] for item in ids if item in scores}
