"""How the number of modes seen grows with reading: rarefaction, extrapolation, coverage along the way.

Order-free: the curve is the average over all orders in which the traces could have been read. Sources: Colwell et al.
2012 (curves, unconditional variance); Chao & Jost 2012 (coverage); Good & Toulmin 1956; Good 1953, Robbins 1968. On
abundance counts (`incidence.of_abundances`) the same functions give the individual-based curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log, sqrt

from evaldash.errors import InvalidInput
from evaldash.stats.incidence import Incidence, delta_variance
from evaldash.stats.intervals import RATE_LEVEL, normal_quantile
from evaldash.stats.richness import chao2_point, turnover, unseen_modes


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Expected number of modes after `traces` random traces, with the band of the unconditional variance."""

    traces: float
    modes: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedNew:
    """Modes expected to be new in the next `traces` random traces, and the range in which they may well lie.

    The range joins the error of the estimate with the play of the draw itself, so it is one for the count that will be
    seen; `level` is nominal: simulated, 95 % covers 83 % (few modes left) to 97 %. With no mode seen once it is 0 to 0
    although something may be left, so show it only beside the bound of the headline.
    """

    traces: int
    modes: float
    low: float
    high: float
    level: float


def modes_after(data: Incidence, t: float) -> float:
    """Return S(t), the expected modes in `t` random traces; rarefied up to T, extrapolated towards Chao2 beyond.

    S(t) = sum_k [1 - C(T-Y_k, t) / C(T, t)], with gamma functions so that t may be fractional;
    S(T+m) = S_obs + Q0 (1 - (1 - Q1/(T Q0 + Q1))^m).
    """
    if t > data.traces:
        return data.observed + _gain(data, t - data.traces)
    return sum(count * (1 - _missed(data.traces, y, t)) for y, count in data.q.items())


def rarefaction(data: Incidence, *, points: int = 60, level: float = RATE_LEVEL) -> tuple[CurvePoint, ...]:
    """Return the rarefaction curve at up to `points` whole numbers of traces from 0 to T; empty when nothing was read.

    The band is that of Colwell et al. 2012: var = sum_k (1 - a_k(t))^2 - S(t)^2 / S_est, with S_est by Chao2.
    It says how much the curve would move with other random traces, so it does not close at t = T.
    """
    if not data.traces:
        return ()
    steps = min(data.traces, max(points - 1, 1))
    z, total = normal_quantile(level), chao2_point(data)
    return tuple(_curve_point(data, round(i * data.traces / steps), z, total) for i in range(steps + 1))


def expected_new(data: Incidence, m: int, *, level: float = RATE_LEVEL) -> ExpectedNew:
    """Return how many modes the next `m` random traces should add; `m` is cut to T, beyond which the bias is large."""
    m = max(0, min(m, data.traces))
    modes = _gain(data, m)
    variance = modes + delta_variance(lambda moved: _gain(moved, m), data, classes=chao2_point(data))
    reach = normal_quantile(level) * sqrt(variance)
    return ExpectedNew(traces=m, modes=modes, low=max(0.0, modes - reach), high=modes + reach, level=level)


def coverage(data: Incidence) -> float | None:
    """Return the share of failure incidences (not of traces) that belong to known modes: 1 - Q1/U A1.

    None when no mode was seen: nothing is known then, least of all that everything is covered. Meant as the axis on
    which cycles of different size are compared, not as a rule for stopping.
    """
    return 1 - data.once / data.total * turnover(data) if data.total else None


def coverage_after(data: Incidence, t: float) -> float | None:
    """Return the expected coverage after `t` random traces, interpolated up to T and extrapolated beyond."""
    if not data.total:
        return None
    if t >= data.traces:
        return 1 - data.once / data.total * float(turnover(data) ** (t - data.traces + 1))
    missed = sum(y * count * _missed(data.traces - 1, y - 1, t, held=y) for y, count in data.q.items())
    return 1 - missed / data.total


def traces_for_coverage(data: Incidence, share: float) -> float | None:
    """Return the (fractional) number of random traces whose expected coverage is `share`; None where it is not reached.

    Used to compare cycles at equal coverage instead of equal effort.
    """
    now = coverage(data)
    if now is None or not 0 <= share < 1:
        return None
    if share <= now:
        return _solve_below(data, share)
    rate = turnover(data)
    if not 0 < rate < 1:
        return None
    return data.traces + log(data.total / data.once * (1 - share)) / log(rate) - 1


def good_toulmin(frequencies: Sequence[float], t: float) -> float:
    """Return the classes expected to be new when the effort grows by the fraction `t` (0 to 1): sum (-1)^(j+1) t^j f_j.

    `frequencies` holds f_1, f_2, …. The series diverges beyond 1, so `t` above 1 is refused.
    """
    if not 0 <= t <= 1:
        raise InvalidInput(f"t must lie between 0 and 1, got {t}; beyond a doubling the series diverges")
    return float(sum((-1) ** (j + 1) * t**j * f for j, f in enumerate(frequencies, start=1)))


def good_toulmin_sd(frequencies: Sequence[float], t: float = 1.0) -> float:
    """Return the standard deviation of `good_toulmin`: sqrt(sum f_j t^(2j)) for Poisson frequencies."""
    return sqrt(sum(f * t ** (2 * j) for j, f in enumerate(frequencies, start=1)))


def singleton_share(data: Incidence) -> float | None:
    """Return f1/n, Good's chance that one more draw is a new class; for modes of traces use `saturation` instead.

    None when nothing was drawn.
    """
    return data.once / data.total if data.total else None


def _gain(data: Incidence, m: float) -> float:
    unseen = unseen_modes(data)
    if unseen <= 0:
        return 0.0
    return float(unseen * (1 - (1 - data.once / (data.traces * unseen + data.once)) ** m))


def _curve_point(data: Incidence, t: int, z: float, total: float) -> CurvePoint:
    modes = modes_after(data, t)
    squares = sum(count * (1 - _missed(data.traces, y, t)) ** 2 for y, count in data.q.items())
    reach = z * sqrt(max(0.0, squares - modes * modes / total)) if total else 0.0
    return CurvePoint(traces=t, modes=modes, low=max(0.0, modes - reach), high=modes + reach)


def _missed(total: int, y: int, t: float, *, held: int | None = None) -> float:
    """C(total - y', t) / C(total, t): the chance that t of `total` traces miss a mode; `held` counts from T itself."""
    left = total - y if held is None else total + 1 - held
    if left < t:
        return 0.0
    return exp(_log_choose(left, t) - _log_choose(total, t))


def _log_choose(n: float, t: float) -> float:
    return lgamma(n + 1) - lgamma(t + 1) - lgamma(n - t + 1) if n >= t else -inf


def _solve_below(data: Incidence, share: float) -> float:
    """Bisect: coverage rises with t, and 60 halvings of T leave far less than a trace."""
    low, high = 0.0, float(data.traces)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (coverage_after(data, middle) or 0.0) < share else (low, middle)
    return high
