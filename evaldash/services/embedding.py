"""Embedding: every trace or code gets the vector of the text that stands for it; equal texts are embedded once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from evaldash.domain.languages import share_of_others
from evaldash.domain.stored import Project
from evaldash.domain.trace import Step, conversation_text, final_answer, first_query
from evaldash.embedding import DEFAULT_EMBEDDER, Embedder, get_embedder, text_hash
from evaldash.errors import InvalidInput
from evaldash.storage import clusterings, open_codes, projects, traces, vectors
from evaldash.storage.store import Connection, Store

BLOCK = 2_048  # items whose texts are held at a time: 40 MB of long traces
LANGUAGE_SAMPLE = 500  # texts of a block that are looked at for their language
MANY = 0.1  # share of texts in a language the model does not know, from which on it is said

Progress = Callable[[int, int], None]  # items done, items in all
ShouldStop = Callable[[], bool]
Texts = Callable[[Sequence[str]], Mapping[str, str]]  # item ids -> their texts


class TextChoice(StrEnum):
    """Which text stands for a trace."""

    QUERY = "query"  # the first user message
    CONVERSATION = "conversation"  # what user and assistant said
    ANSWER = "answer"  # the last assistant message
    NOTES = "notes"  # what coders noted on it; only traces with notes have one


_TEXT_OF: Mapping[TextChoice, Callable[[Sequence[Step]], str]] = {
    TextChoice.QUERY: first_query,
    TextChoice.CONVERSATION: conversation_text,
    TextChoice.ANSWER: final_answer,
}
CODES = "code"  # what stands for an open code: its own words


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedReport:
    """What an embedding run did; `reused` texts had a vector already.

    `not_english` is the share of the embedded texts, as far as can be told, in a language the embedder does not know.
    """

    embedder: str
    text: str
    dimensions: int
    embedded: int
    reused: int
    seconds: float
    not_english: float = 0.0
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        document = asdict(self) | {"seconds": round(self.seconds, 3), "not_english": round(self.not_english, 3)}
        return document | {"notes": list(self.notes)}


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
        items = traces.ids(connection, project)
    if not items:
        raise InvalidInput(f"project {project.name!r} has no traces to embed; import some first")
    if text is TextChoice.NOTES:
        noted = _notes(store, project)
        items = [item for item in items if item in noted]
        if not items:
            raise InvalidInput(f"no trace of project {project.name!r} has a note yet; read some, or embed another text")
    work = _Embedding(store, project, get_embedder(embedder), of=text.value, changes=text is TextChoice.NOTES)
    return work.run(items, texts_of_traces(store, project, text), progress, should_stop)


def embed_codes(
    store: Store, project: Project, *, embedder: str = DEFAULT_EMBEDDER, codes: Mapping[str, str] | None = None
) -> EmbedReport:
    """Give every open code the vector of its words; or those given, by id."""
    if codes is None:
        with store.read() as connection:
            codes = {code.id: code.text for code in open_codes.codes(connection, project)}
    texts = codes
    work = _Embedding(store, project, get_embedder(embedder), of=CODES, changes=True)
    return work.run(list(texts), lambda ids: {item: texts[item] for item in ids}, None, None)


def missing_vectors(store: Store, project: Project, *, text: TextChoice, embedder: str = DEFAULT_EMBEDDER) -> int:
    """Return how many traces have no vector of this text and embedder yet; of notes, how many traces with a note."""
    with store.read() as connection:
        ids = traces.ids(connection, project)
        there = vectors.items_with_vector(connection, project, of=text.value, embedder=get_embedder(embedder).name)
    noted = _notes(store, project) if text is TextChoice.NOTES else None
    return sum(trace not in there and (noted is None or trace in noted) for trace in ids)


def vectors_in_use(connection: Connection, project: Project) -> tuple[TextChoice, str]:
    """Return which text and whose vectors stand for traces: those of the newest clusters.

    One rule for map, clusters, outliers, search by meaning, similar traces, and draws by variety or questions, so that
    nothing waits for vectors that nobody asked for. Without clusters, or where they are of notes, which few traces
    have, MiniLM's of the first query. Notes always have MiniLM's: they are short, and what is close was measured on it.
    """
    made = clusterings.made_from(connection, project, of="traces")
    if made is None or made[0] == TextChoice.NOTES:
        return TextChoice.QUERY, DEFAULT_EMBEDDER
    return TextChoice(made[0]), made[1]


def texts_of_traces(store: Store, project: Project, text: TextChoice) -> Texts:
    """Return a function from trace ids to the texts that stand for them; without a note a trace has no notes."""
    if text is TextChoice.NOTES:
        noted = _notes(store, project)
        return lambda ids: {item: noted[item] for item in ids if item in noted}

    def read(ids: Sequence[str]) -> dict[str, str]:
        with store.read() as connection:
            return {trace.id: _TEXT_OF[text](trace.steps) for trace in traces.load(connection, project, ids)}

    return read


def _notes(store: Store, project: Project) -> dict[str, str]:
    """Return what all coders noted on each trace, one note a line."""
    found: dict[str, list[str]] = {}
    with store.read() as connection:
        for code in open_codes.codes(connection, project):
            found.setdefault(code.trace, []).append(code.text)
    return {trace: "\n".join(dict.fromkeys(notes)) for trace, notes in found.items()}


@dataclass(slots=True)
class _Embedding:
    """One run, block by block: texts are read, hashed and noted; what has no vector is embedded, short ones together.

    With `changes` the text of an item may be another than last time; a trace's never is: its id is its content's.
    """

    store: Store
    project: Project
    model: Embedder
    of: str
    changes: bool
    embedded: int = 0
    told: list[float] = field(default_factory=list)  # share not in English, per block

    def run(
        self, items: Sequence[str], texts: Texts, progress: Progress | None, should_stop: ShouldStop | None
    ) -> EmbedReport:
        started = time.monotonic()
        wanted = items if self.changes else self._without_vector(items)
        done = len(items) - len(wanted)
        for start in range(0, len(wanted), BLOCK):
            for count in self._block(texts(wanted[start : start + BLOCK]), should_stop):
                if progress:
                    progress(done + start + count, len(items))
        if self.embedded:
            with self.store.write() as connection:
                projects.touch(connection, self.project)
        return self._report(len(items), seconds=time.monotonic() - started)

    def _without_vector(self, items: Sequence[str]) -> list[str]:
        with self.store.read() as connection:
            there = vectors.items_with_vector(connection, self.project, of=self.of, embedder=self.model.name)
        return [item for item in items if item not in there]

    def _block(self, texts: Mapping[str, str], should_stop: ShouldStop | None) -> Iterator[int]:
        """Embed a block; yield how many of its items are done after each write."""
        hashes = {item: text_hash(text) for item, text in texts.items()}
        by_hash = {hashes[item]: text for item, text in texts.items()}
        with self.store.write() as connection:
            known = vectors.known(connection, self.model.name, list(by_hash))
            vectors.set_texts(connection, self.project, of=self.of, hashes=hashes)
        fresh = {text: by_hash[text] for text in by_hash if text not in known}
        self.embedded += sum(text in fresh for text in hashes.values())
        if self.model.english_only and fresh:
            self.told.append(share_of_others(list(fresh.values())[:LANGUAGE_SAMPLE]))
        done = len(texts) - len(fresh)
        for chunk in _chunks(fresh, self.model):
            found = self.model.embed([fresh[text] for text in chunk], should_stop=should_stop)
            with self.store.write() as connection:
                vectors.add(connection, self.model.name, dict(zip(chunk, found, strict=True)))
            done += len(chunk)
            yield done
        yield len(texts)

    def _report(self, items: int, *, seconds: float) -> EmbedReport:
        share = sum(self.told) / len(self.told) if self.told else 0.0
        return EmbedReport(
            embedder=self.model.name,
            text=self.of,
            dimensions=self.model.dimensions,
            embedded=self.embedded,
            reused=items - self.embedded,
            seconds=seconds,
            not_english=share,
            notes=(language_note(share, self.model.name),) if share >= MANY else (),
        )


def _chunks(texts: Mapping[str, str], model: Embedder) -> Iterator[list[str]]:
    """Yield the hashes of texts to embed and write together, short texts first."""
    chunk: list[str] = []
    chars = 0
    for text in sorted(texts, key=lambda item: (len(texts[item]), item)):
        if chunk and (chars + len(texts[text]) > model.chars_per_write or len(chunk) == model.texts_per_write):
            yield chunk
            chunk, chars = [], 0
        chunk.append(text)
        chars += len(texts[text])
    if chunk:
        yield chunk


def language_note(share: float, embedder: str) -> str:
    """Return the sentence that says that texts are in a language the embedder does not know."""
    return (
        f"about {share:.0%} of the texts do not look English, the only language that {embedder} knows: their groups "
        "mean little; give a multilingual model (st:FOLDER or openai:MODEL)"
    )
