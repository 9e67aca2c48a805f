"""Vectors of a project: embedded once, carried on after a kill, added for what is new, in bounded blocks."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from evaldash.errors import Cancelled, InvalidInput
from evaldash.services import embedding
from evaldash.services.annotating import annotate_sheet
from evaldash.services.embedding import TextChoice, embed_traces, missing_vectors
from evaldash.services.embedding_times import Estimate, estimate
from evaldash.storage import traces, vectors
from evaldash.storage.store import open_store
from tests.support.traces import conversation, make_project

KILLED = """
import os, sys
from evaldash.services import embedding
from evaldash.services.projects import find_project
from evaldash.storage.store import open_store
from evaldash.embedding.minilm import MiniLM
MiniLM.texts_per_write = 8
store = open_store(sys.argv[1])
embedding.embed_traces(store, find_project(store, "trains"), progress=lambda done, _: done >= 24 and os._exit(9))
"""


def test_a_kill_in_the_middle_loses_at_most_one_batch(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    project = make_project(store, [conversation(i) for i in range(60)])
    ended = subprocess.run([sys.executable, "-c", KILLED, sqlite_url], env={**os.environ}, check=False)
    assert ended.returncode == 9
    missing = missing_vectors(store, project, text=TextChoice.QUERY)
    assert 60 - 24 - 8 <= missing <= 60 - 24
    report = embed_traces(store, project)
    assert (report.embedded, report.reused) == (missing, 60 - missing)
    assert missing_vectors(store, project, text=TextChoice.QUERY) == 0


def test_only_what_is_new_is_read_and_embedded(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(store_url)
    project = make_project(store, [conversation(i) for i in range(6)])
    first = embed_traces(store, project)
    assert (first.embedded, first.reused, first.embedder, first.dimensions) == (6, 0, "minilm", 384)
    more = make_project(store, [conversation(i) for i in range(9)], name="more")
    read: list[str] = []
    monkeypatch.setattr(traces, "load", lambda _connection, _project, ids: read.extend(ids))
    assert embed_traces(store, project).embedded == 0
    assert read == []
    monkeypatch.undo()
    second = embed_traces(store, more)
    assert (second.embedded, second.reused) == (3, 6)


def test_blocks_give_what_one_go_gives(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "BLOCK", 7)
    monkeypatch.setattr(vectors, "CHUNK", 500)
    store = open_store(sqlite_url)
    project = make_project(store, [conversation(i) for i in range(20)])
    seen: list[tuple[int, int]] = []
    embed_traces(store, project, embedder="static", progress=lambda *at: seen.append(at))
    assert seen == sorted(seen)
    assert seen[-1] == (20, 20)
    with store.read() as connection:
        items = traces.ids(connection, project)
        found, matrix = vectors.matrix(connection, project, of="query", embedder="static", items=items[::-1])
        texts = embedding.texts_of_traces(store, project, TextChoice.QUERY)(items)
    from evaldash.embedding import get_embedder

    assert found == items[::-1]
    assert np.allclose(matrix, get_embedder("static").embed([texts[item] for item in found]), atol=1e-6)


def test_what_was_embedded_before_a_stop_stays(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(sqlite_url)
    project = make_project(store, [conversation(i) for i in range(40)])
    monkeypatch.setattr("evaldash.embedding.static.Static.texts_per_write", 10)
    rounds: list[int] = []
    with pytest.raises(Cancelled):
        embed_traces(store, project, embedder="static", progress=lambda done, _: rounds.append(done),
                     should_stop=lambda: len(rounds) >= 2)  # fmt: skip
    assert missing_vectors(store, project, text=TextChoice.QUERY, embedder="static") == 20


def test_notes_stand_for_the_traces_that_have_some(sqlite_url: str) -> None:
    from evaldash.importers.annotation_rows import AnnotationSheet

    store = open_store(sqlite_url)
    project = make_project(store, [conversation(i) for i in range(4)])
    with pytest.raises(InvalidInput, match="no trace of project 'trains' has a note yet"):
        embed_traces(store, project, text=TextChoice.NOTES)
    row = {"trace": "t1", "verdict": "fail", "code": "invents a refund date"}
    annotate_sheet(store, project, AnnotationSheet(rows=[("row 2", row)]), source="notes.csv", coder="ana")
    assert missing_vectors(store, project, text=TextChoice.NOTES) == 1
    assert embed_traces(store, project, text=TextChoice.NOTES).embedded == 1
    assert missing_vectors(store, project, text=TextChoice.NOTES) == 0


def test_a_language_the_model_does_not_know_is_said(sqlite_url: str) -> None:
    from dataclasses import replace

    from evaldash.domain.trace import Json, Role, Step, StepKind

    def german(number: int):
        text = f"Wo ist die Rückerstattung für meinen Zug nach Basel, Buchung {number}?"
        raw: Json = {"id": f"d{number}"}
        step = Step(kind=StepKind.MESSAGE, role=Role.USER, text=text)
        return replace(conversation(number), steps=(step,), raw=(raw,), identity=(raw,), external_id=f"d{number}")

    store = open_store(sqlite_url)
    project = make_project(store, [german(i) for i in range(5)])
    report = embed_traces(store, project, embedder="static")
    assert report.not_english == 1.0
    assert "100% of the texts do not look English, the only language that static knows" in report.notes[0]
    assert report.as_json()["not_english"] == 1.0


def test_the_fast_embedder_is_advised_where_the_better_one_takes_long() -> None:
    def advice(seconds: float) -> str:
        return Estimate(missing=1, missing_fast=1, seconds=seconds, seconds_fast=30.0).advised

    assert advice(20) == "minilm"
    assert advice(3_600) == "static"


def test_an_estimate_knows_what_is_there(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    project = make_project(store, [conversation(i) for i in range(30)])
    before = estimate(store, project, text=TextChoice.QUERY)
    assert before.missing == before.missing_fast == 30
    assert before.seconds > 0
    embed_traces(store, project, embedder="static")
    after = estimate(store, project, text=TextChoice.QUERY)
    assert (after.missing, after.missing_fast, after.seconds_fast) == (30, 0, 0)
