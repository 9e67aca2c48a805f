"""Names a person understands: phrases without stop words, none twice, never empty."""

from __future__ import annotations

import pytest

from evaldash.clustering.labels import name_clusters
from evaldash.clustering.words import phrases, shortened, stems

REFUNDS = ["The refund date is wrong", "Agent gave the wrong refund date", "refund date invented again"]
TONE = ["The tone is rude to the customer", "Rude tone!", "rude tone after the customer complained"]


def test_names_say_what_sets_a_cluster_apart() -> None:
    refunds, tone = name_clusters([*REFUNDS, *TONE], [[0, 1, 2], [3, 4, 5]], [0, 3])
    assert "refund date" in refunds.name
    assert "rude tone" in tone.name
    assert "refund date" in refunds.terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("I want to top up my card", {"top", "top up", "card"}, id="stop words part, particles stay"),
        pytest.param("refund, window", {"refund", "window"}, id="no phrase across punctuation"),
        pytest.param("order W2378156 is late", {"order", "late"}, id="numbers of orders are no words"),
        pytest.param("", set(), id="nothing"),
        pytest.param("don’t you", set(), id="curly apostrophe"),
    ],
)
def test_phrases(text: str, expected: set[str]) -> None:
    assert phrases(text) == expected


def test_terms_do_not_repeat_each_other() -> None:
    texts = ["late payment fee", "late payment fees", "payments late fee"] * 3
    (label,) = name_clusters(texts, [range(9)], [0])
    words = [stems(term) for term in label.terms]
    assert all(not a & b for i, a in enumerate(words) for b in words[:i])


def test_without_phrases_the_central_text_is_the_name() -> None:
    (label,) = name_clusters(["what is it?", "how is that?"], [[0, 1]], [1])
    assert label.name == "how is that?"


def test_names_differ_even_where_the_words_do_not() -> None:
    labels = name_clusters(["refund"] * 3 + [""], [[0], [1], [2], [3]], [0, 1, 2, 3])
    assert len({label.name for label in labels}) == 4
    assert all(label.name for label in labels)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("short", "short", id="short"),
        pytest.param("one two three", "one two…", id="cut at a word"),
        pytest.param("abcdefghijklmnop", "abcdefghi…", id="one long word"),
        pytest.param("a\x1b[31m\n\tb", "a [31m b", id="one line, no control characters"),
    ],
)
def test_shortened(text: str, expected: str) -> None:
    assert shortened(text, at_most=10) == expected
