"""How many traces each stratum gives (Bankier 1988; Neyman 1934)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import floor, sqrt

from evaldash.errors import InvalidInput

FLOOR = 2  # traces of a stratum; from one alone no variance can be computed
NEYMAN_SHARE = 0.02  # a mode rate of 0 or 1 so far does not mean that there is nothing to see


class Allocation(StrEnum):
    """How the size of a sample is shared among strata."""

    PROPORTIONAL = "proportional"
    SQRT = "sqrt"  # small strata get more than their share
    EQUAL = "equal"
    NEYMAN = "neyman"  # more where verdicts vary more; needs the failure rate of each stratum


_EXPONENT = {Allocation.PROPORTIONAL: 1.0, Allocation.SQRT: 0.5, Allocation.EQUAL: 0.0}


def allocate(
    sizes: Sequence[int], total: int, *, allocation: Allocation, rates: Sequence[float] = (), least: int = FLOOR
) -> list[int]:
    """Return how many of each stratum to draw: `total` in all, at most its size, at least `least` where that fits.

    Where `total` is too small for the floor of all strata, one from each comes first, and where it is too small for
    that as well the largest strata are served. Shares are rounded by largest remainder; of equals the first wins.
    """
    total = min(total, sum(sizes))
    floors = _floors(sizes, total, least=least)
    return _share_out(sizes, floors, _weights(sizes, allocation, rates), total)


def allocate_by_power(sizes: Sequence[int], total: int, *, exponent: float, least: int = FLOOR) -> list[int]:
    """Return `allocate` with n_h ~ N_h^exponent: 1 is proportional, 0.5 the square root, 0 equal (Bankier 1988)."""
    total = min(total, sum(sizes))
    weights = [size**exponent if size else 0.0 for size in sizes]
    return _share_out(sizes, _floors(sizes, total, least=least), weights, total)


def _weights(sizes: Sequence[int], allocation: Allocation, rates: Sequence[float]) -> list[float]:
    if allocation is not Allocation.NEYMAN:
        return [size ** _EXPONENT[allocation] if size else 0.0 for size in sizes]
    if len(rates) != len(sizes):
        raise InvalidInput(
            f"allocation 'neyman' needs the failure rate of each of {len(sizes)} strata, got {len(rates)}; "
            "read a first batch, or take 'sqrt'"
        )
    kept = [min(max(rate, NEYMAN_SHARE), 1 - NEYMAN_SHARE) for rate in rates]
    return [size * sqrt(rate * (1 - rate)) for size, rate in zip(sizes, kept, strict=True)]


def _floors(sizes: Sequence[int], total: int, *, least: int) -> list[int]:
    for floor_of_all in range(least, 0, -1):
        floors = [min(size, floor_of_all) for size in sizes]
        if sum(floors) <= total:
            return floors
    largest = sorted(range(len(sizes)), key=lambda i: (-sizes[i], i))[:total]
    return [int(i in largest) for i in range(len(sizes))]


def _share_out(sizes: Sequence[int], floors: Sequence[int], weights: Sequence[float], total: int) -> list[int]:
    """Give each stratum its weighted share; those pushed to their floor or size are fixed and the rest shared again."""
    fixed: dict[int, int] = {}
    while True:
        free = [i for i in range(len(sizes)) if i not in fixed]
        left = total - sum(fixed.values())
        mass = sum(weights[i] for i in free)
        shares = {i: left * weights[i] / mass if mass else 0.0 for i in free}
        low = {i: floors[i] for i in free if shares[i] < floors[i]}
        high = {i: sizes[i] for i in free if shares[i] > sizes[i]}
        if not low and not high:
            return _rounded(fixed | shares, total)
        # Fixing both at once could over-commit; the side that moves more traces goes first.
        lifted, cut = sum(low[i] - shares[i] for i in low), sum(shares[i] - high[i] for i in high)
        fixed |= low if lifted >= cut else high


def _rounded(shares: dict[int, float], total: int) -> list[int]:
    """Round shares down and give what is missing to the largest remainders."""
    counts = {i: floor(share + 1e-9) for i, share in shares.items()}
    by_remainder = sorted(shares, key=lambda i: (-(shares[i] - counts[i]), i))
    for i in by_remainder[: total - sum(counts.values())]:
        counts[i] += 1
    return [counts[i] for i in range(len(counts))]
