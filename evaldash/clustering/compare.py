"""Two runs side by side: which clusters stayed, which were split, merged, came or went, by the items they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

SAME = 0.5  # Jaccard overlap above which a cluster is the same; two clusters cannot both be it
PART = 0.5  # share of a cluster's items above which it went into, or came out of, another

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a cluster: `kind` is same, new or gone; `overlap` is the Jaccard index with `before`.

    `came_from` are earlier clusters more than half of which lie in it now, `part_of` an earlier one it was half of.
    """

    kind: str
    before: int | None
    after: int | None
    overlap: float
    size_before: int
    size_after: int
    came_from: tuple[int, ...] = ()
    part_of: int | None = None


def compare(before: Mapping[Item, int], after: Mapping[Item, int]) -> tuple[Change, ...]:
    """Return the changes between two assignments of items to clusters (-1: none), over the items that both hold.

    Pairs are matched for the greatest sum of overlaps (Kuhn 1955).
    """
    shared = [item for item in after if item in before]
    old = np.array([before[item] for item in shared], dtype=np.intp)
    new = np.array([after[item] for item in shared], dtype=np.intp)
    counts = _counts(old, new)
    sizes_before, sizes_after = _sizes(old, len(counts)), _sizes(new, counts.shape[1])
    pairs = matched(counts, sizes_before, sizes_after)
    changes = [_kept(counts, sizes_before, sizes_after, a, b) for b, a in sorted((b, a) for a, b in pairs.items())]
    taken = set(pairs.values())
    changes += [_new(counts, sizes_before, sizes_after, b) for b in range(counts.shape[1]) if b not in taken]
    changes += [
        Change(kind="gone", before=a, after=None, overlap=0.0, size_before=int(sizes_before[a]), size_after=0)
        for a in range(len(counts))
        if a not in pairs and sizes_before[a]
    ]
    return tuple(change for change in changes if change.size_before or change.size_after)


def matched(
    counts: NDArray[np.int64], sizes_before: NDArray[np.int64], sizes_after: NDArray[np.int64]
) -> dict[int, int]:
    """Return which cluster of before (row) is which of after (column): at most one each, and no overlap below half."""
    from scipy.optimize import linear_sum_assignment

    if not counts.size:
        return {}
    overlaps = counts / np.maximum(sizes_before[:, None] + sizes_after - counts, 1)
    rows, columns = linear_sum_assignment(-overlaps)
    return {int(a): int(b) for a, b in zip(rows, columns, strict=True) if overlaps[a, b] >= SAME}


def _kept(
    counts: NDArray[np.int64], sizes_before: NDArray[np.int64], sizes_after: NDArray[np.int64], a: int, b: int
) -> Change:
    union = sizes_before[a] + sizes_after[b] - counts[a, b]
    return Change(
        kind="same",
        before=a,
        after=b,
        overlap=round(float(counts[a, b] / union), 4),
        size_before=int(sizes_before[a]),
        size_after=int(sizes_after[b]),
        came_from=_came_from(counts, sizes_before, b, but=a),
    )


def _new(counts: NDArray[np.int64], sizes_before: NDArray[np.int64], sizes_after: NDArray[np.int64], b: int) -> Change:
    largest = int(counts[:, b].argmax()) if len(counts) else None
    part = largest is not None and counts[largest, b] > PART * sizes_after[b]
    return Change(
        kind="new",
        before=None,
        after=b,
        overlap=0.0,
        size_before=0,
        size_after=int(sizes_after[b]),
        came_from=_came_from(counts, sizes_before, b, but=None),
        part_of=largest if part else None,
    )


def _came_from(
    counts: NDArray[np.int64], sizes_before: NDArray[np.int64], b: int, *, but: int | None
) -> tuple[int, ...]:
    found = np.flatnonzero((counts[:, b] > PART * sizes_before) & (sizes_before > 0))
    return tuple(int(a) for a in found if a != but)


def _counts(old: NDArray[np.intp], new: NDArray[np.intp]) -> NDArray[np.int64]:
    counts = np.zeros((int(old.max(initial=-1)) + 1, int(new.max(initial=-1)) + 1), dtype=np.int64)
    both = (old >= 0) & (new >= 0)
    np.add.at(counts, (old[both], new[both]), 1)
    return counts


def _sizes(labels: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    return np.bincount(labels[labels >= 0], minlength=count).astype(np.int64)
