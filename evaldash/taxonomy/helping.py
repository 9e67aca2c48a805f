"""What figures say of a taxonomy: modes that look like one, one that looks like two, thin ones, notes far from theirs.

Each is a proposal with its reason, for a person to follow or dismiss. Its `subject` stays the same as long as what it
rests on does, so that a dismissed one stays away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.counting import agree, count_of
from evaldash.domain.taxonomy import FailureMode
from evaldash.stats.duplicates import ENOUGH_NOTES, SAME_MODE, SUBSET, alikeness, overlap
from evaldash.taxonomy.phrases import name_groups
from evaldash.taxonomy.places import make_placer

Vectors: TypeAlias = NDArray[np.float32]

THIN = 5  # examples; below it a definition is hardly tried (STATISTICS 1.8)
OFTEN_TOGETHER = 0.5  # Jaccard of traces from which two modes are told as cause and effect rather than as one
FEWEST_TO_SPLIT = 8  # notes of a mode that may be two, as for pairs: fewer say nothing
FEWEST_PART = 3  # notes of each half
APART = 0.5  # alikeness of two halves; on BANKING77 it finds .78 of modes of two kinds, with .06 false alarms a mode
FAR_LEAD = 0.15  # cosine by which a note is closer to another mode than to its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A mode with what it holds: rows of the vectors, ids of notes, their texts, and traces."""

    mode: FailureMode
    rows: tuple[int, ...]
    codes: tuple[str, ...]
    texts: tuple[str, ...]
    traces: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One thing to look at. `kind`: merge, split, thin, far; `codes` are the notes to split off, or that lie far.

    `name` is offered for the new mode of a split; `strength` orders proposals of a kind, the strongest first.
    """

    kind: str
    subject: str
    modes: tuple[str, ...]
    reason: str
    strength: float
    codes: tuple[str, ...] = ()
    name: str = ""


def proposals(held: Sequence[Held], vectors: Vectors, *, traces: int) -> list[Proposal]:
    """Return all proposals; `vectors` (n, d) are unit rows of all notes, `traces` how many traces were read."""
    two = _two(held, vectors)
    mixed = {mode for item in two for mode in item.modes}  # unlike itself, it is as similar to others as to itself
    same = [item for item in _same(held, vectors, traces) if mixed.isdisjoint(item.modes) or not item.strength]
    return [*same, *two, *_far(held, vectors), *_thin(held)]


def _same(held: Sequence[Held], vectors: Vectors, traces: int) -> list[Proposal]:
    found = []
    for a, b in combinations([item for item in held if len(item.rows) >= ENOUGH_NOTES], 2):
        r = alikeness(vectors[list(a.rows)], vectors[list(b.rows)])
        shared = overlap(a.traces, b.traces, traces=traces)
        if r is None or r < SAME_MODE or (shared.jaccard or 0) >= OFTEN_TOGETHER:
            continue
        together, either = len(a.traces & b.traces), count_of(len(a.traces | b.traces), "trace")
        reason = (
            f"The notes of {a.mode.name} and {b.mode.name} are {r:.0%} as similar to each other as to themselves, and "
            f"{together} of {either} {agree(together, 'holds', 'hold')} both: perhaps two names for one failure."
        )
        found.append(_pair("merge", a, b, reason, strength=r))
    found += [_inside(a, b) for a in held for b in held if a is not b and _is_part(a, b)]
    return sorted(found, key=lambda item: -item.strength)


def _is_part(a: Held, b: Held) -> bool:
    return len(a.traces) >= THIN and len(a.traces & b.traces) / len(a.traces) > SUBSET and len(a.traces) < len(b.traces)


def _inside(a: Held, b: Held) -> Proposal:
    reason = (
        f"{len(a.traces & b.traces)} of {len(a.traces)} traces with {a.mode.name} also hold {b.mode.name}: perhaps the "
        "first is part of the second, or the second comes of the first; keep them apart if they have different fixes."
    )
    return _pair("merge", a, b, reason, strength=0.0)


def _two(held: Sequence[Held], vectors: Vectors) -> list[Proposal]:
    found = [proposal for item in held if len(item.rows) >= FEWEST_TO_SPLIT for proposal in _halves(item, vectors)]
    return sorted(found, key=lambda item: -item.strength)


def _halves(item: Held, vectors: Vectors) -> Iterator[Proposal]:
    from scipy.cluster.hierarchy import fcluster, linkage

    rows = vectors[list(item.rows)]
    parts = fcluster(linkage(rows - rows.mean(axis=0), method="ward"), 2, criterion="maxclust") - 1
    sizes = np.bincount(parts, minlength=2)
    if sizes.min() < FEWEST_PART:
        return
    r = alikeness(rows[parts == 0], rows[parts == 1])
    if r is None or r > APART:
        return
    less = int(sizes.argmin())
    going = [place for place, part in enumerate(parts) if part == less]
    name = _name(item, going)
    yield Proposal(
        kind="split",
        subject=_subject(item.mode.id, *(item.codes[i] for i in going)),
        modes=(item.mode.id,),
        codes=tuple(item.codes[i] for i in going),
        name=name,
        strength=1 - r,
        reason=(
            f"The notes of {item.mode.name} fall into two groups of {sizes.max()} and {sizes.min()} that are only "
            f"{max(r, 0.0):.0%} as similar to each other as to themselves; the smaller is about “{name}”."
        ),
    )


def _name(item: Held, going: Sequence[int]) -> str:
    staying = [text for i, text in enumerate(item.texts) if i not in set(going)]
    names = name_groups([[item.texts[i] for i in going], staying])[0]
    return names[0] if names else f"{item.mode.name} (2)"


def _far(held: Sequence[Held], vectors: Vectors) -> list[Proposal]:
    names = {item.mode.id: item.mode.name for item in held}
    codes = [code for item in held for code in item.codes]
    rows = [row for item in held for row in item.rows]
    own = {code: item.mode.id for item in held for code in item.codes}
    modes = make_placer(codes, vectors[rows], own)
    if len(modes.modes) < 2:
        return []
    place_of = {mode: number for number, mode in enumerate(modes.modes)}
    found = []
    for code, cosines in zip(codes, vectors[rows] @ modes.centres.T, strict=True):
        best = int(cosines.argmax())
        if own[code] not in place_of or modes.modes[best] == own[code]:
            continue
        lead = float(cosines[best] - cosines[place_of[own[code]]])
        if lead >= FAR_LEAD:
            other = modes.modes[best]
            reason = f"This note reads more like {names[other]} than like {names[own[code]]} (by {lead:.2f} in cosine)."
            found.append(
                Proposal(
                    kind="far",
                    subject=_subject(code, own[code], other),
                    modes=(own[code], other),
                    codes=(code,),
                    reason=reason,
                    strength=lead,
                )
            )
    return sorted(found, key=lambda item: -item.strength)


def _thin(held: Sequence[Held]) -> list[Proposal]:
    return [
        Proposal(
            kind="thin",
            subject=_subject(item.mode.id),
            modes=(item.mode.id,),
            strength=1 - len(item.traces) / THIN,
            reason=(
                f"{item.mode.name} has {len(item.traces)} of the {THIN} examples that a definition should be tried on; "
                "look for more, or merge it."
            ),
        )
        for item in sorted(held, key=lambda item: len(item.traces))
        if len(item.traces) < THIN
    ]


def _pair(kind: str, a: Held, b: Held, reason: str, *, strength: float) -> Proposal:
    ids = tuple(sorted((a.mode.id, b.mode.id)))
    return Proposal(kind=kind, subject=_subject(*ids), modes=ids, reason=reason, strength=strength)


def _subject(*parts: str) -> str:
    """Return what stays the same as long as the proposal rests on the same."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
