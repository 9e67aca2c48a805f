"""Cases that ran on two versions, some of them several times: the unit is the case, by the mean of its runs.

Runs of one input are not independent, so n times k of them must not count as so many. Each case gives one difference d,
after less before, from -1 to 1. With one run a side d is -1, 0 or 1, and all of this is the paired comparison of
`evaldash.stats.change`: Wald's or Agresti & Min's interval and McNemar's mid-p. Sources: Agresti & Min 2005; Fisher
1935 (sign flips: without a change, each d is as likely to be -d); Connor 1987 (how many pairs).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

from evaldash.stats.change import FEW_DISCORDANT, Difference, mcnemar
from evaldash.stats.comparing import MOST_MORE
from evaldash.stats.intervals import RATE_LEVEL, normal_quantile

GRID = 1000  # sums of flipped differences are told apart by a thousandth
POWER = 0.8


def case_change(differences: Sequence[float], *, level: float = RATE_LEVEL) -> Difference:
    """Return the mean of d with SE sqrt(sum d^2 - (sum d)^2 / n) / n.

    With fewer than 25 changed cases half a case is added to either side and one to the unchanged (Agresti & Min), so
    that few cases cannot look sure of themselves. Without a case there is no estimate, and the bounds are -1 and 1.
    """
    n, changed = len(differences), sum(d != 0 for d in differences)
    if not n:
        return Difference(estimate=None, low=-1.0, high=1.0, level=level, method="paired cases")
    total, squares = sum(differences), sum(d * d for d in differences)
    added = 1.0 if changed < FEW_DISCORDANT else 0.0
    whole = n + 2 * added
    reach = normal_quantile(level) * sqrt(max(squares + added - total**2 / whole, 0.0)) / whole
    middle = total / whole
    return Difference(
        estimate=total / n, low=max(-1.0, middle - reach), high=min(1.0, middle + reach), level=level,
        method="paired cases",
    )  # fmt: skip


def case_p(differences: Sequence[float]) -> float | None:
    """Return the two-sided mid-p of the sum of d under sign flips; None where no case changed.

    Where each case ran once it is McNemar's. Else exact (to a thousandth of d) below 25 changed cases, and beyond them
    by the normal approximation sum d / sqrt(sum d^2).
    """
    changed = [d for d in differences if d]
    total = sum(changed)
    if not changed:
        return None
    if all(abs(d) == 1 for d in changed):
        return mcnemar(changed.count(1), changed.count(-1)).p_mid
    if len(changed) >= FEW_DISCORDANT:
        from scipy.special import ndtr

        return float(2 * ndtr(-abs(total) / sqrt(sum(d * d for d in changed))))
    steps = [round(d * GRID) for d in changed]
    reached, chances = abs(sum(steps)), _flipped([abs(step) for step in steps])
    if not reached:
        return 1.0
    beyond = sum(chance for place, chance in chances.items() if abs(place) > reached)
    return beyond + sum(chances.get(place, 0.0) for place in (reached, -reached)) / 2


def more_cases(differences: Sequence[float], *, alpha: float = 0.05) -> int | None:
    """Return how many more cases would show a mean difference such as this with power 80 %; None where none would.

    n = ((z_a sqrt(psi) + z_b sqrt(psi - d^2)) / d)^2, psi the mean of d^2 (Connor 1987).
    """
    from scipy.special import ndtri

    n, total = len(differences), sum(differences)
    if not total:
        return None
    mean, psi = total / n, sum(d * d for d in differences) / n
    reach = normal_quantile(1 - alpha) * sqrt(psi) + float(ndtri(POWER)) * sqrt(max(psi - mean**2, 0.0))
    more = ceil((reach / mean) ** 2 - n)
    return max(1, more) if more <= MOST_MORE else None


def _flipped(steps: Sequence[int]) -> dict[int, float]:
    """Return the chance of each sum when every step goes up or down by the toss of a coin."""
    chances = {0: 1.0}
    for step in steps:
        after: dict[int, float] = {}
        for place, chance in chances.items():
            for reached in (place + step, place - step):
                after[reached] = after.get(reached, 0.0) + chance / 2
        chances = after
    return chances
