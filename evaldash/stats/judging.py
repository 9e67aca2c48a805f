"""What a judge's verdicts say about the true rate, given how well it agrees with people (STATISTICS.md, section 5).

`theta` is the true share of positives, `p` the share that the judge calls positive, `q1` its sensitivity (share of true
positives called so, of `m1` labels), `q0` its specificity (share of true negatives called so, of `m0` labels).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaldash.stats.intervals import RATE_LEVEL, Interval, normal_quantile, wilson

LEAST = 1e-12  # a denominator below this is none


class UselessJudge(ValueError):
    """The judge tells nothing: it is no better than chance, or one of the classes has no label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A corrected rate between 0 and 1; `raw` may lie outside, which `warning` explains."""

    estimate: float
    low: float
    high: float
    raw: float
    raw_low: float
    raw_high: float
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """An estimate from a few labels and many predictions; `weight`: how much the predictions count (0: not at all)."""

    estimate: float
    low: float
    high: float
    weight: float


def rogan_gladen(p: float, *, sensitivity: float, specificity: float) -> float:
    """Return theta = (p + q0 - 1) / (q1 + q0 - 1), which may lie outside 0 to 1 (Rogan & Gladen 1978).

    Raises UselessJudge where q1 + q0 is at most 1.
    """
    gain = sensitivity + specificity - 1
    if gain <= LEAST:
        raise UselessJudge("TPR + TNR <= 1: the judge does no better than chance, its rate cannot be corrected")
    return (p + specificity - 1) / gain


def corrected_known(x: int, n: int, *, sensitivity: float, specificity: float, level: float = RATE_LEVEL) -> Corrected:
    """Return the rate where x of n are called positive and q1, q0 are known: Wilson's limits through the estimator."""
    apparent = wilson(x, n, level=level)
    share = x / n
    raw, low, high = (
        rogan_gladen(value, sensitivity=sensitivity, specificity=specificity)
        for value in (share, apparent.low, apparent.high)
    )
    return Corrected(
        estimate=_clipped(raw), low=_clipped(low), high=_clipped(high), raw=raw, raw_low=low, raw_high=high,
        warning=_warning(share, sensitivity, specificity),
    )  # fmt: skip


def corrected_by_labels(labels: Sequence[bool], predictions: Sequence[bool], p: float) -> float:
    """Return the corrected share between 0 and 1, with q1 and q0 from labelled traces (judgy's point estimate).

    Raises UselessJudge where a class has no label, or q1 + q0 is at most 1.
    """
    positives = [called for held, called in zip(labels, predictions, strict=True) if held]
    negatives = [not called for held, called in zip(labels, predictions, strict=True) if not held]
    if not positives or not negatives:
        raise UselessJudge("needs both classes among the labels: one of them has none")
    found = rogan_gladen(p, sensitivity=_mean(positives), specificity=_mean(negatives))
    return _clipped(found)


def corrected_interval(
    p: float, n: int, *, q0: float, q1: float, m0: int, m1: int, level: float = RATE_LEVEL
) -> tuple[float, Interval, float]:
    """Return theta, its interval and the standard error of the delta method (Lee et al. 2025, arXiv 2511.21140).

    The interval shrinks p to (n p + z^2 / 2) / (n + z^2) and q to (m q + 1) / (m + 2), counts n + z^2 and m + 2 traces,
    and shifts by 2 z^2 (-(1 - theta) q0 (1 - q0) / m0 + theta q1 (1 - q1) / m1). It covers where a bootstrap of the
    labels alone does not.
    """
    z = normal_quantile(level)
    point = rogan_gladen(p, sensitivity=q1, specificity=q0)
    plain = _standard_error(p, n, q0=q0, q1=q1, m0=m0, m1=m1, theta=point)
    shrunk_p = (n * p + z * z / 2) / (n + z * z)
    shrunk0, shrunk1 = (m0 * q0 + 1) / (m0 + 2), (m1 * q1 + 1) / (m1 + 2)
    theta = rogan_gladen(shrunk_p, sensitivity=shrunk1, specificity=shrunk0)
    error = _standard_error(shrunk_p, n + z * z, q0=shrunk0, q1=shrunk1, m0=m0 + 2, m1=m1 + 2, theta=theta)
    shift = 2 * z * z * (
        -(1 - theta) * shrunk0 * (1 - shrunk0) / (m0 + 2) + theta * shrunk1 * (1 - shrunk1) / (m1 + 2)
    )  # fmt: skip
    middle = theta + shift
    found = Interval(
        estimate=_clipped(point), low=_clipped(middle - z * error), high=_clipped(middle + z * error), level=level,
        method="rogan-gladen, adjusted (Lee et al. 2025)", n=n,
    )  # fmt: skip
    return point, found, plain


def labels_by_class(m: int, *, p: float, q0: float, q1: float, pilot: int) -> tuple[int, int]:
    """Return how many of m labels to spend on true negatives and on true positives (m0, m1), from a pilot's q0 and q1.

    m0 / m1 = (1 / p - 1) sqrt((1 - q0) / (1 - q1)), with q shrunk as in `corrected_interval` (Lee et al. 2025).
    """
    shrunk0, shrunk1 = (pilot * q0 + 1) / (pilot + 2), (pilot * q1 + 1) / (pilot + 2)
    ratio = (1 / p - 1) * math.sqrt((1 - shrunk0) / (1 - shrunk1))
    negatives = round(m * ratio / (1 + ratio))
    return negatives, m - negatives


def predicted_mean(
    labels: Sequence[float], predictions: Sequence[float], unlabelled: Sequence[float], *, weight: float | None = None,
    level: float = RATE_LEVEL,
) -> Prediction:  # fmt: skip
    """Return mean(w f_unlabelled) + mean(y - w f): PPI with `weight` 1, PPI++ with the weight that varies least (None).

    Valid only where the labelled traces are a random sample of the same population (Angelopoulos et al. 2023, 2024).
    """
    y, f, rest = (np.asarray(values, dtype=float) for values in (labels, predictions, unlabelled))
    weight = _best_weight(y, f, rest) if weight is None else weight
    estimate = float(weight * rest.mean() + (y - weight * f).mean())
    error = math.sqrt(float((weight * rest).var() / len(rest) + (y - weight * f).var() / len(y)))
    z = normal_quantile(level)
    return Prediction(estimate=estimate, low=estimate - z * error, high=estimate + z * error, weight=weight)


def _best_weight(y: np.ndarray, f: np.ndarray, rest: np.ndarray) -> float:
    spread = float(np.concatenate([f, rest]).var(ddof=1))
    if spread <= LEAST:
        return 0.0
    together = float(((y - y.mean()) * (f - f.mean())).mean())
    return _clipped(together / ((1 + len(y) / len(rest)) * spread))


def _standard_error(p: float, n: float, *, q0: float, q1: float, m0: float, m1: float, theta: float) -> float:
    """Return the error of theta from all three shares: the judge's rate and both of its agreements."""
    gain = q0 + q1 - 1
    variance = p * (1 - p) / n + (1 - theta) ** 2 * q0 * (1 - q0) / m0 + theta**2 * q1 * (1 - q1) / m1
    return math.sqrt(max(0.0, variance)) / gain


def _warning(p: float, sensitivity: float, specificity: float) -> str | None:
    if p < 1 - specificity - LEAST:
        return "apparent prevalence below 1-specificity"
    return "apparent prevalence above sensitivity" if p > sensitivity + LEAST else None


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
