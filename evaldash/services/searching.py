"""Search by words and by meaning together: what holds the words, and what says something alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.filters import All, Search
from evaldash.domain.searching import chunks_of
from evaldash.domain.stored import Project
from evaldash.embedding import get_embedder
from evaldash.services.browse import filter_of
from evaldash.storage import columns, vectors
from evaldash.storage.store import Store

MEANT = 50  # traces that are found by meaning alone; beyond them likeness says little
LEAST_ALIKE = 0.25  # cosine below which two short texts are about different things, for MiniLM
RANK_SCALE = 60  # of reciprocal rank fusion (Cormack et al. 2009)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The vectors of a project's traces, float32 (n, d) of length 1, and the embedder they come from."""

    embedder: str
    items: tuple[str, ...]
    matrix: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A trace that was found: whether it holds the words, and how alike it is (cosine; None where not known)."""

    trace: str
    has_words: bool
    likeness: float | None


def load_meaning(store: Store, project: Project, *, text: str, embedder: str, items: Sequence[str]) -> Meaning:
    """Load model and vectors, which takes seconds the first time."""
    with store.read() as connection:
        found, matrix = vectors.matrix(connection, project, of=text, embedder=embedder, items=items)
    get_embedder(embedder).embed(["warm up"])
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return Meaning(embedder=embedder, items=tuple(found), matrix=unit)


def search(
    store: Store, project: Project, words: str, *, expression: str | None = None, meaning: Meaning | None = None
) -> list[Hit]:
    """Return what a filter leaves that holds the words or, given `meaning`, is among the MEANT most alike; best first.

    The two rankings (newest first, most alike first) are fused by reciprocal ranks.
    """
    with store.read() as connection:
        where = filter_of(expression)
        asked = Search(words)
        held = (
            columns.newest_ids(connection, project, All((where, asked)) if where else asked) if chunks_of(words) else []
        )
        left = None if where is None else set(columns.newest_ids(connection, project, where))
    alike = {} if meaning is None else _alike(meaning, words, left)
    score: dict[str, float] = {}
    for ranking in (held, [trace for trace in list(alike)[:MEANT] if alike[trace] >= LEAST_ALIKE]):
        for rank, trace in enumerate(ranking):
            score[trace] = score.get(trace, 0.0) + 1 / (RANK_SCALE + rank)
    has_words = set(held)
    return [
        Hit(trace=trace, has_words=trace in has_words, likeness=alike.get(trace))
        for trace in sorted(score, key=lambda trace: -score[trace])
    ]


def _alike(meaning: Meaning, words: str, left: set[str] | None) -> dict[str, float]:
    """Return the likeness of each trace to the words, the most alike first."""
    if not meaning.items:
        return {}
    asked = get_embedder(meaning.embedder).embed([words])[0]
    likeness = meaning.matrix @ asked
    order = np.argsort(-likeness, kind="stable")
    return {meaning.items[i]: float(likeness[i]) for i in order if left is None or meaning.items[i] in left}
