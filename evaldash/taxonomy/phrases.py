"""Names for groups of notes: the phrase that stands in many notes of the group and in few of the others."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evaldash.taxonomy.words import BEFORE_NEGATION, FAILURE_WORDS, LINK_WORDS, NEGATIONS, SUBJECTS, VAGUE_WORDS

MAX_WORDS = 4  # of a phrase, link words included
_LENGTH_WEIGHT = {
    0: 0.3,
    1: 0.55,
    2: 1.0,
    3: 1.1,
    4: 1.15,
}  # by content words: one word alone seldom says what went wrong
_FAILURE_WEIGHT = 1.6  # of a phrase that says what went wrong: a topic alone is no failure
_LONE_WEIGHT = 0.4  # of a phrase that stands in one note only, where the group has more
MAX_CANDIDATES = 20  # names offered for a group; the first that is free is taken
MAX_NOTE_WORDS = 120  # read per note; the failure is named early, and notes of 100 kB exist

_LOCATOR = re.compile(r"\b(?:at|in|on|from|see)?\s*(?:step|turn|message|line)s?\s*#?\d+\b[,:]?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;:,()\[\]{}\"“”«»\n|/]+")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]  # lower case

    @property
    def content(self) -> frozenset[str]:
        return frozenset(self.words) - LINK_WORDS - NEGATIONS

    @property
    def tells_failure(self) -> bool:
        return not FAILURE_WORDS.isdisjoint(self.words) or ("made", "up") in zip(
            self.words, self.words[1:], strict=False
        )


_Said: TypeAlias = dict[_Phrase, None]
"""The distinct phrases of one note, in their order."""


def says_too_little(note: str) -> bool:
    """Tell whether a note holds no word that says what went wrong ("bad", "wrong answer", "?")."""
    words = {word.lower() for word in _WORD.findall(note[:1_000])}
    return not any(len(w) > 1 and not w.isdecimal() for w in words - VAGUE_WORDS - LINK_WORDS)


def name_groups(groups: Sequence[Sequence[str]], *, background: Sequence[str] = ()) -> list[list[str]]:
    """Return for each group of notes (most central first) its candidate names in sentence case, best first.

    Scored by class-based TF-IDF over phrases of one to four words: the share of the group's notes that hold the phrase,
    times the logarithm of how rare it is in all groups and in `background`, more for phrases of two words and above.
    """
    said = [[_phrases(note) for note in group] for group in groups]
    counts = [Counter(phrase for phrases in group for phrase in phrases) for group in said]
    everywhere = Counter(phrase for note in background for phrase in _phrases(note))
    for count in counts:
        everywhere.update(count)
    notes = sum(len(group) for group in groups) + len(background)
    spelling = _spellings(note for group in groups for note in group)
    return [
        _ranked_names(count, everywhere, said=group, notes=notes, spelling=spelling)
        for count, group in zip(counts, said, strict=True)
    ]


def _ranked_names(
    count: Counter[_Phrase],
    everywhere: Counter[_Phrase],
    *,
    said: Sequence[_Said],
    notes: int,
    spelling: dict[str, str],
) -> list[str]:
    central = {phrase: rank for rank, phrase in enumerate(said[0])} if said else {}

    def score(phrase: _Phrase) -> float:
        lone = _LONE_WEIGHT if count[phrase] == 1 and len(said) > 1 else 1.0
        in_centre = 1.1 if phrase in central else 1.0
        failure = _FAILURE_WEIGHT if phrase.tells_failure else 1.0
        rare = math.log(1 + notes / everywhere[phrase])
        length = _LENGTH_WEIGHT[min(len(phrase.content), MAX_WORDS)]
        return count[phrase] / len(said) * rare * lone * in_centre * failure * length

    ranked = sorted(count, key=lambda p: (-score(p), central.get(p, len(central)), p.words))
    names = (_in_words(phrase, _complement(phrase, ranked, said), spelling) for phrase in _fuller(ranked))
    return list(dict.fromkeys(names))


def _fuller(ranked: Sequence[_Phrase]) -> list[_Phrase]:
    """Return the best phrases, one of a single telling word as the best longer phrase around it ("charged twice")."""
    return [
        next((p for p in ranked if len(p.content) > 1 and phrase.content < p.content), phrase)
        if len(phrase.content) == 1
        else phrase
        for phrase in ranked[:MAX_CANDIDATES]
    ]


def _complement(phrase: _Phrase, ranked: Sequence[_Phrase], said: Sequence[_Said]) -> _Phrase | None:
    """Return what went wrong with a phrase that only names a topic: the best failure said in a note that holds it."""
    if phrase.tells_failure:
        return None
    beside = {other for phrases in said if phrase in phrases for other in phrases}
    fitting = (p for p in ranked if p in beside and p.tells_failure and len(p.words) > 1)
    return next((p for p in fitting if p.content.isdisjoint(phrase.content)), None)


def _phrases(note: str) -> _Said:
    """Return the distinct phrases of a note in their order, none across punctuation or with empty ends."""
    found: _Said = {}
    for words in _sentences(note):
        lower = [word.lower().replace("’", "'") for word in words]
        for start in range(len(lower)):
            for size in range(1, MAX_WORDS + 1):
                window = tuple(lower[start : start + size])
                if len(window) == size and _reads_well(window):
                    found[_Phrase(window)] = None
    return found


def _sentences(note: str) -> list[list[str]]:
    left, sentences = MAX_NOTE_WORDS, []
    for sentence in _SENTENCE_END.split(_LOCATOR.sub(". ", note[: MAX_NOTE_WORDS * 20])):
        words = _WORD.findall(sentence)[:left]
        left -= len(words)
        sentences.append(words)
    return sentences


def _reads_well(words: tuple[str, ...]) -> bool:
    first, last = words[0], words[-1]
    negated = len(words) > 2 and first in BEFORE_NEGATION and words[1] == "not"
    if last in LINK_WORDS or last in NEGATIONS or (first in LINK_WORDS and not negated):
        return False
    if first.isdecimal() or last.isdecimal() or (len(first) == 1 and first.isascii()):
        return False
    return first not in SUBJECTS and last not in SUBJECTS and not VAGUE_WORDS.issuperset(words)


def _spellings(notes: Iterable[str]) -> dict[str, str]:
    """Return how each lower-case word is written: names and acronyms keep their capitals, other words lose them."""
    seen: dict[str, Counter[str]] = {}
    for note in notes:
        for words in _sentences(note):
            for position, word in enumerate(words):
                written = word.lower() if position == 0 and word.istitle() else word
                seen.setdefault(word.lower().replace("’", "'"), Counter())[written] += 1
    return {word: max(sorted(forms), key=forms.__getitem__) for word, forms in seen.items()}


def _in_words(phrase: _Phrase, complement: _Phrase | None, spelling: dict[str, str]) -> str:
    """Return "Wrong refund date", or "Refund date: not confirmed" where the failure stands in a phrase of its own."""
    parts = (phrase, complement) if complement else (phrase,)
    text = ": ".join(" ".join(spelling.get(word, word) for word in part.words) for part in parts)
    return text[:1].upper() + text[1:]
