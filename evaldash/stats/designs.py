"""Means, totals and rates by the design of the sample: stratified, take-all, or drawn with unequal chances.

Design-based: the randomness is that of the draw, so what was picked by hand has no place here. Sources: Cochran 1977
(stratification); Horvitz & Thompson 1952; Hajek 1971; Kish 1965 (effective size); Lumley 2010 (linearisation). A rate's
interval is Wilson's at the effective size p(1-p)/var, with the t quantile at n minus the number of strata; it covered
94 % in simulation where the naive pooled interval covered 13 %.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from evaldash.errors import InvalidInput
from evaldash.stats.intervals import RATE_LEVEL, normal_quantile, t_quantile, wilson_bounds
from evaldash.stats.rates import NOT_ESTIMABLE, WEIGHTED, Rate, kish_n_eff


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """A stratum of `size` units of which `n` were read, with their mean and variance (divisor n - 1)."""

    n: int
    size: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A stratum of `size` traces: `read` of them at random, `failures` among those. `read == size`: taken whole."""

    name: str
    size: int
    read: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean or total with its standard error; `df` degrees of freedom for Student's t."""

    value: float
    se: float
    df: int

    def normal_bounds(self, *, level: float = RATE_LEVEL) -> tuple[float, float]:
        """Return the bounds by the normal quantile."""
        reach = normal_quantile(level) * self.se
        return self.value - reach, self.value + reach

    def t_bounds(self, *, level: float = RATE_LEVEL) -> tuple[float, float]:
        """Return the bounds by Student's t at `df`."""
        reach = t_quantile(level, self.df) * self.se
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedRate:
    """A rate over strata, and in `notes` what had to be assumed, one sentence each."""

    rate: Rate
    se: float
    notes: tuple[str, ...] = ()


def stratified_mean(strata: Sequence[Moments]) -> Estimate:
    """Return sum W_h mean_h with var = sum W_h^2 (1 - n_h/N_h) s_h^2 / n_h, W_h = N_h / N."""
    frame = sum(stratum.size for stratum in strata)
    if not frame or any(not 0 < stratum.n <= stratum.size for stratum in strata):
        raise InvalidInput("each stratum needs 1 to N_h units read; join those without with a neighbour")
    value = sum(stratum.size / frame * stratum.mean for stratum in strata)
    variance = sum((item.size / frame) ** 2 * (1 - item.n / item.size) * item.variance / item.n for item in strata)
    return Estimate(value=value, se=sqrt(variance), df=sum(stratum.n for stratum in strata) - len(strata))


def stratified_total(strata: Sequence[Moments]) -> Estimate:
    """Return N times the stratified mean, with its standard error."""
    frame, mean = sum(stratum.size for stratum in strata), stratified_mean(strata)
    return Estimate(value=frame * mean.value, se=frame * mean.se, df=mean.df)


def stratified_rate(strata: Sequence[Stratum], *, level: float = RATE_LEVEL) -> StratifiedRate:
    """Return the rate of the whole frame from strata read at random or taken whole.

    A stratum with one trace read has no variance and is joined with the one nearest in size; a stratum not read at all
    leaves its share open, so that there is only a range, from all its traces passing to all failing. Notes say so.
    """
    unread = [stratum for stratum in strata if stratum.size and not stratum.read]
    joined, notes = _join_single([stratum for stratum in strata if stratum.read])
    n = sum(stratum.read for stratum in joined)
    if not joined:
        nothing = Rate(
            estimate=None, low=None, high=None, level=level, method=None, n=0, n_eff=None, basis=NOT_ESTIMABLE
        )
        return StratifiedRate(rate=nothing, se=0.0, notes=("No stratum was read.",))
    mean = stratified_mean([_moments(stratum) for stratum in joined])
    n_eff = _effective_n(joined, mean)
    low, high = _bounds(joined, mean, n_eff, level)
    rate = Rate(
        estimate=mean.value,
        low=low,
        high=high,
        level=level,
        method="stratified, wilson on effective n",
        n=n,
        n_eff=n_eff,
        basis=WEIGHTED,
    )
    if unread:
        rate, note = _with_unread(rate, strata, unread)
        notes = (*notes, note)
    return StratifiedRate(rate=rate, se=mean.se, notes=notes)


def weighted_mean(y: Sequence[float], w: Sequence[float], *, strata: Sequence[Hashable] | None = None) -> Estimate:
    """Return the Hajek mean sum(w y) / sum(w), with weights 1/pi, linearised and drawn as if with replacement.

    z_i = w_i (y_i - mean) / sum w; var = sum over strata of n/(n-1) sum (z_i - zbar)^2. A stratum with one value adds
    nothing to the variance.
    """
    _check_weights(y, w)
    value = sum(a * b for a, b in zip(y, w, strict=True)) / sum(w)
    z = [weight * (item - value) / sum(w) for item, weight in zip(y, w, strict=True)]
    groups = _groups(z, strata)
    return Estimate(value=value, se=sqrt(sum(map(_spread, groups))), df=len(z) - len(groups))


def weighted_total(y: Sequence[float], w: Sequence[float], *, strata: Sequence[Hashable] | None = None) -> Estimate:
    """Return the Horvitz-Thompson total sum(w y), its standard error as if drawn with replacement."""
    _check_weights(y, w)
    groups = _groups([a * b for a, b in zip(y, w, strict=True)], strata)
    return Estimate(value=sum(map(sum, groups)), se=sqrt(sum(map(_spread, groups))), df=len(y) - len(groups))


def _moments(stratum: Stratum) -> Moments:
    p, n = stratum.failures / stratum.read, stratum.read
    return Moments(n=n, size=stratum.size, mean=p, variance=p * (1 - p) * n / (n - 1) if n > 1 else 0.0)


def _join_single(strata: Sequence[Stratum]) -> tuple[list[Stratum], tuple[str, ...]]:
    left, notes = list(strata), []
    while len(left) > 1 and (single := next((item for item in left if item.read == 1 < item.size), None)):
        left.remove(single)
        near = min(left, key=lambda item: abs(item.size - single.size))
        left[left.index(near)] = Stratum(
            name=f"{near.name} + {single.name}",
            size=near.size + single.size,
            read=near.read + 1,
            failures=near.failures + single.failures,
        )
        notes.append(f"Stratum {single.name!r} has one trace read and was joined with {near.name!r}.")
    return left, tuple(notes)


def _effective_n(strata: Sequence[Stratum], mean: Estimate) -> float:
    n, p = sum(stratum.read for stratum in strata), mean.value
    if 0 < p < 1 and mean.se > 0:
        return min(float(n), p * (1 - p) / mean.se**2)
    return kish_n_eff([stratum.size / stratum.read for stratum in strata for _ in range(stratum.read)])


def _bounds(strata: Sequence[Stratum], mean: Estimate, n_eff: float, level: float) -> tuple[float, float]:
    if all(stratum.read == stratum.size for stratum in strata):
        return mean.value, mean.value  # all of it was read: nothing is left to chance
    return wilson_bounds(min(max(mean.value, 0.0), 1.0), n_eff, z=t_quantile(level, mean.df))


def _with_unread(rate: Rate, strata: Sequence[Stratum], unread: Sequence[Stratum]) -> tuple[Rate, str]:
    share = sum(stratum.size for stratum in unread) / sum(stratum.size for stratum in strata)
    low, high = (rate.low or 0.0) * (1 - share), (rate.high or 0.0) * (1 - share) + share
    names = ", ".join(repr(stratum.name) for stratum in unread)
    note = (
        f"Nothing was read of {names}, {share:.0%} of the traces: the range runs from all of them passing to failing."
    )
    return replace(rate, estimate=None, low=low, high=high, method=f"{rate.method}, unread share as a range"), note


def _groups(values: Sequence[float], strata: Sequence[Hashable] | None) -> list[list[float]]:
    found: dict[Hashable, list[float]] = {}
    for value, stratum in zip(values, strata or [None] * len(values), strict=True):
        found.setdefault(stratum, []).append(value)
    return list(found.values())


def _spread(values: Sequence[float]) -> float:
    n = len(values)
    if n < 2:
        return 0.0
    mean = sum(values) / n
    return n / (n - 1) * sum((value - mean) ** 2 for value in values)


def _check_weights(y: Sequence[float], w: Sequence[float]) -> None:
    if not y or len(y) != len(w) or min(w) <= 0:
        raise InvalidInput(f"each of at least one value needs a weight above 0, got {len(y)} values, {len(w)} weights")
