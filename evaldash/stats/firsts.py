"""Which traces brought something new, in the order of reading; and which modes rest on few of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.stats.saturation import Read

THIN = 5  # traces; with fewer the definition of a mode has hardly been tried (Hennink & Kaiser: meaning saturation)


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A trace that was the first to show `kinds` of failure (mode ids, and `code:ID` for codes without a mode)."""

    trace: str
    batch: int | None
    uniform: bool
    kinds: tuple[str, ...]


def first_traces(reads: Sequence[Read]) -> tuple[First, ...]:
    """Return the traces that brought something new, in reading order; their kinds are what the bars count."""
    seen: set[str] = set()
    found = []
    for read in reads:
        fresh = read.kinds - seen
        seen |= fresh
        if fresh:
            found.append(First(trace=read.trace, batch=read.batch, uniform=read.uniform, kinds=tuple(sorted(fresh))))
    return tuple(found)


def thin_modes(reads: Sequence[Read], modes: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return the modes that fewer than five read traces of either stream hold, with their number, fewest first."""
    held = Counter(mode for read in reads for mode in read.modes)
    return tuple(sorted(((mode, held[mode]) for mode in modes if held[mode] < THIN), key=lambda item: item[1]))
