"""Checks by code that a model placed every id exactly once, and repairs what it did not; nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.taxonomy.naming import listed


@dataclass(frozen=True, slots=True)
class Placement:
    """Ids by group, each id in one group or in `unplaced`; `problems` say in words what had to be repaired."""

    groups: tuple[tuple[str, ...], ...]
    left_over: tuple[str, ...]
    unplaced: tuple[str, ...]
    problems: tuple[str, ...]


def placed_once(asked: Sequence[str], groups: Sequence[Sequence[str]], left_over: Sequence[str] = ()) -> Placement:
    """Return the placement of the ids `asked` about: unknown ids dropped, ids placed twice or not at all unplaced."""
    places = Counter(identifier for group in (*groups, left_over) for identifier in dict.fromkeys(group))
    known = set(asked)
    unknown = [identifier for identifier in places if identifier not in known]
    twice = [identifier for identifier in asked if places[identifier] > 1]
    missing = [identifier for identifier in asked if identifier not in places]
    once = known - set(twice) - set(missing)
    return Placement(
        groups=tuple(tuple(i for i in dict.fromkeys(group) if i in once) for group in groups),
        left_over=tuple(i for i in dict.fromkeys(left_over) if i in once),
        unplaced=tuple(identifier for identifier in asked if identifier not in once),
        problems=tuple(
            f"{words}: {listed(identifier[:20] for identifier in ids)}"
            for words, ids in (
                ("ids that were not given", unknown),
                ("ids placed more than once", twice),
                ("ids not placed at all", missing),
            )
            if ids
        ),
    )
