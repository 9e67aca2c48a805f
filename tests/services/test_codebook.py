"""The codebook: examples by what notes say, in a form that shows what people wrote and runs none of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.embedding import text_hash
from evaldash.errors import InvalidInput
from evaldash.services import coding, taxonomy
from evaldash.services.codebook import codebook_text, load_codebook, write_codebook
from evaldash.services.embedding import CODES
from evaldash.storage import vectors
from evaldash.storage.store import Store
from tests.support.traces import conversation, make_project

# Each note with the angle of its vector: what points the same way says the same.
NOTES = {
    "central date": 0, "date, a little off": 5, "date, nearly tone": 40,
    "central tone <script>alert(1)</script>": 90, "tone ![x](http://example.invalid)": 85, "tone, nearly a date": 55,
}  # fmt: skip


@pytest.fixture
def project(store: Store) -> Project:
    given = [conversation(number) for number in range(len(NOTES))]
    made = make_project(store, given)
    for number, (text, trace) in enumerate(zip(NOTES, given, strict=True)):
        reading = Reading(
            id=f"r{number}", trace=trace.id, verdict=Verdict.FAIL, codes=(OpenCode(id=f"code{number}", text=text),)
        )
        coding.save_reading(store, made, reading, coder="ana")
    with store.write() as connection:
        angles = {text: np.deg2rad(angle) for text, angle in NOTES.items()}
        rows = {text_hash(text): np.array([np.cos(a), np.sin(a)], dtype=np.float32) for text, a in angles.items()}
        vectors.add(connection, "minilm", rows)
        hashes = {f"code{number}": text_hash(text) for number, text in enumerate(NOTES)}
        vectors.set_texts(connection, made, of=CODES, hashes=hashes)
    taxonomy.create(store, made, "Dates", codes=["code0", "code1", "code2"], who="ana")
    taxonomy.create(
        store, made, "Tone *loud* <b>", definition="Is it rude?", codes=["code3", "code4", "code5"], who="ana"
    )
    taxonomy.define(store, made, "Dates", not_when="No date was asked for.", severity="major", owner="Ben", who="ana")
    taxonomy.create(store, made, "Empty", who="ana")
    return made


def test_examples_are_central_and_near_misses_come_closest(store: Store, project: Project) -> None:
    dates, tone, empty = load_codebook(store, project).entries
    assert list(dates.examples) == ["date, a little off", "central date"]
    assert [(miss.text, miss.mode) for miss in dates.near_misses] == [
        ("tone, nearly a date", "Tone *loud* <b>"), ("tone ![x](http://example.invalid)", "Tone *loud* <b>"),
    ]  # fmt: skip
    assert tone.near_misses[0].text == "date, nearly tone"
    assert (list(empty.examples), list(empty.near_misses), empty.traces) == ([], [], 0)


def test_the_codebook_is_markdown_or_one_page_to_print_and_shows_text_as_text(
    store: Store, project: Project, tmp_path: Path
) -> None:
    for name in ("book.md", "book.html"):
        assert write_codebook(store, project, tmp_path / name) == 3
    markdown, html = ((tmp_path / name).read_text(encoding="utf-8") for name in ("book.md", "book.html"))
    assert r"Tone \*loud\*" in markdown
    assert "![x](" not in markdown
    for text in (markdown, html):
        assert "<script>" not in text
        assert "<b>" not in text
        assert "No date was asked for" in text
        assert "major severity, owner Ben" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "default-src 'none'" in html


def test_another_ending_is_refused_by_name(store: Store, project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"\.md or \.html, got '\.pdf'"):
        write_codebook(store, project, tmp_path / "book.pdf")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_codebook(store, project, tmp_path / "nowhere" / "book.md")


def test_a_project_without_modes_has_an_empty_codebook(store: Store) -> None:
    made = make_project(store, [conversation(1)], name="other")
    assert "Taxonomy version 0" in codebook_text(store, made)
