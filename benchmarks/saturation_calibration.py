"""How far the bound of the headline and the stopping rule hold, in simulated worlds; figures for docs/statistics.md.

    python benchmarks/saturation_calibration.py [RUNS] [SEED]

A world: M failure modes whose shares fall by a power (steep or flat), a share of traces that fail (5 to 60 %), and one
or two modes in a failing trace. A trace's chance of holding mode k is known, so is the true chance that the next random
trace shows a mode not seen yet; dependence within a trace is kept by drawing modes without replacement. Strategies:
uniform; half random, half targeted (the targeted half sees failing traces, rare modes first, as variety would at its
best); the same reading all counted as if it were random; strata of which one holds most rare modes, sampled alike.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.stats.intervals import BOUND_LEVEL, upper_bound
from evaldash.stats.saturation import LOOK_EVERY

RUNS = 400  # of each world and strategy
MOST = 800  # traces of T after which a run that never stopped is given up
COVER_AT = (60, 100, 200)  # traces of T at which the bound is held against the truth
POOL = 20_000  # traces whose new ones measure the true chance
LINES = (0.10, 0.05)


@dataclass(frozen=True)
class World:
    """`modes` failure modes with shares falling as rank^-steepness, `failing` the share of traces that fail."""

    modes: int
    steepness: float
    failing: float

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.int16]:
        """Return (n, 2) modes of n random traces, -1 where there is none: a third of the failing hold two."""
        shares = np.arange(1, self.modes + 1) ** -self.steepness
        bounds = np.cumsum(shares / shares.sum())
        held = np.searchsorted(bounds, rng.random((n, 2))).clip(max=self.modes - 1).astype(np.int16)
        held[(rng.random(n) > 1 / 3) | (held[:, 0] == held[:, 1]), 1] = -1
        held[rng.random(n) >= self.failing] = -1
        return held


def worlds() -> Iterator[World]:
    """Yield few and many modes, flat and steep, at rates from 5 to 60 %."""
    for modes, steepness, failing in product((8, 20, 40, 100), (0.5, 1.0, 1.5), (0.05, 0.25, 0.60)):
        yield World(modes, steepness, failing)


@dataclass
class Run:
    """One reading of `MOST` uniform traces: the true chance and L after each, and when a mode was last new."""

    truth: NDArray[np.float64]
    one_off: NDArray[np.int64]
    fresh: NDArray[np.bool_]


def read(held: NDArray[np.int16], targeted: NDArray[np.int16] | None, pool: NDArray[np.int16], modes: int) -> Run:
    """Read uniform traces one by one, each followed by its targeted one where there are any."""
    n, extra = len(held), 0 if targeted is None else 1
    first = np.full(modes + 1, n, dtype=np.int64)  # the uniform trace at which a mode was first seen; n: never
    second = np.full(modes + 1, n, dtype=np.int64)  # at which it was seen in another trace
    own = np.zeros(modes + 1, dtype=bool)  # first seen in a uniform trace
    both = held if targeted is None else np.stack([held, targeted], axis=1).reshape(-1, 2)
    for place, row in enumerate(both.tolist()):
        number = place // (1 + extra)
        for mode in row:
            if mode < 0:
                continue
            if first[mode] == n and not own[mode]:
                first[mode], own[mode] = number, place % (1 + extra) == 0
            elif second[mode] == n:
                second[mode] = number
    times = np.arange(n)
    fresh = np.zeros(n, dtype=bool)
    fresh[first[:modes][(first[:modes] < n) & own[:modes]]] = True
    return Run(truth=_truth(pool, first, times), one_off=_one_off(held, first, second, own, times), fresh=fresh)


def _truth(pool: NDArray[np.int16], first: NDArray[np.int64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of the pool that holds a mode unseen at each time: its latest mode is seen after that time."""
    when = np.where(pool >= 0, first[pool], -1).max(axis=1)
    return 1 - np.searchsorted(np.sort(when), times, side="right") / len(pool)


def _one_off(held, first, second, own, times) -> NDArray[np.int64]:  # type: ignore[no-untyped-def]
    """L after each trace: a trace is one-off from where it first held a mode until that mode is seen again."""
    change = np.zeros(len(times) + 1, dtype=np.int64)
    for number in range(len(held)):
        mine = [mode for mode in held[number] if mode >= 0 and own[mode] and first[mode] == number]
        if mine:
            change[number] += 1
            change[max(second[mode] for mode in mine)] -= 1
    return np.cumsum(change)[:-1]


def targeted_at(world: World, n: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Return what a good search finds: of five failing candidates the one with the rarest mode."""
    candidates = World(world.modes, world.steepness, 1.0).draw(5 * n, rng).reshape(n, 5, 2)
    rarest: NDArray[np.intp] = candidates.max(axis=2).argmax(axis=1)
    found: NDArray[np.int16] = candidates[np.arange(n), rarest]
    return found


RULES = ("bound <= 10 %", "bound <= 5 %", "20 without new", "100 traces", "zero new in last batch")


def stops(run: Run, bound: NDArray[np.float64]) -> dict[str, tuple[int | None, float]]:
    """Return for each rule the number of traces of T at which it says stop, and the chance it tolerates."""
    looks = np.arange(LOOK_EVERY, len(run.truth) + 1, LOOK_EVERY)
    since = _since_new(run.fresh)
    found: dict[str, tuple[int | None, float]] = {}
    for line in LINES:
        found[f"bound <= {line:.0%}".replace("%", " %")] = (_first(looks, bound[looks - 1] <= line), line)
    every = np.arange(1, len(run.truth) + 1)
    found["20 without new"] = (_first(every, since >= 20), 0.05)
    found["100 traces"] = (100, 0.05)
    found["zero new in last batch"] = (_first(looks, since[looks - 1] >= LOOK_EVERY), 0.05)
    return found


def _since_new(fresh: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Traces since the last that showed something new, that one not counted."""
    places = np.arange(len(fresh))
    return places - np.maximum.accumulate(np.where(fresh, places, -1))


def _first(where: NDArray[np.int64], holds: NDArray[np.bool_]) -> int | None:
    return int(where[holds.argmax()]) if holds.any() else None


class Tally:
    """What is counted over runs: coverage at fixed T, and for each rule early stops and reading."""

    def __init__(self) -> None:
        self.covered: dict[int, list[bool]] = {t: [] for t in COVER_AT}
        self.early: dict[str, list[bool]] = {rule: [] for rule in RULES}
        self.cost: dict[str, list[int]] = {rule: [] for rule in RULES}
        self.never: dict[str, int] = dict.fromkeys(RULES, 0)

    def add(self, run: Run, bound: NDArray[np.float64]) -> None:
        """Count one run."""
        for t, seen in self.covered.items():
            seen.append(bool(run.truth[t - 1] <= bound[t - 1]))
        for rule, (at, line) in stops(run, bound).items():
            if at is None:
                self.never[rule] += 1
                self.early[rule].append(False)
                continue
            self.early[rule].append(bool(run.truth[at - 1] > line))
            self.cost[rule].append(at)


def bounds_table() -> NDArray[np.float64]:
    """Return the bound for each T up to MOST and L up to T, computed once."""
    from scipy.special import betaincinv

    t, one_off = np.arange(1, MOST + 1)[:, None], np.arange(MOST + 1)[None]
    with np.errstate(invalid="ignore"):
        table = np.where(one_off < t, betaincinv(one_off + 1, np.maximum(t - one_off, 1), BOUND_LEVEL), 1.0)
    assert abs(table[99, 3] - upper_bound(3, 100, level=BOUND_LEVEL)) < 1e-12
    return table


def main() -> None:
    """Simulate all worlds by all strategies and print the tables."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    table, started = bounds_table(), time.perf_counter()
    for name in ("uniform", "half targeted", "half targeted, all counted as random"):
        tallies = [_simulate(world, name, runs, table, rng) for world in worlds()]
        report(name, tallies)
    _strata(runs, rng)
    print(f"\n{runs} runs in each of {len(tallies)} worlds, {time.perf_counter() - started:.0f} s")


def _simulate(world: World, name: str, runs: int, table: NDArray[np.float64], rng: np.random.Generator) -> Tally:
    tally, pool = Tally(), world.draw(POOL, rng)
    for _ in range(runs):
        held = world.draw(MOST, rng)
        targeted = None if name == "uniform" else targeted_at(world, MOST, rng)
        if name.endswith("random"):  # both streams taken for one: every other trace is a targeted one
            assert targeted is not None
            held = np.where(np.arange(MOST)[:, None] % 2 == 0, held, targeted)
            targeted = None
        run = read(held, targeted, pool, world.modes)
        tally.add(run, table[np.arange(MOST), run.one_off])
    return tally


def report(name: str, tallies: list[Tally]) -> None:
    """Print coverage and the rules of one strategy: mean over worlds, and the worst world."""
    print(f"\n{name}")
    for t in COVER_AT:
        by_world = [np.mean(tally.covered[t]) for tally in tallies]
        print(f"  bound covers at T = {t}: {np.mean(by_world):.1%} on average, {min(by_world):.1%} in the worst world")
    for rule in RULES:
        early = [np.mean(tally.early[rule]) for tally in tallies]
        cost = [at for tally in tallies for at in tally.cost[rule]]
        never = sum(tally.never[rule] for tally in tallies) / sum(len(tally.early[rule]) for tally in tallies)
        print(
            f"  {rule:24} early {np.mean(early):6.1%} (worst {max(early):6.1%})"
            f"   traces {np.mean(cost) if cost else float('nan'):5.0f}   never within {MOST}: {never:.0%}"
        )


def _strata(runs: int, rng: np.random.Generator) -> None:
    """Two strata alike in size of sample: 90 % of the traces fail rarely and alike, 10 % often and variously."""
    common, rare = World(20, 1.5, 0.15), World(60, 0.5, 0.6)
    shares, n = (0.9, 0.1), 60
    plain, weighted, truth = [], [], []
    for _ in range(runs):
        held = [common.draw(n, rng), _shifted(rare.draw(n, rng))]
        pools = [common.draw(4000, rng), _shifted(rare.draw(4000, rng))]
        seen = {int(mode) for part in held for mode in part.ravel() if mode >= 0}
        counts: dict[int, int] = {}
        for part in held:
            for row in part:
                for mode in {int(m) for m in row if m >= 0}:
                    counts[mode] = counts.get(mode, 0) + 1
        one_off = [np.mean([any(m >= 0 and counts[int(m)] == 1 for m in row) for row in part]) for part in held]
        unseen = [np.mean([any(m >= 0 and int(m) not in seen for m in row) for row in pool]) for pool in pools]
        plain.append(np.mean(one_off))
        weighted.append(np.dot(shares, one_off))
        truth.append(np.dot(shares, unseen))
    print("\nstrata sampled alike (90 % and 10 % of the traces)")
    print(f"  true chance {np.mean(truth):.1%}, L/T {np.mean(plain):.1%}, weighted {np.mean(weighted):.1%}")


def _shifted(held: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.where(held >= 0, held + 20, held)


if __name__ == "__main__":
    main()
