"""Long texts: cut into windows that the model can read, whose vectors are pooled again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of tokens of the text at position `text`."""

    text: int
    tokens: tuple[int, ...]


def windows_of(text: int, tokens: Sequence[int], *, size: int, at_most: int) -> list[Window]:
    """Return stretches of `size` tokens of a text, none when it has no tokens.

    A text of more than `at_most` windows is read at `at_most` places spread evenly from its beginning to its end,
    both included; what lies between is left out.
    """
    starts = list(range(0, len(tokens), size))
    if len(starts) > at_most:
        starts = [starts[i] for i in np.linspace(0, len(starts) - 1, at_most).round().astype(int)]
    return [Window(text, tuple(tokens[start : start + size])) for start in starts]


def by_length(windows: Sequence[Window], *, tokens_per_batch: int) -> Iterator[list[int]]:
    """Yield batches of positions in `windows`, longest first, so that a batch is padded little.

    A batch holds as many windows as fit `tokens_per_batch` once all are padded to its longest, at least one.
    """
    order = sorted(range(len(windows)), key=lambda i: -len(windows[i].tokens))
    start = 0
    while start < len(order):
        longest = len(windows[order[start]].tokens)
        end = start + max(1, tokens_per_batch // longest)
        yield order[start:end]
        start = end


def pooled(vectors: NDArray[np.float32], windows: Sequence[Window], *, texts: int) -> NDArray[np.float32]:
    """Return one vector of length 1 per text: the mean of its windows' vectors, weighted by their tokens.

    `vectors` is (len(windows), d), in the order of `windows`; a text without windows gives a row of zeros.
    """
    sums = np.zeros((texts, vectors.shape[1]), dtype=np.float32)
    weights = np.array([len(window.tokens) for window in windows], dtype=np.float32)
    np.add.at(sums, [window.text for window in windows], vectors * weights[:, None])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return unit
