"""Counts read as people say them, at 0, 1 and 2 and where there are thousands."""

import pytest

from evaldash.domain.counting import agree, count_of


@pytest.mark.parametrize(("number", "said"), [(0, "0 notes"), (1, "1 note"), (2, "2 notes"), (1_200, "1,200 notes")])
def test_a_count_and_its_noun_agree(number: int, said: str) -> None:
    assert count_of(number, "note") == said


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [count_of(number, "entry", "entries") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


def test_a_word_goes_with_its_count() -> None:
    assert [agree(number, "holds", "hold") for number in (0, 1, 2)] == ["hold", "holds", "hold"]
