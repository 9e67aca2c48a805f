"""Names for clusters: the phrases that stand in many texts of one and in few of the others (class-based TF-IDF)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from evaldash.clustering.words import phrases, shortened, stems

TERMS = 8  # kept for each cluster
NAME_TERMS = 2
NAME_CHARS = 60
LONGER_IS_CLEARER = 0.25  # gain in score for each further word: "card payment" says more than "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A short name, different from those of the other clusters, and the terms that mark the cluster, best first."""

    name: str
    terms: tuple[str, ...]


def name_clusters(texts: Sequence[str], members: Sequence[Sequence[int]], central: Sequence[int]) -> list[Label]:
    """Return a label per cluster; `members` are positions in `texts`, `central` the most central of each cluster.

    Where no phrase marks a cluster its most central text, shortened, is its name.
    """
    counts = [Counter(phrase for item in items for phrase in phrases(texts[item])) for items in members]
    everywhere = sum(counts, Counter[str]())
    total = sum(len(items) for items in members)
    taken: set[str] = set()
    labels = []
    for count, items, middle in zip(counts, members, central, strict=True):
        terms = _distinct_terms(_ranked(count, everywhere, size=len(items), total=total))
        name = _free_name(terms, texts[middle], taken)
        taken.add(name)
        labels.append(Label(name=name, terms=tuple(terms)))
    return labels


def _ranked(count: Counter[str], everywhere: Counter[str], *, size: int, total: int) -> list[str]:
    """Return the phrases of a cluster, those first that mark it best; once is chance unless the cluster is tiny."""
    least = 2 if size > 3 else 1

    def score(phrase: str) -> float:
        clarity = 1 + LONGER_IS_CLEARER * phrase.count(" ")
        return clarity * count[phrase] / size * log(1 + total / everywhere[phrase])

    return sorted((phrase for phrase in count if count[phrase] >= least), key=lambda phrase: (-score(phrase), phrase))


def _distinct_terms(ranked: Sequence[str]) -> list[str]:
    """Return the first terms, without those that share half of their words or more with a better one."""
    chosen: list[str] = []
    for phrase in ranked:
        words = stems(phrase)
        if all(2 * len(words & stems(other)) < min(len(words), len(stems(other))) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == TERMS:
            break
    return chosen


def _free_name(terms: Sequence[str], central_text: str, taken: set[str]) -> str:
    """Return the shortest name from the terms that no other cluster has, else the central text, else a number."""
    candidates = [", ".join(terms[:length]) for length in range(min(NAME_TERMS, len(terms)), len(terms) + 1) if length]
    base = shortened(central_text, at_most=NAME_CHARS) or "no words"
    candidates = [shortened(name, at_most=NAME_CHARS) for name in candidates] + [base]
    numbered = (f"{base} ({number})" for number in range(2, len(taken) + 3))
    return next(name for name in (*candidates, *numbered) if name not in taken)
