"""Two rates that were estimated by whatever design, and several modes at once: what changed, and what can be said.

The interval of a difference is made of the bounds of both rates (MOVER: Zou & Donner 2008), which is Newcombe's for two
uniform samples; for weighted rates the bounds are those of the design.
"""

from __future__ import annotations

from math import ceil, sqrt

from evaldash.stats.change import Difference, sample_size
from evaldash.stats.intervals import RATE_LEVEL
from evaldash.stats.rates import Rate

MOST_MORE = 100_000  # traces; beyond, "more" is no plan


def rate_difference(before: Rate, after: Rate) -> Difference:
    """Return after - before; without an estimate of either there is none, and the bounds are -1 and 1.

    low = d - sqrt((after - after.low)^2 + (before.high - before)^2), high the other way round.
    """
    a, b = after, before
    if a.estimate is None or b.estimate is None or a.low is None or a.high is None or b.low is None or b.high is None:
        return Difference(estimate=None, low=-1.0, high=1.0, level=RATE_LEVEL, method="mover")
    change = a.estimate - b.estimate
    down = sqrt((a.estimate - a.low) ** 2 + (b.high - b.estimate) ** 2)
    up = sqrt((a.high - a.estimate) ** 2 + (b.estimate - b.low) ** 2)
    return Difference(estimate=change, low=change - down, high=change + up, level=a.level, method="mover")


def rate_p(before: Rate, after: Rate) -> float | None:
    """Return the two-sided p of the pooled score test of two rates at their effective sizes; None without a test."""
    from scipy.special import ndtr

    if before.estimate is None or after.estimate is None or not before.n_eff or not after.n_eff:
        return None
    pooled = (before.estimate * before.n_eff + after.estimate * after.n_eff) / (before.n_eff + after.n_eff)
    spread = sqrt(pooled * (1 - pooled) * (1 / before.n_eff + 1 / after.n_eff))
    return 1.0 if not spread else float(2 * ndtr(-abs(after.estimate - before.estimate) / spread))


def more_needed(before: float, after: float, n: float) -> int | None:
    """Return how many more traces in each of two samples of `n` would show this difference with power 80 %.

    None where the rates are the same, or so near that no sample of a reasonable size would.
    """
    if before == after:
        return None
    more = ceil(sample_size(before, after) - n)
    return max(1, more) if more <= MOST_MORE else None
