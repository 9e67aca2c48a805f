"""Some dozens to some thousands of notes put into groups by what they say, in meaning and in wording.

People who code converge in their wording, and short notes of one product are close in meaning whatever they blame. So
likeness is half the cosine of the embeddings, their common part taken out, and half the cosine of character n-grams
(TF-IDF). Groups are joined by average linkage, which keeps small kinds beside large ones, up to a likeness; but their
number stays near the square root of the number of notes, as no likeness means the same in every set. The setting was
chosen on draws from BANKING77 (even, skewed, few notes, kinds far apart) and on nothing else: `benchmarks/notes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaldash.errors import InvalidInput

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Vectors: TypeAlias = NDArray[np.float32]
"""One row per note; rows of length 1, or of zeros for a text without words."""

MOST_NOTES = 6_000  # linked at once; time and memory grow with the square: 5,000 take 0.8 GB for a moment
WORDING = 0.5  # the share of wording in likeness
ALIKE = 0.15  # mean likeness down to which groups are joined
FEWEST_PER_ROOT, MOST_PER_ROOT = 0.9, 1.6  # groups, in square roots of the number of notes
TINY = 12  # notes; below it the mean is mostly the note itself, and centring takes its meaning away
TINY_COSINE = 0.5  # mean cosine above which few notes say the same
MAX_CHARS = 2_000  # of a note whose wording is compared; the failure is named early, and notes of 100 kB exist


def group_notes(vectors: Vectors, texts: Sequence[str]) -> list[int]:
    """Return a group number for each note; the same notes give the same groups.

    `vectors` are (n, d). Raises InvalidInput when they do not match the texts or there are more than 6,000.
    """
    count = len(texts)
    if len(vectors) != count or count > MOST_NOTES:
        raise InvalidInput(f"notes must be at most {MOST_NOTES:,} with one vector each, got {count}, {len(vectors)}")
    if count < 2:
        return [0] * count
    if count < TINY:
        return _numbers(_cut(_linkage(1 - vectors @ vectors.T), 1 - TINY_COSINE, by="distance"))
    merges = _linkage(1 - likeness(vectors, texts))
    groups = int(_cut(merges, 1 - ALIKE, by="distance").max())
    few, many = round(FEWEST_PER_ROOT * count**0.5), round(MOST_PER_ROOT * count**0.5)
    return _numbers(_cut(merges, min(max(groups, few), many)))


def likeness(vectors: Vectors, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return how alike the notes are, (n, n), 1 for the same note: half in meaning, half in wording."""
    centred = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    units = centred / np.where(lengths < 1e-6, 1, lengths)
    wording = _ngrams(texts)
    alike: NDArray[np.float32] = (1 - WORDING) * (units @ units.T) + WORDING * (wording @ wording.T).toarray()
    return alike.astype(np.float32)


def _ngrams(texts: Sequence[str]) -> csr_array[Any]:
    """Return the TF-IDF weights of character sequences of 3 to 5 within words, rows of length 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        found = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5), dtype=np.float32)
        return found.fit_transform(text[:MAX_CHARS] for text in texts)
    except ValueError:  # no text holds a character that is no space
        from scipy.sparse import csr_array

        return csr_array((len(texts), 1), dtype=np.float32)


def _linkage(distances: NDArray[np.float32]) -> NDArray[np.float64]:
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    rounded = np.round(np.maximum(distances, 0), 6).astype(np.float64)  # ties fall the same way on every machine
    symmetric = np.maximum(rounded, rounded.T)
    np.fill_diagonal(symmetric, 0)
    found: NDArray[np.float64] = linkage(squareform(symmetric, checks=False), method="average")
    return found


def _cut(merges: NDArray[np.float64], at: float, *, by: str = "maxclust") -> NDArray[np.intp]:
    from scipy.cluster.hierarchy import fcluster

    groups: NDArray[np.intp] = fcluster(merges, at, criterion=by).astype(np.intp)
    return groups


def _numbers(groups: NDArray[np.intp]) -> list[int]:
    return [int(group) for group in groups]


def silhouettes(distances: NDArray[np.float32], groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the silhouette of each note, (n,), -1 to 1 (Rousseeuw 1987); 0 for a note that is a group of its own.

    `distances` are (n, n), `groups` numbers from 0 without gaps, at least two of them.
    """
    member = np.eye(int(groups.max()) + 1, dtype=np.float32)[groups]
    sizes, rows = member.sum(axis=0), np.arange(len(groups))
    sums = np.maximum(distances, 0) @ member
    within = sums[rows, groups] / np.maximum(sizes[groups] - 1, 1)
    means = sums / sizes
    means[rows, groups] = np.inf
    nearest = means.min(axis=1)
    scores = (nearest - within) / np.maximum(np.maximum(within, nearest), 1e-9)
    return np.where(sizes[groups] > 1, scores, 0.0).astype(np.float64)
