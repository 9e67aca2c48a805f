"""The traces most like one, and what the reader said of them: by the vectors that made the clusters."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.stored import Project
from evaldash.services.embedding import vectors_in_use
from evaldash.storage import readings, traces, vectors
from evaldash.storage.store import Store

LIMIT = 8
SAID = 60  # characters of a note in the list
NO_VECTORS = "No vectors of the traces are there yet. The page Explore makes them with its first clusters."
ONLY_ONE = "This trace has no vector yet. Cluster again on the page Explore to take in new traces."


@dataclass(frozen=True)
class _Vectors:
    made_from: tuple[str, str, int]  # text, embedder, and what tells the traces with a vector apart
    places: dict[str, int]
    ids: tuple[str, ...]
    matrix: NDArray[np.float16]  # (traces, d), rows of length 1: half the memory, the same neighbours


_lock = threading.Lock()
_held: dict[tuple[str, int], _Vectors] = {}


def load_vectors(store: Store, project: Project) -> None:
    """Take the vectors of a project's traces into memory, where others are there than before or none.

    About 80 MB and some seconds for 100,000 traces, a tenth of a second where nothing changed.
    """
    with store.read() as connection:
        text, embedder = vectors_in_use(connection, project)
        there = vectors.items_with_vector(connection, project, of=text.value, embedder=embedder)
        made_from = (text.value, embedder, hash(frozenset(there)))
        before = _held.get((store.url, project.key))
        if before is not None and before.made_from == made_from:
            return
        ids = [trace for trace in traces.ids(connection, project) if trace in there]
        present, matrix = vectors.matrix(connection, project, of=text.value, embedder=embedder, items=ids)
    places = {trace: place for place, trace in enumerate(present)}
    with _lock:
        _held[store.url, project.key] = _Vectors(made_from, places, tuple(present), matrix.astype(np.float16))


def are_loaded(store: Store, project: Project) -> bool:
    """Tell whether `load_vectors` has run in this process; it may have to run again for what came since."""
    return (store.url, project.key) in _held


def similar_traces(store: Store, project: Project, trace: str, *, coder: str) -> tuple[list[dict[str, Any]], str]:
    """Return the traces most like one as entries `{trace, name, query, verdict, said}`, and why there are none.

    Verdict and note are the coder's own: nobody else's are shown.
    """
    with _lock:
        held = _held[store.url, project.key]
    if trace not in held.places:
        return [], ONLY_ONE if held.ids else NO_VECTORS
    scores = held.matrix @ held.matrix[held.places[trace]]
    scores[held.places[trace]] = -1
    count = min(LIMIT, len(held.ids) - 1)
    best = np.argsort(-scores, kind="stable")[:count]
    ids = [held.ids[place] for place in best]
    with store.read() as connection:
        heads = traces.heads_of(connection, project, ids)
        mine = {item.trace: item for item in readings.current(connection, project, coder=coder, trace_ids=ids)}
    found = []
    for head in heads:
        said = mine.get(head.id)
        note = next((code.text for code in said.codes), said.comment or "") if said else ""
        found.append(
            {
                "trace": head.id,
                "name": head.external_id or head.id[:12],
                "query": " ".join(head.query.split())[:SAID],
                "verdict": said.verdict.value if said else None,
                "said": note[:SAID],
            }
        )
    return found, ONLY_ONE
