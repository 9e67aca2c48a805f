"""Saturation: how likely it is that the next trace shows a failure mode nobody has seen.

T are the traces of the uniform stream that were judged; a trace is *one-off* when it holds a mode that no other read
trace of either stream holds. L/T, with L the one-off traces in T, estimates the chance that the next random trace shows
something new (leave-one-out; Good 1953 is the case of one mode a trace).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evaldash.stats.incidence import Incidence, of_traces
from evaldash.stats.intervals import BOUND_LEVEL, upper_bound

LINES = (0.10, 0.05)  # the bounds people stop at: the default, and thorough
LOOK_EVERY = 20  # traces of T between two looks at the stopping rule; looking more often stops too early more often
FIELD_PRACTICE = 100  # read traces: the practice of the field is at least this many


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One judged trace in reading order. `modes` are mode ids; `uncategorised` ids of codes without a mode."""

    trace: str
    modes: frozenset[str] = frozenset()
    uncategorised: frozenset[str] = frozenset()
    uniform: bool = True
    batch: int | None = None
    session: str | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """All kinds of failure in it: a code without a mode is a kind of its own, so that the headline is careful."""
        if not self.uncategorised:
            return self.modes
        return self.modes | frozenset(f"code:{code}" for code in self.uncategorised)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceNew:
    """The headline: `estimate` (None where T is 0), its one-sided `upper` bound, `low` if no loose code were new."""

    estimate: float | None
    upper: float
    low: float | None
    level: float
    L: int
    T: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNew:
    """What a batch brought: modes first seen in it, by the stream of the trace that first held them."""

    batch: int | None
    read: int
    failed: int
    new_uniform: int
    new_targeted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many traces of T in all, and how many more, bring the bound to `eps` if they show nothing new."""

    eps: float
    total: int
    more: int


class AdviceKind(StrEnum):
    """What to do next."""

    START = "start"
    GO_ON = "go on"
    ELSEWHERE = "sample elsewhere"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do next, and the reason in a sentence."""

    kind: AdviceKind
    sentence: str


def once_per_session(reads: Sequence[Read]) -> tuple[tuple[Read, ...], tuple[str, ...]]:
    """Return T: the uniform traces with those of one session joined into the first, and the ids that were joined."""
    kept: dict[str, Read] = {}
    joined: list[str] = []
    for read in reads:
        if not read.uniform:
            continue
        key = f"session:{read.session}" if read.session else f"trace:{read.trace}"
        if key not in kept:
            kept[key] = read
            continue
        first = kept[key]
        joined.append(read.trace)
        kept[key] = Read(
            trace=first.trace,
            modes=first.modes | read.modes,
            uncategorised=first.uncategorised | read.uncategorised,
            batch=first.batch,
            session=first.session,
        )
    return tuple(kept.values()), tuple(joined)


def chance_next_new(reads: Sequence[Read], *, level: float = BOUND_LEVEL) -> ChanceNew:
    """Return L/T with its Clopper-Pearson upper bound at `level` (STATISTICS 1.3), and what it is without loose codes.

    T = 0 gives no estimate and the bound 1: no evidence. L = 0 gives 0 with the bound 1 - (1 - level)^(1/T).
    """
    traces, _ = once_per_session(reads)
    total = len(traces)
    one_off = known = len(one_off_traces(reads))
    if any(read.uncategorised for read in reads):
        known = len(one_off_traces([replace(read, uncategorised=frozenset()) for read in reads]))
    return ChanceNew(
        estimate=one_off / total if total else None,
        upper=upper_bound(one_off, total, level=level),
        low=known / total if total else None,
        level=level,
        L=one_off,
        T=total,
    )


def one_off_traces(reads: Sequence[Read]) -> tuple[str, ...]:
    """Return the ids of the traces of T that hold a kind of failure no other read trace of either stream holds."""
    traces, _ = once_per_session(reads)
    others = [read for read in reads if not read.uniform]
    holders = Counter(kind for read in (*traces, *others) for kind in read.kinds)
    once = {kind for kind, held in holders.items() if held == 1}
    return tuple(read.trace for read in traces if not once.isdisjoint(read.kinds))


def new_per_batch(reads: Sequence[Read], sizes: Mapping[int, tuple[int, int]] | None = None) -> tuple[BatchNew, ...]:
    """Return for each batch, in order of its number, the modes first seen in it; traces of no batch come last.

    A failed trace without a code is not seen here; `sizes`: batch -> (read, failed) where that is known better.
    """
    seen: set[str] = set()
    new: dict[int | None, Counter[bool]] = {}
    for read in reads:
        fresh = read.kinds - seen
        seen |= fresh
        batch = new.get(read.batch)
        if batch is None:
            batch = new[read.batch] = Counter()
        batch[read.uniform] += len(fresh)
    read_of = Counter(read.batch for read in reads)
    failed_of = Counter(read.batch for read in reads if read.kinds)
    numbers = sorted(new, key=lambda batch: (batch is None, batch or 0))
    return tuple(
        BatchNew(
            batch=batch,
            read=(sizes or {}).get(batch or 0, (read_of[batch], 0))[0],
            failed=(sizes or {}).get(batch or 0, (0, failed_of[batch]))[1],
            new_uniform=new[batch][True],
            new_targeted=new[batch][False],
        )
        for batch in numbers
    )


def cumulative_modes(reads: Sequence[Read]) -> tuple[tuple[int, int], ...]:
    """Return (traces read, modes seen) after each read trace of either stream, from (0, 0)."""
    seen: set[str] = set()
    points = [(0, 0)]
    for number, read in enumerate(reads, start=1):
        seen |= read.kinds
        points.append((number, len(seen)))
    return tuple(points)


def incidence(reads: Sequence[Read]) -> Incidence:
    """Return T as the curves of `accumulation` take it: how many random traces hold each kind of failure."""
    return of_traces([read.kinds for read in once_per_session(reads)[0]])


def traces_needed(L: int, T: int, *, eps: float, level: float = BOUND_LEVEL) -> Needed:
    """Return the least T at which L one-off traces have an upper bound of at most `eps`."""
    low, high = L, max(L + 1, 1)
    while upper_bound(L, high, level=level) > eps:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if upper_bound(L, middle, level=level) <= eps else (middle, high)
    return Needed(eps=eps, total=high, more=max(0, high - T))


def bound_at_last_look(reads: Sequence[Read]) -> float:
    """Return the bound as it was when the rule was last looked at: after every 20 traces of T; 1 before the first."""
    traces, _ = once_per_session(reads)
    looked_at = len(traces) // LOOK_EVERY * LOOK_EVERY
    if looked_at == 0:
        return 1.0
    last = traces[looked_at - 1].trace
    until = next(place for place, read in enumerate(reads, start=1) if read.trace == last)
    return chance_next_new(reads[:until]).upper


def advise(reads: Sequence[Read], *, left: int | None = None) -> Advice:
    """Return what to do next, by the rule of STATISTICS 1.9: stop when the bound is at most 10 %, looked at every 20.

    `left`: traces of the project that nobody has read; None where not known.
    """
    chance = chance_next_new(reads)
    if chance.T == 0:
        sentence = "Nothing can be said yet: no trace drawn at random has been judged. Draw a batch with a random half."
        return Advice(kind=AdviceKind.START if not reads else AdviceKind.ELSEWHERE, sentence=sentence)
    bound, needed = bound_at_last_look(reads), traces_needed(chance.L, chance.T, eps=LINES[0])
    if max(bound, chance.upper) > LINES[0]:  # the last look allowed it, and nothing since speaks against it
        return Advice(kind=AdviceKind.GO_ON, sentence=_go_on(needed, left))
    more = f" The practice of the field is at least {FIELD_PRACTICE} read traces; {len(reads)} are read so far."
    few = len(reads) < FIELD_PRACTICE
    thorough = traces_needed(chance.L, chance.T, eps=LINES[1])
    sentence = (
        f"You may stop: at the last look, after {chance.T // LOOK_EVERY * LOOK_EVERY} random traces, the chance of "
        f"something new was at most {percent_up(bound)} (rule: 10 % or less, looked at every {LOOK_EVERY} traces)."
        f"{more if few else ''} {_thorough(thorough)} Rare grave failures need a targeted search."
    )
    return Advice(kind=AdviceKind.STOP, sentence=sentence)


def percent_up(share: float) -> str:
    """Return a share as whole percent, rounded up, as bounds are shown."""
    return f"{math.ceil(round(share * 100, 6))} %"


def _thorough(needed: Needed) -> str:
    if needed.more == 0:
        return "The 5 % line is reached as well."
    return f"{needed.more} more without a surprise would reach the 5 % line."


def _go_on(needed: Needed, left: int | None) -> str:
    if needed.more == 0:
        return f"Go on to the next look: the rule is looked at after every {LOOK_EVERY} random traces."
    short = left is not None and left < needed.more
    is_one = left == 1
    end = f" Only {left} unread {'trace is' if is_one else 'traces are'} left: import more." if short else ""
    traces, reach = ("trace", "reaches") if needed.more == 1 else ("traces", "reach")
    return f"Go on: {needed.more} more random {traces} without a surprise {reach} the 10 % line.{end}"
