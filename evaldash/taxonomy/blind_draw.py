"""Which judged traces test a codebook: half hold a failure mode, spread over the modes, half hold none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaldash.domain.blind_test import JudgedTrace


def draw_for_test(frame: Sequence[JudgedTrace], *, size: int, rng: np.random.Generator) -> tuple[JudgedTrace, ...]:
    """Return up to `size` traces of the frame in random order; where one half is short, the other fills up."""
    shuffled = _shuffled(sorted(frame, key=lambda item: item.trace), rng)
    holding = _spread([item for item in shuffled if item.modes], size)
    free = [item for item in shuffled if not item.modes]
    most_free = max(size // 2, size - len(holding))
    chosen = [*free[:most_free], *holding[: size - min(most_free, len(free))]]
    return tuple(_shuffled(chosen, rng))


def _shuffled(items: Sequence[JudgedTrace], rng: np.random.Generator) -> list[JudgedTrace]:
    return [items[place] for place in rng.permutation(len(items))]


def _spread(holding: Sequence[JudgedTrace], size: int) -> list[JudgedTrace]:
    """Return up to `size` traces, each next one of the mode that those before it hold least often."""
    left, ordered = list(holding), list[JudgedTrace]()
    held = dict.fromkeys((mode for item in holding for mode in item.modes), 0)
    while left and len(ordered) < size:
        chosen = min(left, key=lambda item: min(held[mode] for mode in item.modes))
        left.remove(chosen)
        ordered.append(chosen)
        for mode in chosen.modes:
            held[mode] += 1
    return ordered
