"""Review: suggested changes as cards; each is accepted, in one's own words if one likes, or rejected for good."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Outcome, SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.services.events import MAX_LISTED, Step, ids, new_mode_id, text
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import count_of
from evaldash.storage import decisions, suggestions
from evaldash.storage.store import Connection, Store
from evaldash.taxonomy import editing

CARD = "card"  # the kind of decision
SAME_CARD = 0.8  # Jaccard of their notes from which a card is one that was rejected before
WORDS = ("name", "definition", "applies_when", "not_when")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One suggested change that nobody has decided on; `codes` are those of its notes still without a mode."""

    suggestion: str
    number: int  # its place in the suggestion
    mode: SuggestedMode
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The cards of the newest suggestion, and the notes it left over with the reason for each."""

    suggestion: Suggestion
    cards: tuple[Card, ...]
    left_over: Mapping[str, str]


def open_review(store: Store, project: Project, now: TaxonomyView) -> Review | None:
    """Return what of the newest suggestion is to be decided; None where there was no suggestion."""
    with store.read() as connection:
        found = suggestions.newest(connection, project)
        made = decisions.listing(connection, project, kinds=[CARD])
    if found is None:
        return None
    loose = {code.id for code in now.uncategorised}
    there = {mode.id for mode in now.taxonomy.modes}
    rejected = [item for item in made if item.outcome is Outcome.REJECTED]
    cards = [
        Card(suggestion=found.id, number=number, mode=mode, codes=tuple(code for code in mode.codes if code in loose))
        for number, mode in enumerate(found.modes)
        if mode.existing is None or mode.existing in there
    ]
    return Review(
        suggestion=found,
        cards=tuple(card for card in cards if card.codes and not _was_rejected(card, rejected)),
        left_over={code: found.reasons.get(code, "") for code in found.left_over if code in loose},
    )


def acceptance(connection: Connection, project: Project, event: Mapping[str, Any]) -> Step:
    """Return the change that takes cards over, all of them as one version."""
    given = event.get("cards")
    if not isinstance(given, list) or not given or len(given) > MAX_LISTED:
        raise InvalidInput("accept needs at least one card; load the page again")
    key, suggestion = suggestions.find(connection, project, text(event, "suggestion") or "none")
    chosen = [(_of(suggestion, card), card) for card in given]
    fresh = [mode.existing is None and new_mode_id(connection, project, card) for mode, card in chosen]

    def edit(now: Taxonomy, known: set[str]) -> Taxonomy:
        after = now
        for (mode, card), id in zip(chosen, fresh, strict=True):
            after = _taken(after, mode, card, id or "", known)
        if after is now:
            raise Conflict("nothing is left to accept: the notes have a mode or are gone")
        return after

    def summary(before: Taxonomy) -> str:
        names = {mode.id: mode.name for mode in before.modes}
        said = [names.get(mode.existing or "") or text(card, "name") or mode.name for mode, card in chosen]
        return f"accepted {', '.join(said)}" if len(said) <= 3 else f"accepted {count_of(len(said), 'suggestion')}"

    made = tuple(_decided(suggestion, mode, _outcome(mode, card)) for mode, card in chosen)
    return Step(action="accept", edit=edit, summary=summary, decisions=made, suggestion=key)


def rejection(connection: Connection, project: Project, event: Mapping[str, Any]) -> Decision:
    """Return the decision that puts a card away for good."""
    _, suggestion = suggestions.find(connection, project, text(event, "suggestion") or "none")
    return _decided(suggestion, _of(suggestion, event), Outcome.REJECTED)


def _taken(now: Taxonomy, mode: SuggestedMode, card: Mapping[str, Any], id: str, known: set[str]) -> Taxonomy:
    """Return the taxonomy with one card in it; what people decided since it was made stands."""
    codes = [code for code in _codes(mode, card) if code in known and code not in now.assignments]
    if not codes:
        return now
    if mode.existing is not None:
        return editing.move(now, codes, to=mode.existing, known_codes=known)
    words = {field: text(card, field) if field in card else getattr(mode, field) for field in WORDS}
    name = words.pop("name")
    return editing.define(editing.create(now, name, codes=codes, known_codes=known, new_id=lambda: id), id, **words)


def _codes(mode: SuggestedMode, card: Mapping[str, Any]) -> list[str]:
    if "codes" not in card:
        return list(mode.codes)
    chosen = ids(card, "codes")
    if foreign := set(chosen) - set(mode.codes):
        raise InvalidInput(f"{mode.name!r} was not suggested for {count_of(len(foreign), 'note')} given with it")
    return chosen


def _of(suggestion: Suggestion, card: object) -> SuggestedMode:
    number = card.get("card") if isinstance(card, dict) else None
    if not isinstance(number, int) or not 0 <= number < len(suggestion.modes):
        raise NotFound(f"suggestion {suggestion.id[:8]} has no card {str(number)[:20]}; load the page again")
    return suggestion.modes[number]


def _outcome(mode: SuggestedMode, card: Mapping[str, Any]) -> Outcome:
    reworded = mode.existing is None and any(
        text(card, field) != getattr(mode, field) for field in WORDS if field in card
    )
    fewer = "codes" in card and len(ids(card, "codes")) < len(mode.codes)
    return Outcome.EDITED if reworded or fewer else Outcome.ACCEPTED


def _decided(suggestion: Suggestion, mode: SuggestedMode, outcome: Outcome) -> Decision:
    content = {"name": mode.name, "existing": mode.existing, "codes": list(mode.codes), "suggestion": suggestion.id}
    said = "\0".join([mode.existing or "", *sorted(mode.codes)])
    subject = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Decision(kind=CARD, subject=subject, suggester=suggestion.method, outcome=outcome, content=content)


def _was_rejected(card: Card, rejected: Sequence[Decision]) -> bool:
    """Say whether this card, or one with nearly the same notes for the same mode, was put away for good."""
    mine = set(card.mode.codes)
    for item in rejected:
        theirs = set(item.content.get("codes", []))
        if item.content.get("existing") == card.mode.existing and len(mine & theirs) >= SAME_CARD * len(mine | theirs):
            return True
    return False
