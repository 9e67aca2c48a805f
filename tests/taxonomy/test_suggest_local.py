from __future__ import annotations

import numpy as np
import pytest

from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.errors import InvalidInput
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.phrases import says_too_little
from evaldash.taxonomy.suggest_local import suggest_local

DATES = ["wrong refund date given", "the wrong refund date again", "At step 3 the agent named a wrong refund date"]
TONE = ["the tone is rude", "agent used a rude tone with the customer", "rude tone in the last message"]
LOST = ["forgot the order number", "asked again, it forgot the order number", "forgot the order number twice"]
TEXTS = [*DATES, *TONE, *LOST, "invented a shop in Rome", "bad", ""]
TOPICS = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5]


def vectors_of(topics):
    vectors = np.eye(8, dtype=np.float32)[topics]
    vectors[:, 7] = np.linspace(0, 0.01, len(topics))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def by_direction(vectors, _texts):
    return [int(row.argmax()) for row in vectors]


def suggest(texts=TEXTS, topics=TOPICS, taxonomy=None, group=by_direction):
    codes = [CodeText(f"c{n}", text) for n, text in enumerate(texts)]
    return suggest_local(codes, vectors_of(topics), taxonomy=taxonomy or Taxonomy(), group=group, suggestion_id="s")


def placed(found):
    return sorted([*(code for mode in found.modes for code in mode.codes), *found.left_over])


def test_groups_get_names_that_a_person_understands():
    assert [mode.name for mode in suggest().modes] == ["Wrong refund date", "Rude tone", "Forgot the order number"]


def test_every_note_is_in_one_place_and_the_rest_has_a_reason():
    found = suggest()
    assert placed(found) == sorted(f"c{n}" for n in range(len(TEXTS)))
    assert found.left_over == ("c9", "c10", "c11")
    assert found.left_over_reason == (
        "2 notes too short or vague to tell what went wrong, like “bad”; 1 note unlike all others"
    )


def test_each_mode_cites_its_notes():
    for mode in suggest().modes:
        assert 1 <= len(mode.evidence) <= 3
        assert set(mode.evidence) <= set(mode.codes)
        assert mode.definition.startswith("Notes like: “")


def test_the_same_notes_give_the_same_suggestion():
    assert suggest() == suggest()


def test_few_notes_may_stand_alone():
    found = suggest(texts=["invented a shop in Rome", "rude tone"], topics=[0, 1])
    assert (len(found.modes), found.left_over) == (2, ())


def test_close_notes_go_to_an_existing_mode_and_placed_ones_are_left_alone():
    taxonomy = Taxonomy(
        modes=(FailureMode(id="m", name="Bad manners", definition="Is rude."),), assignments={"c3": "m"}
    )
    found = suggest(taxonomy=taxonomy)
    assert (found.modes[0].existing, found.modes[0].name, found.modes[0].definition) == ("m", "Bad manners", "Is rude.")
    assert sorted(found.modes[0].codes) == ["c4", "c5"]
    assert "c3" not in placed(found)


def test_a_name_in_use_is_not_suggested_again():
    taxonomy = Taxonomy(modes=(FailureMode(id="m", name="rude TONE"),))
    names = [mode.name.casefold() for mode in suggest(taxonomy=taxonomy).modes]
    assert len(set(names)) == len(names)
    assert "rude tone" not in names


def test_equal_groups_get_unequal_names():
    found = suggest(texts=["late"] * 4, topics=[0, 0, 1, 1])
    assert [mode.name for mode in found.modes] == ["Late", "Late (2)"]


def test_what_the_grouping_finds_nowhere_is_left_over():
    assert len(suggest(group=lambda vectors, _texts: [-1] * len(vectors)).left_over) == len(TEXTS)


def test_no_notes_are_no_trouble():
    assert suggest(texts=[], topics=[]).modes == ()


def test_vectors_must_match():
    with pytest.raises(InvalidInput, match="one row per code"):
        suggest(topics=TOPICS[1:])


@pytest.mark.parametrize("note", ["", "  ", "bad", "Wrong!", "wrong answer", "not good", "??", "fail 2"])
def test_vague_notes_say_too_little(note):
    assert says_too_little(note)


@pytest.mark.parametrize("note", ["hallucination", "rude", "wrong date", "falsches Datum", "日付が違う"])
def test_telling_notes_say_enough(note):
    assert not says_too_little(note)
