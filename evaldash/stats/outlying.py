"""Numbers that lie far from the rest: the modified z-score of Iglewicz & Hoaglin 1993, for metrics of traces."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

FAR = 3.5  # the threshold its authors recommend
NORMAL_MAD = 0.6745  # the MAD of a standard normal


def modified_z(values: Sequence[float]) -> list[float] | None:
    """Return 0.6745 (x - median) / MAD for each value; None where the MAD is 0 and nothing can be called far."""
    if not values:
        return []
    middle = median(values)
    spread = median_deviation(values)
    return [NORMAL_MAD * (value - middle) / spread for value in values] if spread else None


def median_deviation(values: Sequence[float]) -> float:
    """Return the MAD: the median of the absolute distances from the median."""
    middle = median(values)
    return median(abs(value - middle) for value in values)
