"""Names for clusters: the phrases that stand in many texts of one and in few of the others (class-based TF-IDF).

Phrases are counted once for each leaf of the tree of clusters; a coarser cluster adds up the counts of its leaves, so
that a name for every level costs little more than names for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from evaldash.clustering.words import phrases, shortened, stems

TERMS = 8  # kept for each cluster
NAME_TERMS = 2
NAME_CHARS = 60
LONGER_IS_CLEARER = 0.25  # gain in score for each further word: "card payment" says more than "card"
ENOUGH = 0.15  # share of a cluster's texts that a phrase must stand in to name it
FEWEST = 2  # texts that a phrase must stand in; once is chance
TEXTS_COUNTED = 300  # of a leaf; more do not change what is frequent
PHRASES_KEPT = 400  # of a node, the most frequent: rarer ones never name it


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A short name, and the terms that mark the cluster, best first. Names of one level differ after `distinct`."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """In how many of `size` texts each phrase stands; fractions where only some of the texts were counted."""

    of: Mapping[str, float]
    size: float

    @classmethod
    def of_texts(cls, texts: Sequence[str], *, size: int) -> Counts:
        """Count the first three hundred texts for all `size`."""
        counted = texts[:TEXTS_COUNTED]
        share = size / max(len(counted), 1)
        counts = Counter(phrase for text in counted for phrase in phrases(text))
        return cls(of={phrase: count * share for phrase, count in counts.items()}, size=size)

    def __add__(self, other: Counts) -> Counts:
        counts = Counter(dict(self.of))
        counts.update(other.of)
        kept = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:PHRASES_KEPT])
        return Counts(of=kept, size=self.size + other.size)


def everywhere(leaves: Iterable[Counts]) -> Counts:
    """Return the counts over all texts."""
    counts: Counter[str] = Counter()
    size = 0.0
    for leaf in leaves:
        counts.update(leaf.of)
        size += leaf.size
    return Counts(of=counts, size=size)


def label(counts: Counts, background: Counts, central_text: str) -> Label:
    """Return the label of a cluster; where no phrase is shared by enough of its texts the most central one names it."""
    terms = tuple(_distinct_terms(_ranked(counts, background)))
    return Label(name=_name(terms, central_text), terms=terms)


def distinct(labels: Sequence[Label]) -> list[str]:
    """Return the names of a level, each made different from those before it by a further term, or else a number."""
    taken: set[str] = set()
    names = []
    for one in labels:
        further = (shortened(f"{one.name}, {term}", at_most=NAME_CHARS) for term in one.terms if term not in one.name)
        numbered = (f"{one.name} ({number})" for number in range(2, len(labels) + 2))
        name = next(name for name in (one.name, *further, *numbered) if name not in taken)
        taken.add(name)
        names.append(name)
    return names


def name_clusters(texts: Sequence[str], members: Sequence[Sequence[int]], central: Sequence[int]) -> list[Label]:
    """Return a label per cluster; `members` are positions in `texts`, `central` the most central of each cluster."""
    counts = [Counts.of_texts([texts[item] for item in items], size=len(items)) for items in members]
    background = everywhere(counts)
    labels = [label(count, background, texts[middle]) for count, middle in zip(counts, central, strict=True)]
    return [Label(name=name, terms=one.terms) for name, one in zip(distinct(labels), labels, strict=True)]


def _ranked(counts: Counts, background: Counts) -> list[str]:
    """Return the phrases that stand in enough texts of a cluster, those first that mark it best."""
    least = max(FEWEST, ENOUGH * counts.size) - 1e-9

    def score(phrase: str) -> float:
        clarity = 1 + LONGER_IS_CLEARER * phrase.count(" ")
        rare = log(1 + background.size / max(background.of.get(phrase, 0.0), 1.0))
        return clarity * counts.of[phrase] / counts.size * rare

    found = (phrase for phrase, count in counts.of.items() if count >= least)
    return sorted(found, key=lambda phrase: (-score(phrase), phrase))


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


def _name(terms: Sequence[str], central_text: str) -> str:
    """Return the best terms; one word alone, or none, is explained by the most central text."""
    central = shortened(central_text, at_most=NAME_CHARS)
    name = ", ".join(terms[:NAME_TERMS])
    if not name:
        return central or "no words"
    if " " in name or not central:
        return shortened(name, at_most=NAME_CHARS)
    return shortened(f"{name}: {central}", at_most=NAME_CHARS)
