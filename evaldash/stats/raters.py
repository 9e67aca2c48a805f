"""Agreement of any number of coders, each of whom may have left traces out; and alpha on ordered scales.

`units` holds one sequence per trace with a place for each coder, None where that coder did not judge it. Sources: Gwet
2008 and 2014, chapters 2 and 5 (AC1 and its variance, missing judgements); Fleiss 1971; Conger 1980; Brennan &
Prediger 1981; Krippendorff 2011.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from math import sqrt
from typing import Any

from evaldash.errors import InvalidInput
from evaldash.stats.agreement import krippendorff_alpha, nominal
from evaldash.stats.intervals import RATE_LEVEL, t_quantile

Units = Sequence[Sequence[Hashable | None]]


class Scale(StrEnum):
    """What the categories are: names, ranks, numbers with equal steps, numbers with a zero."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralRaters:
    """Coefficients over the `n` traces that anybody judged; None where chance alone explains everything.

    `percent`: of the pairs of judgements of a trace, the share that agree. `ac1_low` and `ac1_high` by Student's t.
    """

    n: int
    percent: float | None
    ac1: float | None
    ac1_se: float | None
    ac1_low: float | None
    ac1_high: float | None
    fleiss: float | None
    conger: float | None
    brennan_prediger: float | None
    alpha: float | None


def several_raters(units: Units, *, level: float = RATE_LEVEL) -> SeveralRaters:
    """Return the coefficients (pa - pe) / (1 - pe), which differ in what they take for chance.

    pa: mean over traces judged at least twice of sum_k r_k (r_k - 1) / (r (r - 1)). pi_k: mean over traces of r_k / r.
    AC1: pe = sum pi_k (1 - pi_k) / (q - 1). Fleiss: sum pi_k^2. Brennan-Prediger: 1/q. Conger: sum_k (mean_g p_gk^2 -
    s_k^2 / coders) with p_gk the share of category k in the judgements of coder g. Without a trace judged twice, or
    with a single category, nothing can be said beyond the share.
    """
    counts = [Counter(value for value in unit if value is not None) for unit in units]
    counts = [count for count in counts if count]
    kinds = list(dict.fromkeys(value for count in counts for value in count))
    agreed = [_agreed(count) for count in counts if count.total() > 1]
    if not agreed:
        return _nothing(len(counts), None)
    percent = sum(agreed) / len(agreed)
    if len(kinds) < 2:
        return _nothing(len(counts), percent)
    pi = [sum(count[kind] / count.total() for count in counts) / len(counts) for kind in kinds]
    gwet = sum(share * (1 - share) for share in pi) / (len(kinds) - 1)
    ac1, se = _beyond(percent, gwet), _ac1_se(counts, dict(zip(kinds, pi, strict=True)), percent, gwet)
    reach = None if se is None else t_quantile(level, len(counts) - 1) * se
    return SeveralRaters(
        n=len(counts),
        percent=percent,
        ac1=ac1,
        ac1_se=se,
        ac1_low=None if ac1 is None or reach is None else max(-1.0, ac1 - reach),
        ac1_high=None if ac1 is None or reach is None else min(1.0, ac1 + reach),
        fleiss=_beyond(percent, sum(share * share for share in pi)),
        conger=_beyond(percent, _conger_chance(units, kinds)),
        brennan_prediger=_beyond(percent, 1 / len(kinds)),
        alpha=krippendorff_alpha([tuple(count.elements()) for count in counts], nominal),
    )


def scale_alpha(units: Units, scale: Scale | str) -> float | None:
    """Return Krippendorff's alpha with the squared metric of a scale; None where nothing differs or nothing pairs.

    ordinal: (sum of n_g from c to k - (n_c + n_k) / 2)^2 over the pairable judgements n_g of each category between;
    interval: (c - k)^2; ratio: ((c - k) / (c + k))^2, 0 for two zeros. InvalidInput for words on a scale of numbers.
    """
    held = [tuple(value for value in unit if value is not None) for unit in units]
    pairable = [unit for unit in held if len(unit) > 1]
    if scale == Scale.NOMINAL:
        return krippendorff_alpha(pairable, nominal)
    numbers = [tuple(map(_number, unit)) for unit in pairable]
    if scale == Scale.INTERVAL:
        return krippendorff_alpha(numbers, lambda a, b: _number(a - b) ** 2)  # type: ignore[operator]
    if scale == Scale.RATIO:
        return krippendorff_alpha(numbers, _ratio)
    seen = Counter(value for unit in numbers for value in unit)
    below = dict(zip(sorted(seen), accumulate(seen[value] for value in sorted(seen)), strict=True))
    return krippendorff_alpha(numbers, lambda a, b: _between(a, b, seen, below))


def _agreed(count: Counter[Any]) -> float:
    r = count.total()
    return sum(k * (k - 1) for k in count.values()) / (r * (r - 1))


def _beyond(percent: float, chance: float) -> float | None:
    return (percent - chance) / (1 - chance) if chance < 1 else None


def _nothing(n: int, percent: float | None) -> SeveralRaters:
    nothing = dict.fromkeys(("ac1", "ac1_se", "ac1_low", "ac1_high", "fleiss", "conger", "brennan_prediger", "alpha"))
    return SeveralRaters(n=n, percent=percent, **nothing)


def _ac1_se(counts: Sequence[Counter[Any]], pi: dict[Any, float], percent: float, pe: float) -> float | None:
    """Gwet 2014, expression 5.3.22: the spread of what each trace says, over all traces judged at least once."""
    n, twice, q = len(counts), sum(count.total() > 1 for count in counts), len(pi)
    ac1 = _beyond(percent, pe)
    if n < 2 or ac1 is None:
        return None
    spread = 0.0
    for count in counts:
        r = count.total()
        own = n / twice * (_agreed(count) - pe) / (1 - pe) if r > 1 else 0.0
        chance = sum(held * (1 - pi[kind]) for kind, held in count.items()) / (r * (q - 1))
        spread += (own - 2 * (1 - ac1) * (chance - pe) / (1 - pe) - ac1) ** 2
    return sqrt(spread / (n * (n - 1)))


def _conger_chance(units: Units, kinds: Sequence[Hashable]) -> float:
    """Conger's chance takes each coder's own habits; coders who judged nothing do not count."""
    coders = [[unit[place] for unit in units if place < len(unit)] for place in range(max(map(len, units)))]
    own = [Counter(value for value in column if value is not None) for column in coders]
    own = [count for count in own if count]
    shares = [[count[kind] / count.total() for count in own] for kind in kinds]
    return sum(_square_less_noise(share) for share in shares)


def _square_less_noise(shares: Sequence[float]) -> float:
    r = len(shares)
    mean = sum(shares) / r
    noise = sum((share - mean) ** 2 for share in shares) / (r - 1) if r > 1 else 0.0
    return mean * mean - noise / r


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"an ordinal, interval or ratio scale takes numbers, got {value!r}; take 'nominal'")
    return float(value)


def _ratio(a: Any, b: Any) -> float:
    return float(((a - b) / (a + b)) ** 2) if a + b else 0.0


def _between(a: Any, b: Any, seen: Counter[float], below: dict[float, int]) -> float:
    low, high = min(a, b), max(a, b)
    return float(below[high] - below[low] + seen[low] - (seen[low] + seen[high]) / 2) ** 2
