"""Names a person understands: phrases without stop words, none twice, never empty."""

from __future__ import annotations

import numpy as np
import pytest

from evaldash.clustering.labels import Counts, name_clusters, surprise
from evaldash.clustering.words import phrases, quoted, shortened, stems

REFUNDS = ["The refund date is wrong", "Agent gave the wrong refund date", "refund date invented again"]
TONE = ["The tone is rude to the customer", "Rude tone!", "rude tone after the customer complained"]


def test_names_say_what_sets_a_cluster_apart() -> None:
    refunds, tone = name_clusters([*REFUNDS, *TONE], [[0, 1, 2], [3, 4, 5]])
    assert "refund date" in refunds.name
    assert "rude tone" in tone.name.lower()
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
    (label,) = name_clusters(texts, [range(9)])
    words = [stems(term) for term in label.terms]
    assert all(not a & b for i, a in enumerate(words) for b in words[:i])


def test_without_phrases_the_central_text_is_the_name() -> None:
    (label,) = name_clusters(["what is it?", "how is that?"], [[1, 0]])
    assert label.name == "“how is that?”"


BOOKS = [
    "The library card expired",
    "my library card is lost",
    "library card for a child",
    "a new library card",
    "card",
]
OPENING = [
    "Hi there! I'd like to know when you open on Sunday",
    "is the reading room used late",
    "closed for the holidays?",
    "until when can one come in",
    "are there hours for pupils",
    "opening hours of the branch at the harbour, please, and of the small one behind the station",
]
FOREIGN = [
    "la carte de la bibliothèque est perdue",
    "de la part de mon fils, la salle est fermée",
    "la sala de lectura está cerrada",
    "de boete is te hoog voor een boek",
    "la multa de la biblioteca es muy alta",
]


def test_a_phrase_that_most_share_stands_before_a_query_that_holds_it() -> None:
    label, _ = name_clusters([*BOOKS, *OPENING], [range(5), range(5, 10)])
    assert label.name == "library card: “The library card expired”"


def test_words_that_stand_everywhere_lead_no_name() -> None:
    texts = ["book a lift", "book the lift now", "lift book", "is the lift free", "book lift", *["book a room"] * 5]
    lift, _ = name_clusters(texts, [range(5), range(5, 10)])
    assert lift.name == "lift: “book a lift”"


def test_a_text_that_stands_often_counts_as_often() -> None:
    often = Counts.of_texts(["late bus", "early bus"], often=[9, 1])
    assert (often.of["late"], often.of["early"], often.of["bus"], often.size) == (9, 1, 10, 10)


def test_where_words_say_little_a_query_from_the_middle_is_quoted_without_its_greeting() -> None:
    _, label = name_clusters([*BOOKS, *OPENING], [range(5), range(5, 11)])
    assert label.name == "“know when you open on Sunday”"


def test_one_word_alone_never_names_a_group() -> None:
    texts = ["fine of 3 euros for a day?", "why a fine", "is my fine paid", "fine too high", "the fine again"]
    (label, _) = name_clusters([*texts, *BOOKS], [range(5), range(5, 10)])
    assert label.name == "fine: “fine of 3 euros for a day?”"


def test_a_word_of_asking_leads_no_name_however_frequent() -> None:
    texts = [
        "find my seat",
        "find the seat map",
        "please find a seat by the window",
        "find it",
        "find one seat",
    ]
    label, _ = name_clusters([*texts, *BOOKS], [range(5), range(5, 10)])
    assert label.name == "seat: “find my seat”"


def test_what_a_few_share_by_chance_leads_no_name() -> None:
    puzzles = ["blue ink on paper", "a cube that is blue", "maps of a river", "how many stamps", "poems of two cities"]
    others = [f"{word} of the town" for word in ("blue sky", "bells", "roofs", "walls", "gates", "parks")]
    label, _ = name_clusters([*puzzles, *others], [range(5), range(5, 11)])
    assert label.name == "“blue ink on paper”"


def test_the_sentence_that_holds_the_lead_is_quoted_and_an_opening_says_nothing() -> None:
    moved = [f"Our meeting on the {day}th moved. What does an earlier flight cost?" for day in range(5)]
    other = [f"Another thing. Where are my books from shelf {shelf}?" for shelf in ("A", "B", "C", "D", "E")]
    flights, books = name_clusters([*moved, *other], [range(5), range(5, 10)])
    assert flights.name.endswith("“What does an earlier flight cost?”")
    assert "Another thing. Where" in books.name


def test_surprise_is_the_likelihood_ratio_of_two_rates() -> None:
    from scipy.stats import chi2_contingency

    table = np.array([[12, 8], [30, 250]])
    expected = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert surprise(12, 20, 30, 280) == pytest.approx(expected)
    assert surprise(5, 10, 50, 100) == pytest.approx(0)


def test_function_words_of_other_languages_never_name_a_group() -> None:
    foreign, _ = name_clusters([*FOREIGN, *BOOKS], [range(5), range(5, 10)])
    assert foreign.name == "“la carte de la bibliothèque est perdue”"
    assert not {"la", "de", "de la", "est", "es"} & {*foreign.terms}


def test_a_tiny_group_is_named_by_its_query() -> None:
    label, _ = name_clusters(["lost my library card", "library card lost again", *OPENING], [[0, 1], range(2, 7)])
    assert label.name == "“lost my library card”"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Hi! Could you please renew my books?", "“renew my books?”", id="greeting and request"),
        pytest.param("Subject: RE: Hello, the lift is broken.", "“the lift is broken”", id="subject of a mail"),
        pytest.param("Hello there!", "“Hello there!”", id="nothing but a greeting"),
        pytest.param("Hi-fi sets to lend, which ones?", "“Hi-fi sets to lend, which ones?”", id="part of a word"),
        pytest.param("so many books are missing here", "“so many books are missing here”", id="a word of the sentence"),
        pytest.param(" \n ", "", id="blank"),
    ],
)
def test_quoted(text: str, expected: str) -> None:
    assert quoted(text, at_most=60) == expected


def test_names_differ_even_where_the_words_do_not() -> None:
    labels = name_clusters(["refund"] * 3 + [""], [[0], [1], [2], [3]])
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
