"""Whether a new version may pass: a paired test on a fixed set of cases, and evidence that may be looked at any time.

"Fail if the pass rate dropped" raises 45 % false alarms on 100 cases; the one-sided mid-p test of McNemar 5 %. A gate
never passes for lack of power: it passes only when a drop of the tolerated size can be excluded. Sources: Robbins 1970
and Ville 1939 (e-values); Pocock 1977, O'Brien & Fleming 1979, Jennison & Turnbull 2000 (planned looks).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log

from evaldash.stats.change import agresti_min, mcnemar

ALPHA = 0.05
TOLERANCE = 0.02  # of the pass rate: smaller drops are not worth a stop
FEW_CASES = 50  # below, the verdict is advice only


class GateVerdict(StrEnum):
    """Block, warn (cannot tell), or pass (a drop of the tolerated size is excluded)."""

    BLOCK = "block"
    WARN = "warn"
    PASS = "pass"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The verdict on `n` cases of which `drop` fewer passed, with the one-sided p, the e-value and the drop's bound."""

    verdict: GateVerdict
    drop: float
    drop_upper: float
    p: float
    e: float
    advisory: bool


def paired_gate(broke: int, mended: int, n: int, *, tolerance: float = TOLERANCE, alpha: float = ALPHA) -> Gate:
    """Judge a new version by the cases it `broke` and `mended` among `n` that ran on both.

    Block: p <= alpha and the drop is at least `tolerance`. Pass: the upper bound of the drop is below `tolerance`.
    Anything between is a warning: these cases cannot tell.
    """
    drop = (broke - mended) / n if n else 0.0
    p = mcnemar(broke, mended).p_one_sided_mid
    upper = agresti_min(broke, mended, n, level=1 - 2 * alpha).high if n else 1.0
    if p <= alpha and drop >= tolerance:
        verdict = GateVerdict.BLOCK
    else:
        verdict = GateVerdict.PASS if upper < tolerance else GateVerdict.WARN
    e = evalue(broke, mended, one_sided=True)
    return Gate(verdict=verdict, drop=drop, drop_upper=upper, p=p, e=e, advisory=n < FEW_CASES)


def evalue(b: int, c: int, *, one_sided: bool = False) -> float:
    """Return e = 2^(b+c) B(b+1, c+1): evidence against a fair coin that may be looked at after every case.

    Reject at 1/alpha (20 for 5 %) whenever it is reached. One-sided it is multiplied by 2 P(Beta(b+1, c+1) > 1/2),
    which only counts `b` being the larger.
    """
    e = exp((b + c) * log(2) + lgamma(b + 1) + lgamma(c + 1) - lgamma(b + c + 2))
    if not one_sided:
        return e
    from scipy.special import betainc

    return e * 2 * (1 - float(betainc(b + 1, c + 1, 0.5)))


def pocock(looks: int, *, alpha: float = ALPHA) -> float:
    """Return the constant |z| that is the boundary at each of `looks` equally spaced looks (two-sided `alpha`)."""
    return _boundary([1.0] * looks, alpha)


def obrien_fleming(looks: int, *, alpha: float = ALPHA) -> float:
    """Return C such that the boundary at look k of K is C sqrt(K/k): hard to cross early, near the usual at the end."""
    return _boundary([(looks / k) ** 0.5 for k in range(1, looks + 1)], alpha)


def _boundary(shape: list[float], alpha: float) -> float:
    low, high = 1.0, 6.0
    for _ in range(40):  # to far below the three decimals that are printed
        middle = (low + high) / 2
        low, high = (middle, high) if _crossing([middle * s for s in shape]) > alpha else (low, middle)
    return high


def _crossing(bounds: list[float]) -> float:
    """The chance that |S_k| / sqrt(k) passes its bound at some look, by integrating the density of S on a grid."""
    import numpy as np

    grid = np.linspace(-bounds[0], bounds[0], _GRID)
    density = np.exp(-grid * grid / 2) / np.sqrt(2 * np.pi)
    for k, bound in enumerate(bounds[1:], start=2):
        reach = bound * k**0.5
        after = np.linspace(-reach, reach, _GRID)
        step = np.exp(-((after[:, None] - grid[None]) ** 2) / 2) / np.sqrt(2 * np.pi)
        density = np.trapezoid(step * density[None], grid, axis=1)
        grid = after
    return 1 - float(np.trapezoid(density, grid))


_GRID = 401  # points; the boundary is then right to 1e-4
