"""Sizes of strata: the reference cases, and rules that hold for any frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.errors import InvalidInput
from evaldash.sampling import Allocation, allocate

CASES = Path(__file__).parents[2] / "../shared/stats/sampling_design.json"
BY_EXPONENT = {1.0: Allocation.PROPORTIONAL, 0.5: Allocation.SQRT, 0.0: Allocation.EQUAL}


def reference_cases() -> list[dict[str, Any]]:
    if not CASES.exists():
        return []
    found = json.loads(CASES.read_text())
    cases = found["cases"] if isinstance(found, dict) else found
    return [case for case in cases if case["function"] == "power_allocation"]


@pytest.mark.skipif(not CASES.exists(), reason="the reference cases ../shared/stats are not here")
@pytest.mark.parametrize("case", reference_cases(), ids=lambda case: case["id"])
def test_reference_cases(case: dict[str, Any]) -> None:
    given_, least = case["input"], case["input"].get("min_per_stratum", 0)
    found = allocate(given_["N_h"], given_["n"], allocation=BY_EXPONENT[given_["a"]], least=least)
    assert found == case["expected"]["n_h"]


@given(
    sizes=st.lists(st.integers(1, 500), min_size=1, max_size=30),
    total=st.integers(1, 600),
    allocation=st.sampled_from(Allocation),
    data=st.data(),
)
def test_sums_caps_and_floors_hold(sizes: list[int], total: int, allocation: Allocation, data: st.DataObject) -> None:
    rates = data.draw(st.lists(st.floats(0, 1), min_size=len(sizes), max_size=len(sizes)))
    counts = allocate(sizes, total, allocation=allocation, rates=rates)
    assert sum(counts) == min(total, sum(sizes))
    assert all(0 <= count <= size for count, size in zip(counts, sizes, strict=True))
    if total >= sum(min(size, 2) for size in sizes):
        assert all(count >= min(size, 2) for count, size in zip(counts, sizes, strict=True))


@pytest.mark.parametrize(
    ("sizes", "total", "counts"),
    [
        pytest.param([100, 3, 50], 2, [1, 0, 1], id="too few for all: the largest first"),
        pytest.param([100, 3, 50], 4, [2, 1, 1], id="too few for two each: one each first"),
        pytest.param([100, 1, 1], 50, [48, 1, 1], id="no more than there are"),
    ],
)
def test_small_totals(sizes: list[int], total: int, counts: list[int]) -> None:
    assert allocate(sizes, total, allocation=Allocation.SQRT) == counts


def test_neyman_needs_rates() -> None:
    with pytest.raises(InvalidInput, match="failure rate of each of 2 strata, got 0"):
        allocate([5, 5], 4, allocation=Allocation.NEYMAN)
