"""How long vectors would take, before anybody waits for them: from how many texts lack one and how long texts are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.domain.stored import Project
from evaldash.embedding import DEFAULT_EMBEDDER, FAST_EMBEDDER, is_distilled
from evaldash.services.embedding import TextChoice, missing_vectors, texts_of_traces
from evaldash.storage import traces
from evaldash.storage.store import Store

SAMPLE = 100  # traces whose texts are measured
MUCH_S = 300.0  # of waiting for the better vectors, from which on the fast ones are taken first
MINILM_LOADING_S = 8.0
MINILM_TEXT_S = 0.003  # of a short text on two cores (measured: 160 to 390 a second)
MINILM_CHARS_PER_S = 25_000.0  # of long texts (measured: five of 900 words a second)
MINILM_MOST_CHARS = 9_000  # of a text that are read: eight windows of 254 tokens
STATIC_DISTILLING_S = 30.0  # once for a machine
STATIC_TEXT_S = 0.00004  # measured: 25,000 a second
STATIC_CHARS_PER_S = 3_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds on two idle cores to embed what lacks a vector, by the better and by the fast local embedder."""

    missing: int
    missing_fast: int
    seconds: float
    seconds_fast: float

    @property
    def advised(self) -> str:
        """The embedder to begin with: the fast one where the better one would take more than five minutes."""
        return FAST_EMBEDDER if self.seconds > MUCH_S and self.seconds_fast < self.seconds else DEFAULT_EMBEDDER


def estimate(store: Store, project: Project, *, text: TextChoice) -> Estimate:
    """Return how long embedding this text of all traces would take."""
    lengths = _lengths(store, project, text)
    better, fast = (missing_vectors(store, project, text=text, embedder=name)
                    for name in (DEFAULT_EMBEDDER, FAST_EMBEDDER))  # fmt: skip
    read = sum(min(length, MINILM_MOST_CHARS) for length in lengths) / max(len(lengths), 1)
    whole = sum(lengths) / max(len(lengths), 1)
    distilling = 0.0 if is_distilled() else STATIC_DISTILLING_S
    return Estimate(
        missing=better,
        missing_fast=fast,
        seconds=better and MINILM_LOADING_S + better * (MINILM_TEXT_S + read / MINILM_CHARS_PER_S),
        seconds_fast=fast and distilling + fast * (STATIC_TEXT_S + whole / STATIC_CHARS_PER_S),
    )


def _lengths(store: Store, project: Project, text: TextChoice) -> Sequence[int]:
    """Return the lengths, in characters, of the texts of a hundred traces spread over the project."""
    with store.read() as connection:
        ids = traces.ids(connection, project)
    chosen = ids[:: max(1, len(ids) // SAMPLE)][:SAMPLE]
    return [len(found) for found in texts_of_traces(store, project, text)(chosen).values()]
