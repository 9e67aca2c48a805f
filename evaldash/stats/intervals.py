"""Intervals for one proportion: Wilson for what is shown, Clopper-Pearson for bounds, Jeffreys for comparison.

Sources: Wilson 1927; Clopper & Pearson 1934; Brown, Cai & DasGupta 2001. The Wald interval is left out on purpose:
at the small counts of error analysis it covers far less than it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from evaldash.errors import InvalidInput

RATE_LEVEL = 0.95  # two-sided, what pages show beside a rate
BOUND_LEVEL = (
    0.975  # one-sided, of the headline; simulated cover of the missed mass is 95.5 to 96.5 %: "about 95 % sure"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A share between 0 and 1 with its bounds; `estimate` is None where there is nothing to estimate it from."""

    estimate: float | None
    low: float
    high: float
    level: float
    method: str
    n: int


def wilson(x: int, n: int, *, level: float = RATE_LEVEL) -> Interval:
    """Return the score interval of `x` of `n`: the bounds p that solve |x/n - p| = z sqrt(p(1-p)/n).

    `n = 0` gives [0, 1] without an estimate; `x = 0` has the low bound 0 exactly, `x = n` the high bound 1.
    """
    _check(x, n, level)
    if n == 0:
        return _nothing(level, "wilson")
    low, high = wilson_bounds(x / n, n, z=normal_quantile(level))
    return Interval(estimate=x / n, low=low, high=high, level=level, method="wilson", n=n)


def wilson_of_share(share: float, n_eff: float, *, level: float = RATE_LEVEL, n: int) -> Interval:
    """Return the score interval of a weighted share that is worth `n_eff` traces drawn uniformly, from `n` traces read.

    `n_eff` need not be whole; 0 gives [0, 1].
    """
    if n_eff <= 0:
        return _nothing(level, "wilson")
    low, high = wilson_bounds(share, n_eff, z=normal_quantile(level))
    return Interval(estimate=share, low=low, high=high, level=level, method="wilson", n=n)


def wilson_bounds(p: float, n: float, *, z: float) -> tuple[float, float]:
    """Return the score bounds of the share `p` of `n` traces; `n` may be an effective size, `z` a t quantile."""
    middle = p + z * z / (2 * n)
    reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if p == 0 else max(0.0, (middle - reach) / scale)
    high = 1.0 if p == 1 else min(1.0, (middle + reach) / scale)
    return low, high


def clopper_pearson(x: int, n: int, *, level: float = RATE_LEVEL) -> Interval:
    """Return the exact two-sided interval: Beta quantiles (x, n-x+1) and (x+1, n-x); covers at least `level`."""
    _check(x, n, level)
    if n == 0:
        return _nothing(level, "clopper-pearson")
    tail = (1 - level) / 2
    low = _beta_quantile(tail, x, n - x + 1) if x > 0 else 0.0
    return Interval(
        estimate=x / n, low=low, high=upper_bound(x, n, level=1 - tail), level=level, method="clopper-pearson", n=n
    )


def upper_bound(x: int, n: int, *, level: float) -> float:
    """Return the one-sided Clopper-Pearson upper bound, the Beta(x+1, n-x) quantile at `level`.

    It is 1 when `n = 0` or `x = n`, and 1 - (1-level)^(1/n) when `x = 0`.
    """
    _check(x, n, level)
    return 1.0 if x >= n else _beta_quantile(level, x + 1, n - x)


def jeffreys(x: int, n: int, *, level: float = RATE_LEVEL) -> Interval:
    """Return the equal-tailed posterior under Beta(1/2, 1/2), with low 0 at `x = 0` and high 1 at `x = n`."""
    _check(x, n, level)
    if n == 0:
        return _nothing(level, "jeffreys")
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else _beta_quantile(tail, x + 0.5, n - x + 0.5)
    high = 1.0 if x == n else _beta_quantile(1 - tail, x + 0.5, n - x + 0.5)
    return Interval(estimate=x / n, low=low, high=high, level=level, method="jeffreys", n=n)


def normal_quantile(level: float) -> float:
    """Return z such that a standard normal lies within -z and z with probability `level` (0.95: 1.95996)."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))


def t_quantile(level: float, df: float) -> float:
    """Return the two-sided Student t quantile at `level`; without degrees of freedom, the normal one."""
    if df <= 0:
        return normal_quantile(level)
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + level / 2))


def _beta_quantile(q: float, a: float, b: float) -> float:
    from scipy.special import betaincinv

    return float(betaincinv(a, b, q))


def _nothing(level: float, method: str) -> Interval:
    return Interval(estimate=None, low=0.0, high=1.0, level=level, method=method, n=0)


def _check(x: int, n: int, level: float) -> None:
    if not 0 <= x <= n:
        raise InvalidInput(f"a count must lie between 0 and n, got {x} of {n}; count each trace once")
    if not 0 < level < 1:
        raise InvalidInput(f"level must lie between 0 and 1, got {level}; 0.95 is usual")
