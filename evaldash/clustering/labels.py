"""Names for clusters: the phrases that stand in many texts of one and in few of the others (class-based TF-IDF).

A phrase of two words that most of a cluster's texts share names it alone. Otherwise a query from its middle is quoted,
behind the phrase or word that is shared by enough of them: words side by side that no one wrote together tell little.

Phrases are counted once for each leaf of the tree of clusters; a coarser cluster adds up the counts of its leaves, so
that a name for every level costs little more than names for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from evaldash.clustering.words import phrases, quoted, shortened, stems

TERMS = 8  # kept for each cluster
NAME_CHARS = 60
CENTRAL = 6  # texts from the middle of a cluster, of which one is quoted
SAYS_ALL = 0.6  # share of a cluster's texts from which a phrase of two words or more is a name by itself
LEADS = {False: 0.4, True: 0.25}  # the same from which one word, or a phrase of more, stands before the quoted query
PAIR = 2  # items; what both say is chance
SMALL = 5  # items; below it the query says more than words that two of them share
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


def label(counts: Counts, background: Counts, central_texts: Sequence[str]) -> Label:
    """Return the label of a cluster; `central_texts` are those from its middle, the most central first."""
    terms = tuple(_distinct_terms(_ranked(counts, background)))
    return Label(name=_name(terms, counts, central_texts[:CENTRAL]), terms=terms)


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


def name_clusters(texts: Sequence[str], members: Sequence[Sequence[int]]) -> list[Label]:
    """Return a label per cluster; `members` are positions in `texts`, the most central of each cluster first."""
    counts = [Counts.of_texts([texts[item] for item in items], size=len(items)) for items in members]
    background = everywhere(counts)
    labels = [
        label(count, background, [texts[item] for item in items]) for count, items in zip(counts, members, strict=True)
    ]
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


def _name(terms: Sequence[str], counts: Counts, central_texts: Sequence[str]) -> str:
    lead = _lead(terms, counts)
    if " " in lead and counts.size > PAIR and counts.of[lead] >= SAYS_ALL * counts.size:
        return shortened(lead, at_most=NAME_CHARS)
    lead = lead if counts.size >= SMALL else ""
    room = NAME_CHARS - (len(lead) + 2 if lead else 0)
    quote = _quote(central_texts, lead, at_most=room)
    return f"{lead}: {quote}" if lead and quote else lead or quote or ", ".join(terms[:2]) or "no words"


def _lead(terms: Sequence[str], counts: Counts) -> str:
    """Return the first term that enough texts share, one of several words if there is any; "" where there is none."""
    enough = [term for term in terms if counts.of[term] >= LEADS[" " in term] * counts.size]
    return next((term for term in enough if " " in term), enough[0] if enough else "")


def _quote(central_texts: Sequence[str], lead: str, *, at_most: int) -> str:
    """Return a text in quotes: one that holds the lead before others, then one that need not be cut, then central."""

    def worse(text: str) -> tuple[bool, bool]:
        return bool(lead) and lead not in phrases(text), quoted(text, at_most=at_most).endswith("…”")

    told = [text for text in central_texts if quoted(text, at_most=at_most)]
    return quoted(min(told, key=worse), at_most=at_most) if told else ""
