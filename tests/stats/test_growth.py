"""Growth of parts: differences with intervals, and what is more than chance when many parts are looked at."""

import numpy as np
import pytest

from evaldash.errors import InvalidInput
from evaldash.stats.growth import FALSE_SHARE, growth


def test_a_part_that_doubled_grew_and_the_others_did_not() -> None:
    found = growth([100, 450, 450], [200, 400, 400], of_before=1000, of_after=1000)
    assert found[0].more_than_chance
    assert found[0].difference.estimate == pytest.approx(0.1)
    assert found[0].difference.low < 0.1 < found[0].difference.high
    assert found[0].q < 0.001


def test_the_difference_is_newcombes() -> None:
    found = growth([48], [56], of_before=80, of_after=70)[0].difference  # Newcombe 1998b, (a): 56/70 - 48/80
    assert found.low == pytest.approx(0.0524, abs=1e-4)
    assert found.high == pytest.approx(0.3339, abs=1e-4)


@pytest.mark.parametrize(
    ("before", "after", "of_before", "of_after"),
    [([0], [0], 10, 10), ([0], [0], 0, 0), ([5], [0], 5, 0), ([7], [9], 7, 9)],
    ids=["in neither", "no traces", "nothing after", "all of both"],
)
def test_where_nothing_can_be_told_nothing_is_claimed(
    before: list[int], after: list[int], of_before: int, of_after: int
) -> None:
    assert not growth(before, after, of_before=of_before, of_after=of_after)[0].more_than_chance


def test_where_nothing_changed_few_parts_are_called_changed() -> None:
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(40))
    called = [
        any(part.more_than_chance for part in growth(a.tolist(), b.tolist(), of_before=2000, of_after=2000))
        for a, b in ((rng.multinomial(2000, shares), rng.multinomial(2000, shares)) for _ in range(200))
    ]
    assert np.mean(called) <= FALSE_SHARE + 3 * np.sqrt(FALSE_SHARE * (1 - FALSE_SHARE) / 200)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="same parts"):
        growth([1], [1, 2], of_before=3, of_after=3)
    with pytest.raises(InvalidInput, match="larger than its sample"):
        growth([4], [1], of_before=3, of_after=3)
