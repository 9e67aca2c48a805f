"""Traces in languages that the model of the groups does not know: how many, which, and in which groups they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaldash.domain.languages import language_of
from evaldash.domain.stored import Project
from evaldash.embedding import get_embedder
from evaldash.errors import EvaldashError
from evaldash.storage import columns
from evaldash.storage.clusterings import ClusteringRow
from evaldash.storage.store import Store

PER_GROUP = 40  # traces of each group that are looked at
MANY = 0.1  # share of the traces in other languages from which on it is said
MOST = 0.5  # share of a group's traces from which on the group is one of other languages
FEWEST = 3  # traces in other languages; fewer are an accident
SHOWN = 3  # languages that are named
ENGLISH = "en"
NAMES = {
    "ar": "Arabic", "bn": "Bengali", "de": "German", "el": "Greek", "es": "Spanish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "th": "Thai", "tr": "Turkish", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What is in other languages than English: the share of the traces, the languages by frequency, and the groups.

    `groups` holds for each group of mostly such traces its languages, the most frequent first.
    """

    share: float
    languages: tuple[str, ...]
    groups: Mapping[int, tuple[str, ...]]


def foreign_traces(store: Store, project: Project, row: ClusteringRow) -> Foreign | None:
    """Return what the model of these groups cannot read; None where it knows other languages, or nearly all is English.

    Some traces of each group are looked at; those whose language is not plain say nothing.
    """
    if not _knows_english_only(row):
        return None
    looked = _some_of_each(row)
    told = _languages(store, project, [item for items in looked.values() for item in items])
    found = {number: Counter(told[item] for item in items if item in told) for number, items in looked.items()}
    others = {number: _without_english(counts) for number, counts in found.items()}
    if sum(counts.total() for counts in others.values()) < FEWEST:
        return None
    sizes = Counter(row.numbers)
    weights = {number: sizes[number] / counts.total() for number, counts in found.items() if counts}
    share = sum(others[number].total() * weight for number, weight in weights.items()) / sum(
        found[number].total() * weight for number, weight in weights.items()
    )
    groups = {
        number: _in_order(counts)
        for number, counts in others.items()
        if number >= 0 and counts.total() >= max(FEWEST, MOST * found[number].total())
    }
    if share < MANY and not groups:
        return None
    return Foreign(share=share, languages=_in_order(sum(others.values(), Counter())), groups=groups)


def said_languages(languages: Sequence[str]) -> str:
    """Return the first languages in words: "Spanish, French, Italian and others"."""
    names = [NAMES.get(language, language) for language in languages]
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and others"
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def _knows_english_only(row: ClusteringRow) -> bool:
    try:
        return get_embedder(str(row.parameters.get("embedder", row.embedder))).english_only
    except EvaldashError:  # a folder that has gone since; it was no model of ours
        return False


def _some_of_each(row: ClusteringRow) -> dict[int, list[str]]:
    """Return some items of each group, spread over it."""
    members: dict[int, list[str]] = {}
    for item, number in zip(row.items, row.numbers, strict=True):
        members.setdefault(number, []).append(item)
    return {number: items[:: max(1, len(items) // PER_GROUP)][:PER_GROUP] for number, items in members.items()}


def _languages(store: Store, project: Project, ids: Sequence[str]) -> dict[str, str]:
    with store.read() as connection:
        queries = columns.queries_of(connection, project, ids)
    told = {trace: language_of(query) for trace, query in queries.items()}
    return {trace: language for trace, language in told.items() if language is not None}


def _without_english(counts: Counter[str]) -> Counter[str]:
    return Counter({language: count for language, count in counts.items() if language != ENGLISH})


def _in_order(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(language for language, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
