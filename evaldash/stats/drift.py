"""Whether what comes in has changed: one metric, or how traces spread over groups.

Sources: Kolmogorov & Smirnov (two samples, asymptotic p); Pearson 1900 (chi-square, groups joined that are too small
for it: Cochran 1954); Fisher 1922 (exact, for two groups). With thousands of traces
the smallest change is more than chance, so each comes with its size, and both must be large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 20  # values on either side; fewer say nothing
SURE = 0.01  # of p, for each of several things watched
LEAST_EXPECTED = 5  # traces of a group on the smaller side, by which chi-square holds
LARGE = 0.15  # of the distance between the distributions, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far two distributions lie apart (0 the same, 1 nothing in common) and the p of so much by chance."""

    distance: float
    p: float

    @property
    def matters(self) -> bool:
        """Large, and more than chance."""
        return self.p <= SURE and self.distance >= LARGE


def metric_shift(before: Sequence[float], after: Sequence[float]) -> Shift | None:
    """Return the largest distance of the two cumulative shares (Kolmogorov-Smirnov); None with fewer than 20 values."""
    if min(len(before), len(after)) < LEAST:
        return None
    from scipy.stats import ks_2samp

    found = ks_2samp(before, after, method="asymp")
    return Shift(distance=float(found.statistic), p=float(found.pvalue))


def mix_shift(before: Mapping[str, int], after: Mapping[str, int]) -> Shift | None:
    """Return half the summed differences of shares (total variation) with the p of Fisher's or the chi-square test.

    None with fewer than 20 traces on either side, or where there is a single group.
    """
    groups = sorted({name for name in (*before, *after) if before.get(name, 0) + after.get(name, 0)})
    n, m = sum(before.values()), sum(after.values())
    if min(n, m) < LEAST or len(groups) < 2:
        return None
    counts = [(before.get(name, 0), after.get(name, 0)) for name in groups]
    distance = sum(abs(a / n - b / m) for a, b in counts) / 2
    return Shift(distance=distance, p=_independence_p(counts))


def _independence_p(counts: Sequence[tuple[int, int]]) -> float:
    from scipy.stats import chi2_contingency, fisher_exact

    joined = _joined(counts)
    if len(joined) == 2:
        return float(fisher_exact(joined).pvalue)
    return float(chi2_contingency(joined).pvalue)


def _joined(counts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the smallest groups until each may expect five on the smaller side; two are left at least."""
    n, m = (sum(side) for side in zip(*counts, strict=True))
    left = sorted(counts, key=sum, reverse=True)
    while len(left) > 2 and sum(left[-1]) * min(n, m) / (n + m) < LEAST_EXPECTED:
        last, before = left.pop(), left.pop()
        left.append((last[0] + before[0], last[1] + before[1]))
        left.sort(key=sum, reverse=True)
    return left
