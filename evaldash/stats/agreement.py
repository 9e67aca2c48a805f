"""How far coders agree beyond chance: kappa, AC1, Krippendorff's alpha, and MASI for sets of modes.

Show the share of agreement, AC1 and kappa together: kappa alone collapses for rare modes (118 of 125 passed by both,
7 disputed: kappa -0.02, AC1 0.94). Sources: Cohen 1960 and 1968, Fleiss, Cohen & Everitt 1969 (standard error);
Scott 1955; Bennett et al. 1954; Gwet 2008; Krippendorff 2011; Passonneau 2006 (MASI).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import dataclass
from itertools import permutations
from math import sqrt

from evaldash.errors import InvalidInput

MIN_POSITIVES = 10  # codings of a mode below which its agreement is "too few" rather than a number
Distance = Callable[[Hashable, Hashable], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRaters:
    """Agreement of two coders over `n` traces; a coefficient is None where chance alone explains everything."""

    n: int
    percent: float
    kappa: float | None
    kappa_se: float | None
    ac1: float | None
    ac1_se: float | None
    scott_pi: float | None
    brennan_prediger: float | None


def two_raters(table: Sequence[Sequence[int]]) -> TwoRaters:
    """Return the coefficients of a square table: `table[i][j]` traces that one coder put into i and the other into j.

    kappa = (po - pe) / (1 - pe) with pe = sum p_i+ p_+i; AC1 with pe = sum pi_k (1 - pi_k) / (q - 1), pi_k the mean of
    both margins.
    """
    p = _shares(table)
    q, po = len(p), sum(p[i][i] for i in range(len(p)))
    rows, columns = _margins(p)
    pi = [(a + b) / 2 for a, b in zip(rows, columns, strict=True)]
    chance = sum(a * b for a, b in zip(rows, columns, strict=True))
    gwet = sum(share * (1 - share) for share in pi) / (q - 1)
    n = sum(map(sum, table))
    return TwoRaters(
        n=n,
        percent=po,
        kappa=_beyond(po, chance),
        kappa_se=_kappa_se(p, n),
        ac1=_beyond(po, gwet),
        ac1_se=_ac1_se(p, pi, gwet, n),
        scott_pi=_beyond(po, sum(share * share for share in pi)),
        brennan_prediger=_beyond(po, 1 / q),
    )


def weighted_kappa(table: Sequence[Sequence[int]]) -> float | None:
    """Return kappa with linear weights 1 - |i - j| / (q - 1), for ordered categories."""
    p = _shares(table)
    rows, columns = _margins(p)
    places = range(len(p))
    weight = {(i, j): 1 - abs(i - j) / (len(p) - 1) for i in places for j in places}
    po = sum(weight[i, j] * p[i][j] for i in places for j in places)
    return _beyond(po, sum(weight[i, j] * rows[i] * columns[j] for i in places for j in places))


def positive_agreement(both: int, first: int, second: int) -> float | None:
    """Return 2a / (2a + b + c): of the codings of a mode, the share that both made; None where nobody made one."""
    all_ = 2 * both + first + second
    return 2 * both / all_ if all_ else None


def masi_distance(a: Set[Hashable], b: Set[Hashable]) -> float:
    """Return 1 - Jaccard x monotonicity (1 equal, 2/3 one within the other, 1/3 overlapping, 0 apart).

    Two empty sets are at distance 0: both coders said "no failure", which is the most frequent pair.
    """
    if a == b:
        return 0.0
    shared = len(a & b)
    if not shared:
        return 1.0
    return 1 - shared / len(a | b) * (2 / 3 if a <= b or b <= a else 1 / 3)


def krippendorff_alpha(units: Sequence[Sequence[Hashable]], distance: Distance) -> float | None:
    """Return 1 - Do/De over units, each with the codings it got; units with fewer than two are left out.

    `distance` is squared already where the metric asks for it. None where fewer than two codings can be paired or none
    of them differ, because then chance leaves nothing to agree beyond.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    values = Counter(value for unit in pairable for value in unit)
    n = values.total()
    if n < 2:
        return None
    observed = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in pairable) / n
    expected = sum(
        count * other * distance(a, b) for a, count in values.items() for b, other in values.items() if a != b
    ) / (n * (n - 1))
    return 1 - observed / expected if expected else None


def nominal(a: Hashable, b: Hashable) -> float:
    """Return 0 for the same and 1 for different categories."""
    return float(a != b)


def _shares(table: Sequence[Sequence[int]]) -> list[list[float]]:
    n = sum(map(sum, table))
    if n == 0 or len(table) < 2 or any(len(row) != len(table) for row in table):
        raise InvalidInput(f"a table of two coders is square, 2 x 2 or larger, and not empty, got {len(table)} rows")
    return [[count / n for count in row] for row in table]


def _margins(p: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [sum(row) for row in p], [sum(column) for column in zip(*p, strict=True)]


def _beyond(po: float, pe: float) -> float | None:
    return (po - pe) / (1 - pe) if pe < 1 else None


def _kappa_se(p: Sequence[Sequence[float]], n: int) -> float | None:
    """The large-sample standard error of Fleiss, Cohen & Everitt 1969, not the one under the null."""
    rows, columns = _margins(p)
    places = range(len(p))
    po, pe = sum(p[i][i] for i in places), sum(rows[i] * columns[i] for i in places)
    kappa = _beyond(po, pe)
    if kappa is None:
        return None
    agreed = sum(p[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in places)
    apart = (1 - kappa) ** 2 * sum(p[i][j] * (columns[i] + rows[j]) ** 2 for i in places for j in places if i != j)
    return sqrt(max(0.0, (agreed + apart - (kappa - pe * (1 - kappa)) ** 2) / n)) / (1 - pe)


def _ac1_se(p: Sequence[Sequence[float]], pi: Sequence[float], pe: float, n: int) -> float | None:
    """Gwet 2008, equation 32 in the form for two coders."""
    places, q = range(len(p)), len(p)
    po = sum(p[i][i] for i in places)
    ac1 = _beyond(po, pe)
    if ac1 is None:
        return None
    diagonal = sum(p[i][i] * (1 - pi[i]) for i in places) / (q - 1)
    squares = sum(p[i][j] * (1 - (pi[i] + pi[j]) / 2) ** 2 for i in places for j in places) / (q - 1) ** 2
    inner = po * (1 - po) - 4 * (1 - ac1) * (diagonal - po * pe) + 4 * (1 - ac1) ** 2 * (squares - pe**2)
    return sqrt(max(0.0, inner / n)) / (1 - pe)
