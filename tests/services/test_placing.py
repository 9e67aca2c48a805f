"""Places of new notes and proposals for the taxonomy, through the store; vectors are put there, no model is loaded."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from evaldash.domain.stored import Project
from evaldash.embedding import text_hash
from evaldash.services import coding, helping, placing, taxonomy
from evaldash.services.browse import trace_ids
from evaldash.services.desk_events import apply_events
from evaldash.services.workshop import acceptance_words
from evaldash.storage import schema as tables
from evaldash.storage import vectors
from evaldash.storage.store import Store, open_store
from tests.services.test_taxonomy import CODES, NOTES, coded_project


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    """Six notes: three about dates, two about tone, one of its own."""
    made = coded_project(store)
    rows = np.eye(384, dtype=np.float32)[[0, 0, 0, 1, 1, 2]]
    hashes = {code: text_hash(note) for code, note in zip(CODES, NOTES, strict=True)}
    with store.write() as connection:
        vectors.add(connection, "minilm", dict(zip(hashes.values(), rows, strict=True)))
        vectors.set_texts(connection, made, of="code", hashes=hashes)
    taxonomy.create(store, made, "Wrong date", codes=CODES[:2], who="ana")
    taxonomy.create(store, made, "Tone", codes=CODES[3:4], who="ana")
    return made


def test_notes_without_a_mode_find_their_place_in_bulk(store: Store, project: Project) -> None:
    modes = {mode.id: mode.name for mode in taxonomy.view(store, project).taxonomy.modes}
    found = placing.place_uncategorised(store, project)
    named = {code: modes.get(place.mode or "") for code, place in found.items() if not place.is_new}
    assert named == {CODES[2]: "Wrong date", CODES[4]: "Tone"}
    assert found[CODES[5]].is_new
    assert list(placing.place_uncategorised(store, project, codes=[CODES[2]])) == [CODES[2]]


def test_notes_have_their_vectors_also_when_some_were_taken_back_meanwhile(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def embed(store: Store, _project: Project, *, embedder: str, codes: Mapping[str, str] | None = None) -> None:
        said = codes or {code.id: code.text for code in taxonomy.all_codes(store, project)}
        with store.write() as connection:
            hashes = {code: text_hash(text) for code, text in said.items()}
            vectors.add(connection, embedder, dict.fromkeys(hashes.values(), np.eye(384, dtype=np.float32)[7]))
            vectors.set_texts(connection, project, of="code", hashes=hashes)

    monkeypatch.setattr(placing, "embed_codes", embed)
    seen = taxonomy.view(store, project)
    with store.write() as connection:
        connection.execute(tables.vectors.delete().where(tables.vectors.c.text_hash == text_hash(NOTES[0])))
    coding.retract(store, project, id="back", takes_back=f"s-{CODES[0]}", coder="ana")
    ids, matrix = placing.note_vectors(store, project, seen)
    assert ids == CODES
    assert matrix.shape == (len(CODES), 384)
    assert all(np.linalg.norm(matrix, axis=1) > 0.9)


def test_what_was_done_with_an_offered_mode_is_counted_once_a_note(store: Store, project: Project) -> None:
    dates, tone = (mode.id for mode in taxonomy.view(store, project).taxonomy.modes)
    trace = trace_ids(store, project)[0]

    def saves(number: int, *codes: Mapping[str, object]) -> None:
        event = {"kind": "save", "id": f"save-{number}", "trace": trace, "verdict": "fail", "codes": list(codes)}
        [answer] = apply_events(store, project, [event], coder="ana", batch=None)
        assert answer.error is None
        apply_events(store, project, [event], coder="ana", batch=None)  # sent again

    def code(name: str, chosen: str | None, offered: str | None) -> dict[str, object]:
        place = None if offered is None else {"mode": offered, "confidence": 0.9}
        return {"id": name, "text": "late", "mode": chosen, "offered": place}

    saves(1, code("n1", dates, tone), code("n2", tone, tone), code("n3", None, tone), code("n4", tone, None))
    [counted] = placing.acceptance(store, project)
    assert (counted.offered, counted.accepted, counted.passed_over, counted.kind) == (3, 1, 1, "place")
    assert counted.share.low < 1 / 3 < counted.share.high
    assert acceptance_words(counted).startswith("likely modes by nearest mode: 33 % of 3 taken as offered")
    assert acceptance_words(counted).endswith("; 1 passed over")
    saves(2, code("n1", tone, tone), code("n3", tone, tone))  # what was passed over is taken after all
    [counted] = placing.acceptance(store, project)
    assert (counted.offered, counted.accepted, counted.passed_over) == (3, 3, 0)
    assert "passed over" not in acceptance_words(counted)


def test_a_dismissed_proposal_stays_away(store: Store, project: Project) -> None:
    thin = helping.list_proposals(store, project)
    assert {item.kind for item in thin} == {"thin"}
    helping.dismiss(store, project, thin[0].kind, thin[0].subject, who="ana")
    assert helping.list_proposals(store, project) == thin[1:]
