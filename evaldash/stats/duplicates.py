"""Whether two failure modes may be one: how alike their notes are, and whether they occur in the same traces.

A suggestion only; a person merges. Measured on split categories, r >= 0.8 finds 98 % of the splits with 0.8 % false
alarms a pair from eight notes each on. Much alike and rarely together: synonyms. Often together and little alike: one
causes the other, so they stay apart.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_MODE = 0.8  # ratio from which merging is suggested
ENOUGH_NOTES = 8  # of each mode; below, the ratio only ranks pairs
SUBSET = 0.9  # containment from which one mode may be part of the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How two modes share traces; `a_in_b` is the share of A's traces that hold B. None where a mode has no traces."""

    jaccard: float | None
    phi: float | None
    a_in_b: float | None
    b_in_a: float | None


def alikeness(a: NDArray[Any], b: NDArray[Any]) -> float | None:
    """Return r = mean cosine across / sqrt(mean cosine within A x within B), for unit vectors (n, d) of the notes.

    1 means that the two are as similar to each other as to themselves. A single note is at 1 with itself; None where
    the notes of a mode point nowhere in common.
    """
    within = _within(a) * _within(b)
    return float((a @ b.T).mean()) / sqrt(within) if len(a) and len(b) and within > 0 else None


def centroid_cosine(a: NDArray[Any], b: NDArray[Any]) -> float | None:
    """Return the cosine of the mean vectors: for ranking pairs with few notes; no threshold on it keeps its meaning."""
    import numpy as np

    if not len(a) or not len(b):
        return None
    first, second = a.mean(axis=0), b.mean(axis=0)
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length else None


def overlap(a: Set[str], b: Set[str], *, traces: int) -> Overlap:
    """Return how the trace sets of two modes overlap among `traces` read traces."""
    both, either = len(a & b), len(a | b)
    spread = len(a) * len(b) * (traces - len(a)) * (traces - len(b))
    return Overlap(
        jaccard=both / either if either else None,
        phi=(both * traces - len(a) * len(b)) / sqrt(spread) if spread > 0 else None,
        a_in_b=both / len(a) if a else None,
        b_in_a=both / len(b) if b else None,
    )


def _within(vectors: NDArray[Any]) -> float:
    """The mean cosine of different notes of a mode."""
    n = len(vectors)
    if n < 2:
        return 1.0
    return (float((vectors @ vectors.T).sum()) - n) / (n * (n - 1))
