"""Whether a rate changed between two versions: unpaired samples, paired replays, several modes at once, and power.

Sources: Newcombe 1998b (hybrid score interval); McNemar 1947, Fagerland et al. 2013 (mid-p); Agresti 2002, 10.1.1
(paired difference); Benjamini & Hochberg 1995; Holm 1979; Fleiss 1981 (sample sizes of two proportions).
Two separate intervals that overlap do not say that nothing changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

from evaldash.errors import InvalidInput
from evaldash.stats.intervals import RATE_LEVEL, normal_quantile, wilson

FEW_DISCORDANT = 25  # below, McNemar's chi-square is too rough and the exact binomial is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of two rates with its bounds; None of estimate where there is nothing to compare."""

    estimate: float | None
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Tests of `b` cases that went one way against `c` that went the other; `changed` is False where none did.

    Without a discordant case all p are 1, which says "no case changed", not that the versions are the same.
    """

    chi2: float
    p: float
    chi2_corrected: float
    p_corrected: float
    p_exact: float
    p_mid: float
    p_one_sided_mid: float
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejections:
    """For each p-value whether it is rejected by each method, and its Benjamini-Hochberg q."""

    benjamini_hochberg: tuple[bool, ...]
    bonferroni: tuple[bool, ...]
    holm: tuple[bool, ...]
    q: tuple[float, ...]


def newcombe(x1: int, n1: int, x2: int, n2: int, *, level: float = RATE_LEVEL) -> Difference:
    """Return x1/n1 - x2/n2 with the hybrid score interval, made of the Wilson bounds of each rate."""
    first, second = wilson(x1, n1, level=level), wilson(x2, n2, level=level)
    if first.estimate is None or second.estimate is None:
        return Difference(estimate=None, low=-1.0, high=1.0, level=level, method="newcombe")
    change = first.estimate - second.estimate
    down = sqrt((first.estimate - first.low) ** 2 + (second.high - second.estimate) ** 2)
    up = sqrt((first.high - first.estimate) ** 2 + (second.estimate - second.low) ** 2)
    return Difference(estimate=change, low=change - down, high=change + up, level=level, method="newcombe")


def paired_difference(b: int, c: int, n: int, *, level: float = RATE_LEVEL) -> Difference:
    """Return (b - c)/n with its Wald interval, from `n` cases replayed on both versions; see `paired_se`."""
    if n == 0:
        return Difference(estimate=None, low=-1.0, high=1.0, level=level, method="paired wald")
    reach = normal_quantile(level) * paired_se(b, c, n)
    change = (b - c) / n
    return Difference(estimate=change, low=change - reach, high=change + reach, level=level, method="paired wald")


def paired_se(b: float, c: float, n: float) -> float:
    """Return sqrt((b + c) - (b - c)^2 / n) / n."""
    return sqrt((b + c) - (b - c) ** 2 / n) / n


def agresti_min(b: int, c: int, n: int, *, level: float = RATE_LEVEL) -> Difference:
    """Return the paired difference with 0.5 added to each cell (Agresti & Min 2005), for few discordant cases."""
    found = _wald_bounds(b + 0.5, c + 0.5, n + 2, level=level)
    return Difference(
        estimate=(b - c) / n if n else None, low=found[0], high=found[1], level=level, method="agresti-min"
    )


def mcnemar(b: int, c: int) -> McNemar:
    """Return McNemar's chi-square with and without correction, the exact binomial test and its mid-p, two-sided.

    `p_one_sided_mid` asks whether `b` (say, cases that broke) is too large for a fair coin.
    """
    n = b + c
    if n == 0:
        return McNemar(
            chi2=0.0,
            p=1.0,
            chi2_corrected=0.0,
            p_corrected=1.0,
            p_exact=1.0,
            p_mid=1.0,
            p_one_sided_mid=1.0,
            changed=False,
        )
    chi2, corrected = (b - c) ** 2 / n, max(abs(b - c) - 1, 0) ** 2 / n
    tail, point = _binomial_tail(min(b, c), n), _binomial_point(min(b, c), n)
    return McNemar(
        chi2=chi2,
        p=_chi2_tail(chi2),
        chi2_corrected=corrected,
        p_corrected=_chi2_tail(corrected),
        p_exact=min(1.0, 2 * tail),
        p_mid=min(1.0, 2 * tail - point),
        p_one_sided_mid=_binomial_tail(c, n) - 0.5 * _binomial_point(c, n),
        changed=True,
    )


def multiple(p: Sequence[float], *, alpha: float) -> Rejections:
    """Return which of several p-values are rejected at `alpha`: BH for "which modes moved", Holm for gates."""
    if any(not 0 <= value <= 1 for value in p):
        raise InvalidInput("p-values lie between 0 and 1; check the tests they come from")
    m, order = len(p), sorted(range(len(p)), key=lambda i: p[i])
    q, adjusted = [1.0] * m, [1.0] * m
    running = 1.0
    for rank in range(m, 0, -1):
        running = min(running, p[order[rank - 1]] * m / rank)
        q[order[rank - 1]] = running
    running = 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (m - rank) * p[i]))
        adjusted[i] = running
    return Rejections(
        benjamini_hochberg=tuple(value <= alpha for value in q),
        bonferroni=tuple(value * m <= alpha for value in p),
        holm=tuple(value <= alpha for value in adjusted),
        q=tuple(q),
    )


def power(n: float, p1: float, p2: float, *, alpha: float = 0.05) -> float:
    """Return the chance that two samples of `n` each show a difference of p1 and p2, two-sided at `alpha`."""
    from scipy.special import ndtr

    mean = (p1 + p2) / 2
    spread = sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    if not spread:
        return float(p1 != p2)
    reach = normal_quantile(1 - alpha) * sqrt(2 * mean * (1 - mean))
    return float(ndtr((sqrt(n) * abs(p1 - p2) - reach) / spread))


def sample_size(p1: float, p2: float, *, alpha: float = 0.05, wanted: float = 0.8) -> float:
    """Return the traces needed in each sample, not rounded, for power `wanted`; infinite without a difference."""
    if p1 == p2:
        return float("inf")
    mean = (p1 + p2) / 2
    reach = normal_quantile(1 - alpha) * sqrt(2 * mean * (1 - mean))
    return float(((reach + _upper_quantile(wanted) * sqrt(p1 * (1 - p1) + p2 * (1 - p2))) / (p1 - p2)) ** 2)


def detectable(n: float, base: float, *, alpha: float = 0.05, wanted: float = 0.8) -> float | None:
    """Return the least rise over `base` that two samples of `n` each show with power `wanted`; None where none is.

    "With 100 traces per cycle you can only see changes of roughly 10 to 20 points."
    """
    low, high = 0.0, 1 - base
    if high <= 0 or power(n, base, 1.0, alpha=alpha) < wanted:
        return None
    for _ in range(60):  # bisection far below any figure that is shown
        middle = (low + high) / 2
        low, high = (middle, high) if power(n, base, base + middle, alpha=alpha) < wanted else (low, middle)
    return high


def _wald_bounds(b: float, c: float, n: float, *, level: float) -> tuple[float, float]:
    change, reach = (b - c) / n, normal_quantile(level) * paired_se(b, c, n)
    return max(-1.0, change - reach), min(1.0, change + reach)


def _upper_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def _binomial_tail(k: int, n: int) -> float:
    from scipy.special import bdtr

    return float(bdtr(k, n, 0.5))


def _binomial_point(k: int, n: int) -> float:
    return float(comb(n, k) / 2**n)


def _chi2_tail(value: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(1, value))
