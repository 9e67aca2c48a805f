"""How many modes there are at least: lower bounds and estimates of richness from incidence counts.

Secondary numbers. None of them is "the total": Chao2 bounds it from below, and its interval is often enormous, which
is the honest answer. Sources: Chao 1987 (Chao2); Chiu et al. 2014 (iChao2); Lee & Chao 1994 (ICE); Burnham & Overton
1978 (jackknives); log-normal intervals of Chao 1987. The same formulas on abundance counts (`incidence.of_abundances`)
give Chao1, iChao1 and so on with the factor (n-1)/n.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt

from evaldash.stats.incidence import Estimator, Incidence, delta_variance, log_normal_bounds
from evaldash.stats.intervals import RATE_LEVEL, normal_quantile

LEAST_TRACES = 20  # below, no richness is shown at all
MIN_TRACES = 40  # below, "at least X more modes" says more than the data do
MIN_RARE = 3  # modes seen once or twice that the same sentence needs
RARE_CUTOFF = 10  # ICE: modes in more traces than this are frequent and surely seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Richness:
    """An estimate of the number of modes; `low` and `high` are None where nothing unseen is estimated."""

    estimate: float
    se: float
    low: float | None
    high: float | None
    level: float
    method: str
    observed: int


def is_presentable(data: Incidence) -> bool:
    """Say whether "at least X more modes likely exist" may be shown: 40 traces and 3 rare modes or more."""
    return data.traces >= MIN_TRACES and data.once + data.twice >= MIN_RARE


def chao2(data: Incidence, *, level: float = RATE_LEVEL) -> Richness:
    """Return S + A Q1^2 / (2 Q2), or S + A Q1 (Q1-1) / 2 when no mode was seen twice: a lower bound.

    The variance is the closed form of Chao 1987. Without modes seen once it is S, with variance 0 and no interval.
    """
    q1, q2, a = data.once, data.twice, data.shrink
    if q2 > 0:
        r = q1 / q2
        variance = q2 * (a * r**2 / 2 + a**2 * r**3 + a**2 * r**4 / 4)
    else:
        loss = a**2 * q1**4 / (4 * chao2_point(data)) if data.observed else 0.0
        variance = max(0.0, a * q1 * (q1 - 1) / 2 + a**2 * q1 * (2 * q1 - 1) ** 2 / 4 - loss)
    return _result(data, chao2_point(data), variance, level, "chao2")


def chao2_point(data: Incidence) -> float:
    """Return the Chao2 lower bound alone."""
    return data.observed + unseen_modes(data)


def unseen_modes(data: Incidence) -> float:
    """Return Q0, the least number of modes not seen yet by Chao2."""
    q1, q2 = data.once, data.twice
    return data.shrink * (q1 * q1 / (2 * q2) if q2 > 0 else max(0.0, q1 * (q1 - 1) / 2))


def chao2_bias_corrected(data: Incidence, *, level: float = RATE_LEVEL) -> Richness:
    """Return S + A Q1 (Q1-1) / (2 (Q2+1)), defined for every Q2; variance in closed form."""
    estimate, variance = _bias_corrected(data, data.shrink)
    return _result(data, estimate, variance, level, "chao2 bias-corrected")


def ichao2(data: Incidence, *, level: float = RATE_LEVEL) -> Richness:
    """Return Chao2 improved by the modes seen three and four times (Chiu et al. 2014), Q4 being at least 1."""
    return _by_delta(data, _ichao2_point, level, "ichao2")


def ice(data: Incidence, *, cutoff: int = RARE_CUTOFF, level: float = RATE_LEVEL) -> Richness | None:
    """Return the incidence-based coverage estimator; None where all rare modes were seen once in a single trace."""
    return _coverage_based(data, cutoff, level, "ice", heterogeneity=_cv_squared)


def ice1(data: Incidence, *, cutoff: int = RARE_CUTOFF, level: float = RATE_LEVEL) -> Richness | None:
    """Return ICE with the larger correction meant for very unequal modes (its variation is above about 0.8)."""
    return _coverage_based(data, cutoff, level, "ice-1", heterogeneity=_cv_squared_modified)


def homogeneous(data: Incidence, *, cutoff: int = RARE_CUTOFF, level: float = RATE_LEVEL) -> Richness | None:
    """Return the estimate if all rare modes were equally frequent: S_frequent + S_rare / C_rare."""
    return _coverage_based(data, cutoff, level, "homogeneous", heterogeneity=lambda *_: 0.0)


def jackknife1(data: Incidence, *, level: float = RATE_LEVEL) -> Richness:
    """Return S + Q1 (T-1)/T."""
    return _by_delta(data, lambda d: d.observed + d.once * d.shrink, level, "jackknife 1")


def jackknife2(data: Incidence, *, level: float = RATE_LEVEL) -> Richness:
    """Return S + Q1 (2T-3)/T - Q2 (T-2)^2 / (T(T-1)); it can fall below S, and is S for fewer than two traces."""
    return _by_delta(data, _jackknife2_point, level, "jackknife 2")


def chao1_classic(data: Incidence, *, bias_corrected: bool = True, level: float = RATE_LEVEL) -> Richness:
    """Return Chao1 as EstimateS prints it: without the factor (n-1)/n, and with a bound even where nothing is single.

    Without singletons the interval is that of an unseen share P = exp(-n/S) (EstimateS manual, equation 14).
    """
    if data.once == 0:
        return _no_singletons(data, level)
    q1, q2 = data.once, data.twice
    if q2 == 0:
        estimate = data.observed + q1 * (q1 - 1) / 2
        variance = q1 * (q1 - 1) / 2 + q1 * (2 * q1 - 1) ** 2 / 4 - q1**4 / (4 * estimate)
        return _result(data, estimate, variance, level, "chao1")
    if bias_corrected:
        return _result(data, *_bias_corrected(data, 1.0), level, "chao1 bias-corrected")
    r = q1 / q2
    return _result(data, data.observed + q1 * r / 2, q2 * (r**2 / 2 + r**3 + r**4 / 4), level, "chao1")


def rare_coverage(data: Incidence, *, cutoff: int = RARE_CUTOFF) -> float | None:
    """Return C_rare, the estimated share of rare incidences that belong to known modes; None without rare ones."""
    incidences = sum(j * count for j, count in _rare(data, cutoff).items())
    return 1 - data.once / incidences * turnover(data) if incidences else None


def turnover(data: Incidence) -> float:
    """Return A1, by which Q1/U is shrunk to the unseen mass (Chao & Jost 2012); 0 when one mode alone was seen once."""
    q1, q2, rest = data.once, data.twice, data.traces - 1
    if q2 > 0:
        return rest * q1 / (rest * q1 + 2 * q2)
    return rest * (q1 - 1) / (rest * (q1 - 1) + 2) if q1 > 1 else 0.0


def variation(data: Incidence, *, cutoff: int = RARE_CUTOFF) -> float | None:
    """Return the coefficient of variation of the rare modes' frequencies, 0 where they look equally frequent."""
    coverage = rare_coverage(data, cutoff=cutoff)
    return sqrt(_cv_squared(data, cutoff, coverage)) if coverage else None


def _bias_corrected(data: Incidence, a: float) -> tuple[float, float]:
    q1, d = data.once, data.twice + 1
    variance = (
        a * q1 * (q1 - 1) / (2 * d)
        + a**2 * q1 * (2 * q1 - 1) ** 2 / (4 * d**2)
        + a**2 * q1**2 * data.twice * (q1 - 1) ** 2 / (4 * d**4)
    )
    return data.observed + a * q1 * (q1 - 1) / (2 * d), variance


def _no_singletons(data: Incidence, level: float) -> Richness:
    seen = data.observed
    if not seen:
        return _result(data, 0.0, 0.0, level, "chao1")
    share = exp(-data.traces / seen)
    middle, reach = seen / (1 - share), normal_quantile(level) * sqrt(seen * share / (1 - share))
    return Richness(
        estimate=seen,
        se=sqrt(seen * share * (1 - share)),
        low=max(seen, middle - reach),
        high=middle + reach,
        level=level,
        method="chao1",
        observed=round(seen),
    )


def _ichao2_point(data: Incidence) -> float:
    q3, q4, t = data.q.get(3, 0.0), max(data.q.get(4, 0.0), 1.0), data.traces
    if t < 2:
        return chao2_point(data)
    gain = max(data.once - (t - 3) / (2 * (t - 1)) * data.twice * q3 / q4, 0.0)
    return chao2_point(data) + (t - 3) / (4 * t) * q3 / q4 * gain


def _jackknife2_point(data: Incidence) -> float:
    t = data.traces
    if t < 2:
        return data.observed
    return data.observed + data.once * (2 * t - 3) / t - data.twice * (t - 2) ** 2 / (t * (t - 1))


def _rare(data: Incidence, cutoff: int) -> dict[int, float]:
    return {j: count for j, count in data.q.items() if j <= cutoff}


def _pairs(data: Incidence, cutoff: int) -> float:
    """T/(T-1) times the chance that two rare incidences drawn without replacement show the same mode."""
    rare = _rare(data, cutoff)
    n = sum(j * count for j, count in rare.items())
    same = sum(j * (j - 1) * count for j, count in rare.items())
    return data.traces / (data.traces - 1) * same / (n * (n - 1)) if data.traces > 1 and n > 1 else 0.0


def _cv_squared(data: Incidence, cutoff: int, coverage: float) -> float:
    return max(sum(_rare(data, cutoff).values()) / coverage * _pairs(data, cutoff) - 1, 0.0)


def _cv_squared_modified(data: Incidence, cutoff: int, coverage: float) -> float:
    return _cv_squared(data, cutoff, coverage) * (1 + data.once / coverage * _pairs(data, cutoff))


def _coverage_based(
    data: Incidence, cutoff: int, level: float, method: str, *, heterogeneity: Callable[[Incidence, int, float], float]
) -> Richness | None:
    def point(moved: Incidence) -> float:
        rare, coverage = sum(_rare(moved, cutoff).values()), rare_coverage(moved, cutoff=cutoff)
        frequent = moved.observed - rare
        if not coverage:
            return frequent
        return frequent + rare / coverage + moved.once / coverage * heterogeneity(moved, cutoff, coverage)

    if _rare(data, cutoff) and not rare_coverage(data, cutoff=cutoff):
        return None
    return _by_delta(data, point, level, method)


def _by_delta(data: Incidence, point: Estimator, level: float, method: str) -> Richness:
    estimate = point(data)
    return _result(data, estimate, delta_variance(point, data, classes=estimate), level, method)


def _result(data: Incidence, estimate: float, variance: float, level: float, method: str) -> Richness:
    bounds = log_normal_bounds(data.observed, estimate, variance, level=level) or (None, None)
    return Richness(
        estimate=estimate,
        se=sqrt(variance),
        low=bounds[0],
        high=bounds[1],
        level=level,
        method=method,
        observed=round(data.observed),
    )
