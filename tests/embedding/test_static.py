"""The distilled table: made once, kept whole, made again where it is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaldash.embedding import get_embedder, is_distilled, static


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test alone, with nothing loaded and a quick stand-in for the distillation."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(30_522, static.DIMENSIONS)).astype(np.float32)
    monkeypatch.setenv("EVALDASH_CACHE_FOLDER", str(tmp_path / "cache"))
    monkeypatch.setattr(static, "_loaded", [])
    monkeypatch.setattr(static, "distil", lambda: table)
    return tmp_path / "cache"


def test_the_table_is_made_once_and_read_from_then_on(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_distilled()
    first = get_embedder("static").embed(["Where is my refund?"])
    assert len(list(fresh.iterdir())) == 1
    monkeypatch.setattr(static, "_loaded", [])
    monkeypatch.setattr(static, "distil", lambda: pytest.fail("it is there already"))
    assert is_distilled()
    assert (get_embedder("static").embed(["Where is my refund?"]) == first).all()


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY half", b"x" * 100], ids=["empty", "cut off", "something else"])
def test_a_damaged_table_is_made_again(fresh: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    first = get_embedder("static").embed(["Where is my refund?"])
    (path,) = fresh.iterdir()
    path.write_bytes(damage)
    monkeypatch.setattr(static, "_loaded", [])
    assert (get_embedder("static").embed(["Where is my refund?"]) == first).all()
    assert path.stat().st_size > 1_000_000


def test_where_nothing_can_be_written_it_still_works(fresh: Path) -> None:
    fresh.write_text("a file where the folder should be")
    assert get_embedder("static").embed(["a text"]).any()


def test_blocks_hold_every_text_once_and_are_bounded() -> None:
    texts = ["x" * 10] * 3_000 + ["y" * 3_000_000] * 3 + ["z"]
    blocks = static._blocks(texts)
    assert [i for block in blocks for i in range(block.start, block.stop)] == list(range(len(texts)))
    assert all(block.stop - block.start <= static.TEXTS_PER_BLOCK for block in blocks)
    assert all(sum(map(len, texts[block][:-1])) < static.CHARS_PER_BLOCK for block in blocks)


def test_rare_words_weigh_more_than_common_ones_and_marks_least() -> None:
    weights = static._weights(["[PAD]", ".", "x", "the", "of", *(f"word{i}" for i in range(30_000))])
    assert weights[1] <= weights[3] < weights[4] < weights[-1]
    assert weights[3] < weights[2]
