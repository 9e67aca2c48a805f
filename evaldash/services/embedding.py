"""Embedding: every trace or code gets the vector of the text that stands for it; equal texts are embedded once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from evaldash.domain.stored import Project
from evaldash.domain.trace import Step, conversation_text, final_answer, first_query
from evaldash.embedding import DEFAULT_EMBEDDER, Embedder, get_embedder, text_hash
from evaldash.errors import InvalidInput
from evaldash.storage import projects, readings, traces, vectors
from evaldash.storage.store import Store

CHUNK = 512  # texts embedded between two writes: some seconds of work that a crash may cost

Progress = Callable[[int, int], None]  # texts done, texts in all
ShouldStop = Callable[[], bool]


class TextChoice(StrEnum):
    """Which text stands for a trace."""

    QUERY = "query"  # the first user message
    CONVERSATION = "conversation"  # what user and assistant said
    ANSWER = "answer"  # the last assistant message


_TEXT_OF: Mapping[TextChoice, Callable[[Sequence[Step]], str]] = {
    TextChoice.QUERY: first_query,
    TextChoice.CONVERSATION: conversation_text,
    TextChoice.ANSWER: final_answer,
}
CODES = "code"  # what stands for an open code: its own words


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedReport:
    """What an embedding run did; `reused` texts had a vector already."""

    embedder: str
    text: str
    dimensions: int
    embedded: int
    reused: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def embed_traces(
    store: Store,
    project: Project,
    *,
    text: TextChoice = TextChoice.QUERY,
    embedder: str = DEFAULT_EMBEDDER,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> EmbedReport:
    """Give every trace the vector of its text. What was embedded stays when this is stopped (Cancelled) or crashes."""
    with store.read() as connection:
        texts = {trace.id: _TEXT_OF[text](trace.steps) for trace in traces.stream(connection, project)}
    if not texts:
        raise InvalidInput(f"project {project.name!r} has no traces to embed; import some first")
    return _embed(store, project, texts, of=text.value, embedder=embedder, progress=progress, should_stop=should_stop)


def embed_codes(store: Store, project: Project, *, embedder: str = DEFAULT_EMBEDDER) -> EmbedReport:
    """Give every open code the vector of its words."""
    with store.read() as connection:
        texts = {code.id: code.text for code in readings.codes(connection, project)}
    return _embed(store, project, texts, of=CODES, embedder=embedder)


def missing_vectors(store: Store, project: Project, *, text: TextChoice, embedder: str = DEFAULT_EMBEDDER) -> int:
    """Return how many traces have no vector of this text and embedder yet."""
    with store.read() as connection:
        ids = traces.ids(connection, project)
        hashes = vectors.texts(connection, project, of=text.value)
        known = vectors.known(connection, embedder, list(set(hashes.values())))
    return sum(hashes.get(trace) not in known for trace in ids)


def _embed(
    store: Store,
    project: Project,
    texts: Mapping[str, str],
    *,
    of: str,
    embedder: str,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> EmbedReport:
    started = time.monotonic()
    model = get_embedder(embedder)
    hashes = {item: text_hash(text) for item, text in texts.items()}
    by_hash = {hashes[item]: text for item, text in texts.items()}
    with store.write() as connection:
        known = vectors.known(connection, embedder, list(by_hash))
        vectors.set_texts(connection, project, of=of, hashes=hashes)
    wanted = sorted((text for text in by_hash if text not in known), key=lambda item: len(by_hash[item]))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        _embed_chunk(store, model, {item: by_hash[item] for item in chunk}, should_stop)
        if progress:
            progress(start + len(chunk), len(wanted))
    with store.write() as connection:
        projects.touch(connection, project)
    return EmbedReport(
        embedder=embedder,
        text=of,
        dimensions=model.dimensions,
        embedded=sum(text not in known for text in hashes.values()),
        reused=sum(text in known for text in hashes.values()),
        seconds=time.monotonic() - started,
    )


def _embed_chunk(store: Store, model: Embedder, texts: Mapping[str, str], should_stop: ShouldStop | None) -> None:
    found = model.embed(list(texts.values()), should_stop=should_stop)
    with store.write() as connection:
        vectors.add(connection, model.name, dict(zip(texts, found, strict=True)))
