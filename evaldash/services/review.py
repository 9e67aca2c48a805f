"""Review: suggested changes as cards; each is accepted, in one's own words if one likes, or rejected for good."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import (
    ChangeKind,
    Decision,
    Outcome,
    SuggestedChange,
    SuggestedMode,
    Suggestion,
    Taxonomy,
)
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.services.events import MAX_LISTED, Step, ids, new_mode_id, text
from evaldash.services.review_changes import as_edited, content_of, is_same, taken
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import count_of
from evaldash.storage import decisions, suggestions
from evaldash.storage.store import Connection, Store
from evaldash.taxonomy import editing
from evaldash.taxonomy.changing import ORDER, TAKES_NOTES, fault, label

CARD = "card"  # the kind of decision
SAME_CARD = 0.8  # Jaccard of their notes from which a card is one that was rejected before
WORDS = ("name", "definition", "applies_when", "not_when")


Offer: TypeAlias = SuggestedMode | SuggestedChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One suggestion that nobody has decided on: a mode with notes for it, or a change to modes that are there.

    `codes` are those of its notes that it still is about: without a mode, or in the mode that it changes.
    """

    suggestion: str
    number: int  # its place in the suggestion: modes first, then changes
    offer: Offer
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
    newest = {item.subject: item for item in made}
    rejected = [item for item in newest.values() if item.outcome is Outcome.REJECTED]
    cards = (_open(found, number, offer, now, loose) for number, offer in enumerate(_offers(found)))
    return Review(
        suggestion=found,
        cards=tuple(card for card in cards if card is not None and not _was_rejected(card.offer, rejected)),
        left_over={code: found.reasons.get(code, "") for code in found.left_over if code in loose},
    )


def _offers(suggestion: Suggestion) -> tuple[Offer, ...]:
    return (*suggestion.modes, *suggestion.changes)


def _open(found: Suggestion, number: int, offer: Offer, now: TaxonomyView, loose: set[str]) -> Card | None:
    """Return the card of an offer; None where people made it already, or where it cannot be made any more."""
    if isinstance(offer, SuggestedChange):
        known = {code.id for code in now.codes}
        codes = tuple(code for code in offer.codes if now.taxonomy.assignments.get(code) in (offer.mode, offer.into))
        # Once notes have left the mode, people decided: they took the split over for some, or moved them by hand.
        is_there = offer.kind not in TAKES_NOTES or len(codes) >= SAME_CARD * len(offer.codes)
        is_open = is_there and fault(now.taxonomy, offer, known) is None
    else:
        codes = tuple(code for code in offer.codes if code in loose)
        gone = offer.existing is not None and offer.existing not in {mode.id for mode in now.taxonomy.modes}
        is_open = bool(codes) and not gone
    return Card(suggestion=found.id, number=number, offer=offer, codes=codes) if is_open else None


def acceptance(connection: Connection, project: Project, event: Mapping[str, Any]) -> Step:
    """Return the change that takes cards over, all of them as one version."""
    given = event.get("cards")
    if not isinstance(given, list) or not given or len(given) > MAX_LISTED:
        raise InvalidInput("accept needs at least one card; load the page again")
    key, suggestion = suggestions.find(connection, project, text(event, "suggestion") or "none")
    chosen = sorted(((_of(suggestion, card), card) for card in given), key=lambda pair: _turn(pair[0]))
    fresh = [new_mode_id(connection, project, card) if _makes_a_mode(offer) else "" for offer, card in chosen]

    def edit(now: Taxonomy, known: set[str]) -> Taxonomy:
        after = now
        for (offer, card), id in zip(chosen, fresh, strict=True):
            if isinstance(offer, SuggestedChange):
                change = as_edited(offer, card)
                after = taken(after, change, new_id=id, known=known, alone=len(chosen) == 1)
            else:
                after = _taken(after, offer, card, id, known)
        if after is now:
            raise Conflict("nothing is left to accept: the notes have a mode or are gone")
        return after

    def summary(before: Taxonomy) -> str:
        said = [_said(offer, card, before) for offer, card in chosen]
        return f"accepted {', '.join(said)}" if len(said) <= 3 else f"accepted {count_of(len(said), 'suggestion')}"

    made = tuple(_decided(suggestion, offer, _outcome(offer, card)) for offer, card in chosen)
    return Step(action="accept", edit=edit, summary=summary, decisions=made, suggestion=key)


def rejection(connection: Connection, project: Project, event: Mapping[str, Any]) -> Decision:
    """Return the decision that puts a card away for good."""
    _, suggestion = suggestions.find(connection, project, text(event, "suggestion") or "none")
    return _decided(suggestion, _of(suggestion, event), Outcome.REJECTED)


def reopening(connection: Connection, project: Project, event: Mapping[str, Any]) -> Decision:
    """Return the decision that brings a rejected card back."""
    _, suggestion = suggestions.find(connection, project, text(event, "suggestion") or "none")
    return _decided(suggestion, _of(suggestion, event), Outcome.REOPENED)


def _turn(offer: Offer) -> int:
    """Return when an offer is taken over among others: notes find their modes before modes are merged."""
    return 1 + ORDER.index(offer.kind) if isinstance(offer, SuggestedChange) else 0


def _makes_a_mode(offer: Offer) -> bool:
    if isinstance(offer, SuggestedChange):
        return offer.kind is ChangeKind.SPLIT
    return offer.existing is None


def _said(offer: Offer, card: Mapping[str, Any], before: Taxonomy) -> str:
    if isinstance(offer, SuggestedChange):
        return label(as_edited(offer, card), before)
    names = {mode.id: mode.name for mode in before.modes}
    return names.get(offer.existing or "") or text(card, "name") or offer.name


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


def _of(suggestion: Suggestion, card: object) -> Offer:
    number, offers = card.get("card") if isinstance(card, dict) else None, _offers(suggestion)
    if not isinstance(number, int) or not 0 <= number < len(offers):
        raise NotFound(f"suggestion {suggestion.id[:8]} has no card {str(number)[:20]}; load the page again")
    return offers[number]


def _outcome(mode: Offer, card: Mapping[str, Any]) -> Outcome:
    if isinstance(mode, SuggestedChange):
        return Outcome.ACCEPTED if as_edited(mode, card) == mode else Outcome.EDITED
    reworded = mode.existing is None and any(
        text(card, field) != getattr(mode, field) for field in WORDS if field in card
    )
    fewer = "codes" in card and len(ids(card, "codes")) < len(mode.codes)
    return Outcome.EDITED if reworded or fewer else Outcome.ACCEPTED


def _decided(suggestion: Suggestion, mode: Offer, outcome: Outcome) -> Decision:
    if isinstance(mode, SuggestedChange):
        content = content_of(mode) | {"suggestion": suggestion.id}
        said = "\0".join([mode.kind, mode.mode, mode.into or "", mode.name, mode.definition, *sorted(mode.codes)])
    else:
        content = {"name": mode.name, "existing": mode.existing, "codes": list(mode.codes), "suggestion": suggestion.id}
        said = "\0".join([mode.existing or "", *sorted(mode.codes)])
    subject = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Decision(kind=CARD, subject=subject, suggester=suggestion.method, outcome=outcome, content=content)


def _was_rejected(offer: Offer, rejected: Sequence[Decision]) -> bool:
    """Say whether this card, or one with nearly the same notes for the same mode, was put away for good."""
    if isinstance(offer, SuggestedChange):
        return any(is_same(offer, item.content) for item in rejected)
    mine = set(offer.codes)
    for item in rejected:
        theirs = set(item.content.get("codes", []))
        if "change" in item.content or item.content.get("existing") != offer.existing:
            continue
        if len(mine & theirs) >= SAME_CARD * len(mine | theirs):
            return True
    return False
