"""Names for clusters: the phrases that stand in many texts of one and in few of the others (class-based TF-IDF).

Before a query from the middle of a cluster, quoted, stand the phrase or the two words that enough of its texts share:
the words say what is common, the query what people want. Words that stand everywhere say nothing of one cluster.

Phrases are counted once for each leaf of the tree of clusters; a coarser cluster adds up the counts of its leaves, so
that a name for every level costs little more than names for one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from evaldash.clustering.words import ASKING, phrases, quoted, shortened, stems

TERMS = 8  # kept for each cluster
NAME_CHARS = 60
CENTRAL = 6  # texts from the middle of a cluster, of which one is quoted
CENTRAL_WITH_LEADS = 24  # of which one is quoted, where it is to hold what stands before it
SENTENCES = 6  # of a text that may be quoted by themselves
LEAST_QUOTED = 20  # characters of a first sentence that says something without the rest
LEADS = {False: 0.4, True: 0.25}  # share of a cluster's texts from which a word, or a phrase, stands before the query
MORE_THAN_ELSEWHERE = 2.0  # times as frequent in the cluster as outside it, from which on a word or phrase leads
LEAST_SURPRISE = 6.63  # of a lead, as G squared: more frequent in the cluster than elsewhere, not by chance (p < .01)
LEADING = 3  # texts that hold a lead; what two of them share may be chance
WIDE_ENOUGH = 0.5  # of the texts that the widest term stands in: a phrase that covers fewer does not lead
LEAD_CHARS = 28  # of what stands before the query
SMALL = 5  # items; below it the query says more than words that two of them share
LONGER_IS_CLEARER = 0.25  # gain in score for each further word: "card payment" says more than "card"
ENOUGH = 0.15  # share of a cluster's texts that a phrase must stand in to name it
FEWEST = 2  # texts that a phrase must stand in; once is chance
TEXTS_COUNTED = 300  # of a leaf; more do not change what is frequent
_SENTENCE_END = re.compile(r"(?<=\w{3}[.!?…])\s+|\n+")  # "St. Thomas" is one
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
    def of_texts(cls, texts: Sequence[str], *, often: Sequence[int] | None = None) -> Counts:
        """Count the phrases of distinct texts, the first three hundred for all; each stands as `often` as is said."""
        times = [1] * len(texts) if often is None else often
        counts: Counter[str] = Counter()
        for text, count in zip(texts[:TEXTS_COUNTED], times, strict=False):
            counts.update(dict.fromkeys(phrases(text), count))
        size = sum(times)
        share = size / max(sum(times[:TEXTS_COUNTED]), 1)
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
    return Label(name=_name(terms, counts, background, central_texts), terms=terms)


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
    counts = [Counts.of_texts([texts[item] for item in items]) for items in members]
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


def _name(terms: Sequence[str], counts: Counts, background: Counts, central_texts: Sequence[str]) -> str:
    said = frozenset[str]().union(*(phrases(text) for text in central_texts))
    leads = _leads([term for term in terms if term in said], counts, background)
    lead = ", ".join(leads) if counts.size >= SMALL else ""
    room = NAME_CHARS - (len(lead) + 2 if lead else 0)
    quote = _quote(central_texts, leads, at_most=room, later=bool(lead))
    return f"{lead}: {quote}" if lead and quote else lead or quote or ", ".join(terms[:2]) or "no words"


def _leads(terms: Sequence[str], counts: Counts, background: Counts) -> list[str]:
    """Return the first phrase that may lead, unless a word covers far more texts; else up to two words, or none."""
    enough = [term for term in terms if _may_lead(term, counts, background)]
    widest = max((counts.of[term] for term in enough), default=0.0)
    phrase = next((term for term in enough if " " in term and counts.of[term] >= WIDE_ENOUGH * widest), None)
    words = [phrase] if phrase else [term for term in enough if " " not in term][:2] or enough[:1]
    return words if len(", ".join(words)) <= LEAD_CHARS else words[:1]


def _may_lead(term: str, counts: Counts, background: Counts) -> bool:
    """Tell whether enough texts of a cluster hold a term, more than elsewhere, not by chance; tiny ones too few."""
    held, size = counts.of[term], counts.size
    others, rest = max(background.of.get(term, 0.0) - held, 0.0), max(background.size - size, 0.0)
    if term in ASKING or len(term) > LEAD_CHARS or held / size < LEADS[" " in term]:
        return False
    if held / size < MORE_THAN_ELSEWHERE * others / max(rest, 1.0):
        return False
    return size < SMALL or not rest or (held >= LEADING and surprise(held, size, others, rest) >= LEAST_SURPRISE)


def surprise(held: float, size: float, others: float, rest: float) -> float:
    """Return G squared of `held` of `size` texts against `others` of `rest` (Dunning 1993, Computational Linguistics).

    Twice the gain in log-likelihood from two rates over one; above 6.63 by chance in one of a hundred terms.
    """
    rate = (held + others) / (size + rest)
    cells = ((held, size * rate), (size - held, size * (1 - rate)), (others, rest * rate),
             (rest - others, rest * (1 - rate)))  # fmt: skip
    return 2 * sum(seen * log(seen / expected) for seen, expected in cells if seen > 0 and expected > 0)


def _quote(central_texts: Sequence[str], leads: Sequence[str], *, at_most: int, later: bool) -> str:
    """Return in quotes a text, or a sentence of one, that holds as many of the leads as any from the middle.

    Of these a first sentence comes before a later one (`later`: those may be quoted too), and what need not be cut
    before what must.
    """

    def worse(part: _Part) -> tuple[int, bool, bool]:
        return _missing(part.said, leads), part.later, quoted(part.said, at_most=at_most).endswith("…”")

    def best(texts: Sequence[str]) -> _Part:
        parts = (part for text in texts for part in _parts(text) if part.said and (later or not part.later))
        return min(parts, key=worse, default=_Part("", later=False))

    nearest = best(central_texts[:CENTRAL])
    chosen = min(nearest, best(central_texts), key=worse) if _missing(nearest.said, leads) else nearest
    return quoted(chosen.said, at_most=at_most)


@dataclass(frozen=True, slots=True)
class _Part:
    """What may be quoted of a text; `later`: a sentence that is not its first."""

    said: str
    later: bool


def _parts(text: str) -> list[_Part]:
    """Return a text, unless it is long, and its first sentences."""
    first, *others = _SENTENCE_END.split(text.strip())[:SENTENCES]
    begins = len(first) < LEAST_QUOTED  # "Another thing." says nothing by itself
    whole = [_Part(text, later=False)] if begins or len(text) <= NAME_CHARS else []
    beginning = [] if begins else [_Part(first, later=False)]
    return [*whole, *beginning, *(_Part(sentence, later=True) for sentence in others)]


def _missing(said: str, leads: Sequence[str]) -> int:
    """Return how many of the leads are no phrase of what is said, endings aside."""
    there = {stems(phrase) for phrase in phrases(said)} if leads else set()
    return sum(stems(lead) not in there for lead in leads)
