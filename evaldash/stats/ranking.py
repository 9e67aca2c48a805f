"""Which of several rates rank before which, when all are looked at together.

Intervals at level 1 - (1 - level) / m (Bonferroni) hold for all m rates at once; a rate surely ranks before another
only where its interval lies above that of the other (Goodman 1965).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.stats.intervals import RATE_LEVEL, normal_quantile, wilson_bounds


@dataclass(frozen=True, slots=True)
class Ranks:
    """The best and the worst rank that a rate may have, from 1."""

    best: int
    worst: int


def rank_ranges(shares: Sequence[tuple[float, float]], *, level: float = RATE_LEVEL) -> tuple[Ranks, ...]:
    """Return for each (rate, effective n) the ranks it may have, by score intervals that hold for all at once."""
    if not shares:
        return ()
    z = normal_quantile(1 - (1 - level) / len(shares))
    bounds = [wilson_bounds(p, n, z=z) if n > 0 else (0.0, 1.0) for p, n in shares]
    return tuple(
        Ranks(
            best=1 + sum(other_low > high for other_low, _ in bounds),
            worst=len(bounds) - sum(other_high < low for _, other_high in bounds),
        )
        for low, high in bounds
    )
