"""Which parts of a whole grew from one version to the next, and whether that is more than chance.

Sources: Newcombe 1998b for the difference of two shares; the pooled z test of two proportions (Fleiss 1981);
Benjamini & Hochberg 1995 over all parts, since many are looked at together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from evaldash.errors import InvalidInput
from evaldash.stats.change import Difference, multiple, newcombe

FALSE_SHARE = 0.1  # of the parts called grown or shrunk that may be so by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A part with its counts in two samples; `difference` is after less before; `q` the Benjamini-Hochberg value."""

    before: int
    of_before: int
    after: int
    of_after: int
    difference: Difference
    q: float
    more_than_chance: bool


def growth(before: Sequence[int], after: Sequence[int], *, of_before: int, of_after: int) -> list[Growth]:
    """Return for each part how its share changed from `of_before` to `of_after` items; the samples are independent.

    Raises InvalidInput where the parts do not go together or one is larger than its whole.
    """
    if len(before) != len(after):
        raise InvalidInput(f"both samples need the same parts, got {len(before)} and {len(after)}")
    pairs = list(zip(before, after, strict=True))
    if any(not (0 <= x <= of_before and 0 <= y <= of_after) for x, y in pairs):
        raise InvalidInput("a part cannot be larger than its sample; count each item once")
    tested = multiple([_p(x, of_before, y, of_after) for x, y in pairs], alpha=FALSE_SHARE)
    return [
        Growth(
            before=x,
            of_before=of_before,
            after=y,
            of_after=of_after,
            difference=newcombe(y, of_after, x, of_before),
            q=q,
            more_than_chance=sure,
        )
        for (x, y), q, sure in zip(pairs, tested.q, tested.benjamini_hochberg, strict=True)
    ]


def _p(x: int, n: int, y: int, m: int) -> float:
    """Return the two-sided p of the pooled z test; 1 where nothing can be told."""
    from scipy.special import ndtr

    if not n or not m:
        return 1.0
    pooled = (x + y) / (n + m)
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * ndtr(-abs(x / n - y / m) / spread)) if spread else 1.0
