"""Groups of notes by meaning and wording."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaldash.errors import InvalidInput
from evaldash.stats.scoring import bcubed
from evaldash.taxonomy import grouping
from evaldash.taxonomy.grouping import group_notes, likeness
from evaldash.taxonomy.several import failures_told


def notes_of_kinds(*sizes: int, seed: int = 0) -> tuple[np.ndarray, list[str], list[int]]:
    """Notes of kinds that differ in direction and in wording."""
    rng = np.random.default_rng(seed)
    kinds = [kind for kind, size in enumerate(sizes) for _ in range(size)]
    vectors = np.eye(40, dtype=np.float32)[kinds] + rng.normal(0, 0.1, (len(kinds), 40)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = ["wrong date", "rude tone", "lost order", "invented shop", "late answer", "asks twice", "no tool", "leaks"]
    return vectors, [f"{words[kind]} {number}" for number, kind in enumerate(kinds)], kinds


def test_clear_kinds_are_found_large_and_small():
    vectors, texts, kinds = notes_of_kinds(20, 12, 6, 3, 3)
    assert bcubed(group_notes(vectors, texts), kinds).f1 > 0.9


def test_a_handful_is_grouped_by_meaning_alone():
    vectors, texts, kinds = notes_of_kinds(3, 2, 1)
    found = group_notes(vectors, texts)
    assert bcubed(found, kinds).f1 == 1.0


@pytest.mark.parametrize("count", [0, 1, 2, 12])
def test_equal_notes_are_no_trouble(count):
    vectors = np.zeros((count, 8), dtype=np.float32)
    vectors[:, 0] = 1
    assert len(group_notes(vectors, ["same"] * count)) == count


def test_notes_without_letters_are_no_trouble():
    vectors, _, _ = notes_of_kinds(10, 10)
    assert len(group_notes(vectors, [" "] * 20)) == 20


def test_the_order_of_notes_changes_no_group():
    vectors, texts, _ = notes_of_kinds(15, 9, 4)
    order = np.random.default_rng(1).permutation(len(texts))
    turned = group_notes(vectors[order], [texts[i] for i in order])
    assert bcubed(turned, np.array(group_notes(vectors, texts))[order].tolist()).f1 == 1.0


@settings(deadline=None, max_examples=40)
@given(arrays(np.float32, (15, 4), elements=st.floats(-1, 1, width=32)), st.lists(st.text(), min_size=15, max_size=15))
def test_any_notes_come_out_each_with_a_group(vectors, texts):
    found = group_notes(vectors, texts)
    assert len(found) == 15
    assert np.isfinite(likeness(vectors, texts)).all()


def test_what_cannot_be_grouped_is_refused(monkeypatch):
    monkeypatch.setattr(grouping, "MOST_NOTES", 3)
    with pytest.raises(InvalidInput, match="at most 3"):
        group_notes(np.zeros((4, 2), dtype=np.float32), ["a"] * 4)
    with pytest.raises(InvalidInput, match="one vector each"):
        group_notes(np.zeros((1, 2), dtype=np.float32), ["a"] * 2)


@pytest.mark.parametrize(
    "note",
    [
        "1) wrong refund date 2) never asked for the order number",
        "- invented a shop\n- ignored the second question",
        "It named a wrong date. Also, it ignored the question about shipping.",
        "missed the address; second, it promised a refund that is not allowed, which is wrong",
    ],
)
def test_a_list_of_failures_is_told_apart(note):
    assert len(failures_told(note)) == 2


@pytest.mark.parametrize(
    "note",
    [
        "It named a wrong date. The agent made up some stuff.",
        "It also forgot the order number",
        "Wrong date: the 12. of May, also known as the day after",
        "",
        "step 3: wrong order 4.5 kg",
    ],
)
def test_one_failure_in_many_words_stays_one(note):
    assert failures_told(note) == [note]
