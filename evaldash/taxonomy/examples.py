"""Examples for a codebook, by vectors: the notes that show a mode best, and those that come closest without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Ids of notes: `shown` are of the mode, the most central first; `near_misses` of others, the nearest first."""

    shown: tuple[str, ...]
    near_misses: tuple[str, ...]


def choose_examples(
    codes: Sequence[str], vectors: Vectors, assignments: Mapping[str, str], traces: Mapping[str, str], *, each: int
) -> dict[str, Examples]:
    """Return for each mode id up to `each` examples for and near misses, no two of one trace.

    `vectors` (n, d) are unit rows in the order of `codes`; a row of zeros (a note without words) comes last.
    `traces` says in which trace a code stands. A near miss is of another mode: a loose note may yet belong here.
    """
    modes = sorted({assignments[code] for code in codes if code in assignments})
    held = {mode: [row for row, code in enumerate(codes) if assignments.get(code) == mode] for mode in modes}
    found = {}
    for mode in modes:
        centre = vectors[held[mode]].mean(axis=0)
        nearness = vectors @ (centre / (np.linalg.norm(centre) or 1.0))
        others = [row for other in modes if other != mode for row in held[other]]
        here = {traces[codes[row]] for row in held[mode]}
        near = [row for row in others if traces[codes[row]] not in here]
        found[mode] = Examples(
            shown=_nearest(held[mode], nearness, codes, traces, each),
            near_misses=_nearest(near, nearness, codes, traces, each),
        )
    return found


def _nearest(
    rows: Sequence[int], nearness: Vectors, codes: Sequence[str], traces: Mapping[str, str], each: int
) -> tuple[str, ...]:
    chosen: dict[str, str] = {}  # trace -> code
    for row in sorted(rows, key=lambda row: (-float(nearness[row]), codes[row])):
        chosen.setdefault(traces[codes[row]], codes[row])
        if len(chosen) == each:
            break
    return tuple(chosen.values())
