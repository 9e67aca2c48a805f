"""Rates of failure by the way the traces were drawn: uniform, weighted, or not estimable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.stats.intervals import RATE_LEVEL, wilson, wilson_of_share

UNIFORM, WEIGHTED, NOT_ESTIMABLE = "uniform", "weighted", "not estimable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate with its basis; where it is not estimable the numbers are None. `n` traces carry it."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str | None
    n: int
    n_eff: float | None
    basis: str


def uniform_rate(x: int, n: int, *, level: float = RATE_LEVEL) -> Rate:
    """Return the rate of x among n traces drawn at random, with its Wilson interval; n = 0 is not estimable."""
    if n == 0:
        return not_estimable(0, level=level)
    found = wilson(x, n, level=level)
    return Rate(
        estimate=found.estimate, low=found.low, high=found.high, level=level, method="wilson", n=n, n_eff=float(n),
        basis=UNIFORM,
    )  # fmt: skip


def weighted_rate(holds: Sequence[bool], probabilities: Sequence[float], *, level: float = RATE_LEVEL) -> Rate:
    """Return the Hajek mean sum(w y) / sum(w), w = 1 / pi, with Wilson on the effective n (Lumley, survey; Kish 1965).

    var = n / (n - 1) sum (z - mean z)^2 with z = w (y - p) / sum w. Where var is 0 or p is 0 or 1 the effective n is
    Kish's (sum w)^2 / sum w^2; it is never more than n.
    """
    n = len(holds)
    if n == 0:
        return not_estimable(0, level=level)
    weights = [1 / probability for probability in probabilities]
    total = sum(weights)
    share = sum(weight for weight, held in zip(weights, holds, strict=True) if held) / total
    n_eff = min(float(n), _effective_n(holds, weights, share))
    found = wilson_of_share(share, n_eff, level=level, n=n)
    return Rate(
        estimate=share, low=found.low, high=found.high, level=level, method="hajek, wilson on effective n", n=n,
        n_eff=n_eff, basis=WEIGHTED,
    )  # fmt: skip


def not_estimable(n: int, *, level: float = RATE_LEVEL) -> Rate:
    """Return the rate that cannot be known: its traces were not drawn in a way that lets one compute it."""
    return Rate(estimate=None, low=None, high=None, level=level, method=None, n=n, n_eff=None, basis=NOT_ESTIMABLE)


def kish_n_eff(weights: Sequence[float]) -> float:
    """Return Kish's effective sample size (sum w)^2 / sum w^2."""
    return sum(weights) ** 2 / sum(weight**2 for weight in weights)


def _effective_n(holds: Sequence[bool], weights: Sequence[float], share: float) -> float:
    n, total = len(holds), sum(weights)
    if n < 2 or share in (0, 1):
        return kish_n_eff(weights)
    z = [weight * (held - share) / total for weight, held in zip(weights, holds, strict=True)]
    mean = sum(z) / n
    variance = n / (n - 1) * sum((value - mean) ** 2 for value in z)
    return share * (1 - share) / variance if variance > 0 else kish_n_eff(weights)
