"""A project whose traces lie in three groups on a map, with versions, plans and times: what the page Explore shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from evaldash.domain.stored import Project
from evaldash.services.browse import trace_ids
from evaldash.services.embedding import embed_traces
from evaldash.storage import clusterings, projects
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.store import Store
from tests.support.traces import START, conversation, make_project

GROUPS = ("When does the train leave", "Seats on the ticket", "Bicycles on board")
EACH = 20
CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 8.0]])


def grouped_project(store: Store) -> Project:
    """Return the project "trains" of 60 traces: number n asks about group n % 3; version 2 asks about seats more."""
    count = len(GROUPS) * EACH
    made = make_project(store, [
        replace(
            conversation(8 * (number // 3) + number % 3),  # the first three of the questions in turn
            version="2" if number >= count // 2 else "1",
            started_at=START + timedelta(hours=number),
            metadata={"plan": ("free", "pro")[number % 2]},
            metrics={"latency_ms": 100.0 * number},
        )
        for number in range(count)
    ])  # fmt: skip
    embed_traces(store, made)
    items = trace_ids(store, made)
    rng = np.random.default_rng(0)
    numbers = [number % 3 for number in range(count)]
    points = (CENTRES[numbers] + rng.normal(0, 0.25, (count, 2))).astype(np.float32)
    clusters = [
        ClusterRow(number=group, label=label, terms=[], representatives=items[group : 3 * 3 : 3], size=EACH)
        for group, label in enumerate(GROUPS)
    ]
    row = ClusteringRow(
        of="traces", method="graph", seed=0, embedder="minilm", text="query", parameters={}, seconds=0.1,
        clusters=clusters, items=items, numbers=numbers, outlier_scores=[n / count for n in range(count)],
        points=points, layout="tsne",
    )  # fmt: skip
    with store.write() as connection:
        clusterings.add(connection, made, row)
        projects.touch(connection, made)
    return made
