"""Rates of many modes at once from one design: strata, take-alls, unequal chances, several draws, and segments.

The estimate is the ratio sum(w y) / sum(w) over the traces inside the segment. Its variance is linearised over the
whole sample (z = w 1[inside] (y - p) / sum(w 1[inside])), so that a segment is a domain of the design and is never
weighted anew by its own size. Sources: Lumley 2010, chapter 2 (domains, linearisation); Des Raj 1956 (draws one after
the other: each estimates the whole from what was drawn before and its own frame; they are uncorrelated, so variances
add); Kish 1965 (effective size). With equal weights in one stratum it is the plain proportion, with strata
`designs.stratified_rate`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaldash.stats.intervals import RATE_LEVEL, t_quantile, wilson_bounds
from evaldash.stats.rates import WEIGHTED, Rate, not_estimable

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHOD = "weighted, wilson on effective n"
ROUNDING = 1e-15  # a variance below it is what rounding left of none


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The judged traces of one stratum of one draw: their row numbers, what each stands for, n/N (1: taken whole)."""

    stratum: Hashable
    rows: tuple[int, ...]
    weights: tuple[float, ...]
    fraction: float


def design_rates(
    holds: NDArray[Any], inside: NDArray[Any], parts: Sequence[Part], *, level: float = RATE_LEVEL
) -> list[Rate]:
    """Return a rate for each column of `holds` (traces, modes), over the rows that are `inside` (traces,).

    A row may stand in several parts: known from an earlier draw and part of a later frame. The interval is Wilson's at
    n_eff = p (1 - p) / var, at most n, with Student's t at n minus the number of parts; where p is 0 or 1 or nothing
    varies, n_eff is Kish's. A design read whole leaves nothing to chance: low = estimate = high.
    """
    import numpy as np

    rows = np.array([row for part in parts for row in part.rows], dtype=np.intp)
    weights = np.array([weight for part in parts for weight in part.weights], dtype=float)
    weights = weights * inside[rows]
    n, total = int(np.unique(rows[inside[rows]]).size), float(weights.sum())
    if not n or total <= 0:
        return [not_estimable(0, level=level)] * holds.shape[1]
    y = holds[rows].astype(float)
    p = weights @ y / total
    variance = _variance(weights[:, None] * (y - p) / total, parts)
    kish = _kish(rows, weights)
    z = t_quantile(level, len(np.unique(rows)) - len(parts))
    whole = all(part.fraction >= 1 for part in parts)
    return [
        _rate(min(max(float(share), 0.0), 1.0), float(var), n=n, kish=kish, z=z, level=level, whole=whole)
        for share, var in zip(p, variance, strict=True)
    ]


def _variance(z: NDArray[Any], parts: Sequence[Part]) -> NDArray[Any]:
    """Sum over parts of (1 - f) n / (n - 1) sum (z - mean z)^2; a part of one trace adds nothing."""
    import numpy as np

    variance, start = np.zeros(z.shape[1]), 0
    for part in parts:
        own = z[start : start + len(part.rows)]
        start += len(own)
        if len(own) > 1 and part.fraction < 1:
            variance += (1 - part.fraction) * len(own) / (len(own) - 1) * ((own - own.mean(axis=0)) ** 2).sum(axis=0)
    return variance


def _kish(rows: NDArray[Any], weights: NDArray[Any]) -> float:
    import numpy as np

    held = np.bincount(rows, weights=weights)  # what a trace stands for in all its parts together
    return float(held.sum() ** 2 / (held**2).sum())


def _rate(p: float, variance: float, *, n: int, kish: float, z: float, level: float, whole: bool) -> Rate:
    n_eff = min(float(n), p * (1 - p) / variance if 0 < p < 1 and variance > ROUNDING else kish)
    low, high = (p, p) if whole else wilson_bounds(p, n_eff, z=z)
    return Rate(estimate=p, low=low, high=high, level=level, method=METHOD, n=n, n_eff=n_eff, basis=WEIGHTED)
