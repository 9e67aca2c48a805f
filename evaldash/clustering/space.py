"""Vectors made comparable: blank and equal rows taken out, the common part removed, length 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_CENTRED = 5  # below it the mean is mostly the vector itself, and what is left after centring says nothing
ZERO_LENGTH = 1e-6  # shorter than this is rounding, not direction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """The distinct vectors of n items, mean-centred and of length 1.

    `units` is (m, d), float32; `first` (m,) the first item of each distinct vector; `place` (n,) the row of `units`
    that stands for an item, -1 for an item whose vector is zero (a text without words).
    """

    units: NDArray[np.float32]
    first: NDArray[np.intp]
    place: NDArray[np.intp]

    def often(self) -> NDArray[np.intp]:
        """Return how many items each distinct vector stands for, (m,)."""
        return np.bincount(self.place[self.place >= 0], minlength=len(self.units))

    def to_items(self, values: NDArray[np.generic], *, blank: float) -> NDArray[np.generic]:
        """Spread values of distinct vectors, (m, …), to the items, (n, …); blank items get `blank`."""
        result = np.full((len(self.place), *values.shape[1:]), blank, dtype=values.dtype)
        present = self.place >= 0
        result[present] = values[self.place[present]]
        return result


def prepare(vectors: NDArray[np.float32]) -> Space:
    """Return the space of `vectors` (n, d). The numbering of distinct vectors follows their first items."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    items = np.flatnonzero(np.linalg.norm(rows, axis=1) > ZERO_LENGTH)
    first_of, inverse = _distinct(rows[items])
    place = np.full(len(rows), -1, dtype=np.intp)
    place[items] = inverse
    first = items[first_of]
    return Space(units=centred_units(rows[first]), first=first, place=place)


def _distinct(rows: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first position of each distinct row, rising, and for each row which distinct one it is."""
    numbers: dict[bytes, int] = {}
    first: list[int] = []
    inverse = np.empty(len(rows), dtype=np.intp)
    for position, row in enumerate(rows):
        key = row.tobytes()
        if key not in numbers:
            numbers[key] = len(first)
            first.append(position)
        inverse[position] = numbers[key]
    return np.array(first, dtype=np.intp), inverse


def centred_units(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `rows` less their mean, at length 1: what all texts share would drown what tells them apart."""
    if len(rows) < MIN_CENTRED:
        return _unit(rows)
    centred = rows - rows.mean(axis=0, keepdims=True)
    lost = np.linalg.norm(centred, axis=1) <= ZERO_LENGTH  # lies on the mean: keep its own direction
    return _unit(np.where(lost[:, None], rows, centred))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.maximum(lengths, ZERO_LENGTH)).astype(np.float32)
    return unit


def principal_components(rows: NDArray[np.float32], *, at_most: int) -> NDArray[np.float32]:
    """Return the first principal components of `rows` (m, d) as (m, min(at_most, d)), the same on every run.

    Each component points where its largest loading is positive, so that a map is not mirrored from run to run.
    """
    centred = (rows - rows.mean(axis=0, keepdims=True)).astype(np.float64) if len(rows) else rows.astype(np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :at_most]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    components: NDArray[np.float32] = (centred @ (axes * np.where(signs == 0, 1, signs))).astype(np.float32)
    return components
