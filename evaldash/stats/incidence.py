"""How often things were seen: the counts that all richness, coverage and accumulation formulas start from.

Notation of Colwell et al. 2012: T traces were read, mode k was seen in Y_k of them, Q_j modes were seen in exactly j
traces, U = sum of Y_k. For abundance data (one label per draw) T and U are both the number of draws n, and Q_j is f_j.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

from evaldash.errors import InvalidInput
from evaldash.stats.intervals import normal_quantile

Estimator = Callable[["Incidence"], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """Frequency counts: `traces` T, `total` U, and `q` mapping j to Q_j (only j with Q_j > 0).

    `many` is the number of modes so frequent that their exact count is not in `q`; usually 0.
    Values of `q` are floats so that derivatives by Q_j can be taken.
    """

    traces: int
    total: float
    q: Mapping[int, float]
    many: float = 0.0

    @property
    def observed(self) -> float:
        """The number of modes seen, S_obs."""
        return sum(self.q.values()) + self.many

    @property
    def once(self) -> float:
        """Q1: modes seen in one trace only."""
        return self.q.get(1, 0.0)

    @property
    def twice(self) -> float:
        """Q2: modes seen in two traces."""
        return self.q.get(2, 0.0)

    @property
    def shrink(self) -> float:
        """A = (T-1)/T, the small-sample factor; 0 when nothing was read."""
        return (self.traces - 1) / self.traces if self.traces else 0.0


def of_traces(traces: Iterable[Collection[str]]) -> Incidence:
    """Count the modes of read traces; a trace without a mode (a pass) counts in T."""
    held = [frozenset(modes) for modes in traces]
    return of_frequencies(len(held), Counter(Counter(mode for modes in held for mode in modes).values()))


def of_frequencies(traces: int, q: Mapping[int, int]) -> Incidence:
    """Take ready frequency counts, `q[j]` modes seen in exactly j of `traces` traces."""
    worst = max(q, default=0)
    if worst > traces or min(q, default=1) < 1:
        raise InvalidInput(f"a mode is seen in 1 to T={traces} traces, got {sorted(q)}; count a mode once a trace")
    kept = {j: float(count) for j, count in sorted(q.items()) if count}
    return Incidence(traces=traces, total=sum(j * count for j, count in kept.items()), q=kept)


def of_abundances(counts: Iterable[int]) -> Incidence:
    """Take one count per class, as in abundance data: n draws, each showing exactly one class; zeros are ignored."""
    seen = [count for count in counts if count > 0]
    return of_frequencies(sum(seen), Counter(seen))


def delta_variance(estimator: Estimator, data: Incidence, *, classes: float) -> float:
    """Return the variance of an estimator by the delta method over the frequency counts.

    The Q_j are taken as multinomial over `classes` classes: cov(Q_i, Q_j) = Q_i (1[i=j] - Q_j / classes), as in Chao
    & Lee 1992. Derivatives are central differences, so any formula in Q_j can be given. Classes seen too often to stand
    in `q` move the estimate by 1 each.
    """
    slopes = {j: _slope(estimator, data, j) for j in data.q}
    squares = sum(slopes[j] ** 2 * count for j, count in data.q.items()) + data.many
    mean = sum(slopes[j] * count for j, count in data.q.items()) + data.many
    return max(0.0, squares - mean * mean / classes) if classes else 0.0


def log_normal_bounds(observed: float, estimate: float, variance: float, *, level: float) -> tuple[float, float] | None:
    """Return the bounds of Chao 1987: observed + D/K and observed + D*K, where D is what is unseen.

    K = exp(z sqrt(log(1 + var/D^2))), so the low bound never falls below what was seen. None when nothing is unseen.
    """
    unseen = estimate - observed
    if unseen <= 0:
        return None
    factor = exp(normal_quantile(level) * sqrt(log(1 + variance / unseen**2)))
    return observed + unseen / factor, observed + unseen * factor


def _slope(estimator: Estimator, data: Incidence, j: int) -> float:
    step = 1e-4  # in modes; the error of a central difference is of order step squared
    return (estimator(_moved(data, j, step)) - estimator(_moved(data, j, -step))) / (2 * step)


def _moved(data: Incidence, j: int, step: float) -> Incidence:
    moved = {**data.q, j: data.q[j] + step}
    return Incidence(traces=data.traces, total=data.total + j * step, q=moved, many=data.many)
