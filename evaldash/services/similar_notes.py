"""Earlier notes that say nearly the same as what is being typed, and the mode it likely belongs to.

By beginning at once, by meaning as soon as the model is loaded.

The index of a project is held in memory by the process and brought up to date beside the pages (`refresh`): after a
save only the traces annotated since are read and only new wordings embedded. A search reads what is there and never
waits for the model to load.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.stored import Project
from evaldash.embedding import DEFAULT_EMBEDDER, get_embedder, text_hash
from evaldash.services.embedding import embed_codes
from evaldash.storage import deskwork, open_codes, readings, taxonomies, vectors
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Store
from evaldash.storage.vectors import Vector
from evaldash.taxonomy.places import Place, Placer, make_placer

LIMIT = 6
CANDIDATES = 60  # best notes that are looked at before those of others at the same batch are left out
LEAST_COSINE = 0.45  # of MiniLM; below it notes share a topic at most
BEGINS, HOLDS = 1.0, 0.8  # rank of a note that begins with what is typed, and of one in which a word does
MOST_CHANGED = 500  # traces read one by one; after more, as after an import of annotations, all are read again
MAX_CHARS = 500  # of what is typed that are compared


@dataclass(frozen=True, slots=True)
class SimilarNote:
    """A wording that was used before, its mode today, and how often it stands."""

    text: str
    mode: str | None
    times: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a note that is being typed: notes like it, and its likely mode, None where no mode has notes.

    With `complete` False the model is not loaded yet, or some notes have no vector yet: asking again gives more.
    """

    notes: list[SimilarNote]
    place: Place | None
    complete: bool


@dataclass(frozen=True)
class NoteIndex:
    """All notes of a project by wording. `vectors`: float32 (wordings, d), rows of zeros where there is none yet."""

    texts: tuple[str, ...]
    lowered: tuple[str, ...]
    codes: tuple[tuple[CodeRow, ...], ...]
    modes: Mapping[str, str]
    vectors: NDArray[np.float32]
    placer: Placer
    is_embedded: bool  # whether every wording has its vector

    def search(
        self, text: str, vector: NDArray[np.float32] | None, *, coder: str, blind: frozenset[str]
    ) -> list[SimilarNote]:
        """Return the most similar wordings, best first; notes of others on the traces of `blind` are left out."""
        scores = self._lexical(" ".join(text.lower().split())[:MAX_CHARS])
        if vector is not None and self.vectors.size:
            cosine = self.vectors @ vector
            scores = np.maximum(scores, np.where(cosine >= LEAST_COSINE, cosine, 0))
        best = np.argsort(-scores, kind="stable")[:CANDIDATES]
        found = []
        for place in best[scores[best] > 0]:
            seen = [code for code in self.codes[place] if code.coder == coder or code.trace not in blind]
            if seen:
                mode = next((self.modes[code.id] for code in seen if code.id in self.modes), None)
                found.append(SimilarNote(self.texts[place], mode, len(seen)))
        return found[:LIMIT]

    def _lexical(self, typed: str) -> NDArray[np.float32]:
        within = f" {typed}"
        return np.array(
            [BEGINS if text.startswith(typed) else HOLDS if within in text else 0 for text in self.lowered],
            dtype=np.float32,
        )


@dataclass(frozen=True)
class _Held:
    """What an index was made of: enough to bring it up to date by what changed."""

    newest: int  # number of the newest annotation that is in it
    annotations: int  # how many there were; another number than expected means that some were deleted
    by_trace: Mapping[str, tuple[CodeRow, ...]]
    known: Mapping[str, Vector]  # by text hash
    index: NoteIndex


_lock = threading.Lock()
_taking = threading.Lock()  # one thread at a time brings indexes up to date
_held: dict[tuple[str, int], _Held] = {}
_warm: set[str] = set()  # embedders that have answered once in this process


def take_up(store: Store, project: Project) -> None:
    """Take up all notes with the vectors they have: what begins alike is found while a model loads."""
    with _taking:
        before = _held.get((store.url, project.key))
        now = _read(store, project, before)
        with _lock:
            _held[store.url, project.key] = now


def refresh(store: Store, project: Project) -> None:
    """Embed the notes that have no vector yet and take up all of them; the first call loads the model (2 to 11 s)."""
    if DEFAULT_EMBEDDER not in _warm:
        get_embedder(DEFAULT_EMBEDDER).embed(["a note"])  # also where no note needs a vector: a search must not load it
        _warm.add(DEFAULT_EMBEDDER)
    take_up(store, project)
    missing = _without_vector(_held[store.url, project.key])
    if missing:
        embed_codes(store, project, codes=missing)
        take_up(store, project)


def similar_notes(store: Store, project: Project, text: str, *, coder: str, batch: Sequence[str] = ()) -> Answer:
    """Return notes like `text` and its likely mode; two coders of one batch do not see each other's notes on it."""
    with _lock:
        held = _held.get((store.url, project.key))
    index = held.index if held else None
    is_warm = DEFAULT_EMBEDDER in _warm
    if index is None or not index.texts:
        return Answer([], None, index is not None)
    vector = place = None
    if is_warm:
        vector = get_embedder(DEFAULT_EMBEDDER).embed([text[:MAX_CHARS]])[0]
        place = index.placer.place(vector) if index.placer.modes else None
    return Answer(index.search(text, vector, coder=coder, blind=frozenset(batch)), place, is_warm and index.is_embedded)


def _read(store: Store, project: Project, before: _Held | None) -> _Held:
    """Read what changed since `before`, or everything where nothing is held or annotations are gone."""
    with store.read() as connection:
        newest, annotations = readings.mark(connection, project)
        since = before.newest if before else 0
        fresh = deskwork.changed_since(connection, project, since) if before and newest > since else None
        gone = before and annotations - before.annotations != deskwork.count_since(connection, project, since)
        if gone or len(fresh or ()) > MOST_CHANGED:
            before, fresh = None, None
        changed = [] if before and fresh is None else open_codes.codes(connection, project, trace_ids=fresh)
        by_trace = dict(before.by_trace) if before else {}
        for trace in fresh or ():
            by_trace.pop(trace, None)
        for code in changed:
            by_trace[code.trace] = (*by_trace.get(code.trace, ()), code)
        grouped = _grouped(by_trace)
        known = dict(before.known) if before else {}
        wanted = [text_hash(codes[0].text) for codes in grouped.values()]
        known |= vectors.load(connection, DEFAULT_EMBEDDER, [text for text in wanted if text not in known])
        modes = taxonomies.load(connection, project).assignments
    return _Held(newest, annotations, by_trace, known, _index(grouped, wanted, known, modes))


def _grouped(by_trace: Mapping[str, Sequence[CodeRow]]) -> dict[str, list[CodeRow]]:
    """Return the codes by wording, the newest first."""
    found: dict[str, list[CodeRow]] = {}
    for codes in reversed(list(by_trace.values())):  # a trace that was annotated again stands last
        for code in reversed(codes):
            found.setdefault(" ".join(code.text.split()), []).append(code)
    return found


def _without_vector(held: _Held) -> dict[str, str]:
    """Return the codes whose words have no vector yet, by id."""
    codes = (code for group in held.by_trace.values() for code in group)
    return {code.id: code.text for code in codes if text_hash(code.text) not in held.known}


def _index(
    grouped: Mapping[str, list[CodeRow]], hashes: Sequence[str], known: Mapping[str, Vector], modes: Mapping[str, str]
) -> NoteIndex:
    dimensions = len(next(iter(known.values()))) if known else 0
    rows = np.zeros((len(grouped), dimensions), dtype=np.float32)
    for place, text in enumerate(hashes):
        if text in known:
            rows[place] = known[text]
    placed = [(code.id, place) for place, codes in enumerate(grouped.values()) for code in codes if code.id in modes]
    return NoteIndex(
        texts=tuple(grouped),
        lowered=tuple(text.lower() for text in grouped),
        codes=tuple(tuple(codes) for codes in grouped.values()),
        modes=modes,
        vectors=rows,
        placer=make_placer([code for code, _ in placed], rows[[place for _, place in placed]], modes),
        is_embedded=all(text in known for text in hashes),
    )
