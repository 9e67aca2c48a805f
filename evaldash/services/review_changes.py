"""Cards that change modes which are there: as a person edited them, taken over, and known again once rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evaldash.domain.taxonomy import ChangeKind, SuggestedChange, Taxonomy
from evaldash.errors import InvalidInput
from evaldash.services.events import ids, text
from evaldash.services.wording import count_of
from evaldash.taxonomy.changing import TAKES_NOTES, TEXTS, applied, fault
from evaldash.taxonomy.naming import name_key

SAME_NOTES = 0.8  # Jaccard of their notes from which a card is one that was rejected before
EDITED_WORDS: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.SPLIT: ("name", *TEXTS), ChangeKind.RENAME: ("name",), ChangeKind.DEFINE: TEXTS,
}  # fmt: skip


def as_edited(change: SuggestedChange, card: Mapping[str, Any]) -> SuggestedChange:
    """Return a change in the words and for the notes that a person left in its card."""
    words: dict[str, Any] = {
        name: text(card, name).strip() for name in EDITED_WORDS.get(change.kind, ()) if name in card
    }
    codes = change.codes
    if "codes" in card and change.kind in TAKES_NOTES:
        codes = tuple(ids(card, "codes"))
        if foreign := set(codes) - set(change.codes):
            raise InvalidInput(f"this change was not suggested for {count_of(len(foreign), 'note')} given with it")
    return replace(change, **words, codes=codes)


def taken(now: Taxonomy, change: SuggestedChange, *, new_id: str, known: set[str], alone: bool) -> Taxonomy:
    """Return the taxonomy with a change; one that cannot be made any more is passed over among others.

    Raises InvalidInput where it is `alone`.
    """
    wrong = fault(now, change, known)
    if wrong is None:
        return applied(now, change, new_id=lambda: new_id, known_codes=known)
    if alone:
        raise InvalidInput(wrong)
    return now


def content_of(change: SuggestedChange) -> dict[str, Any]:
    """Return what is kept of a change that was decided on."""
    words = {name: getattr(change, name) for name in ("name", *TEXTS)}
    return {"change": change.kind.value, "mode": change.mode, "into": change.into, "codes": list(change.codes)} | words


def is_same(change: SuggestedChange, kept: Mapping[str, Any]) -> bool:
    """Say whether a change is the one of `kept`, or nearly: the same pair, nearly the same notes, the same words."""
    if kept.get("change") != change.kind:
        return False
    if change.kind is ChangeKind.MERGE:
        return {kept.get("mode"), kept.get("into")} == {change.mode, change.into}
    if (kept.get("mode"), kept.get("into")) != (change.mode, change.into):
        return False
    if change.kind in TAKES_NOTES:
        mine, theirs = set(change.codes), set(kept.get("codes", []))
        return len(mine & theirs) >= SAME_NOTES * len(mine | theirs)
    return all(name_key(str(kept.get(name, ""))) == name_key(getattr(change, name)) for name in ("name", *TEXTS))
