"""Suggested changes on a page: cards with the notes they rest on, decided on by key or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import ChangeKind, FailureMode, SuggestedChange, SuggestedMode
from evaldash.services import review
from evaldash.services.projects import find_project
from evaldash.services.review import Card, Review
from evaldash.services.review_changes import EDITED_WORDS
from evaldash.services.taxonomy import TaxonomyView
from evaldash.storage.store import Store
from evaldash.taxonomy.changing import TAKES_NOTES, contradictions, labelled
from evaldash.transcript.markup import visible
from evaldash.ui.cached import get_taxonomy
from evaldash.ui.workshop import channel
from evaldash.ui.workshop.assets import component

KEY = "evaldash_review"
MADE = {"local": "made on this machine", "llm": "by the model"}  # methods as people read them
SHOWN_BESIDE = 100  # notes of the other side of a change
WORDS = ("name", "definition", "applies_when", "not_when")
REWORDS = (ChangeKind.RENAME, ChangeKind.DEFINE)  # what stood there before is shown beside


def show_review(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the cards of the newest suggestion; `who` is who decides."""
    notes = channel.send_notes(now.codes)
    st.fragment(_review)(store, project, who, notes)


def _review(store: Store, project: Project, who: str, notes: str) -> None:
    def on_events() -> None:
        channel.take_events(store, project, channel.sent(KEY), who=who)

    project = find_project(store, project.name) or project  # with its revision of now: this runs again without the page
    now = get_taxonomy(store, project)
    found = review.open_review(store, project, now)
    if found is None or channel.notes_key(now.codes) != notes:
        st.rerun(scope="app")
    data = channel.state(project, now, who=who, notes=notes) | cards_payload(found, now)
    component("evaldash_review")(key=KEY, data=data, on_events_change=on_events)


def cards_payload(found: Review, now: TaxonomyView) -> dict[str, Any]:
    """Return the cards that are to be decided on, and what the suggestion left over."""
    modes = {mode.id: mode for mode in now.taxonomy.modes}
    changes = [card.offer for card in found.cards if isinstance(card.offer, SuggestedChange)]
    against = dict(zip(map(id, changes), contradictions(changes), strict=True))
    names = {id(change): name for name, change in labelled(changes, now.taxonomy).items()}
    return {
        "method": MADE.get(found.suggestion.method, visible(f"by {found.suggestion.method}")),
        "cards": [
            _card(card, modes, now)
            | {"against": [visible(names[id(other)]) for other in against.get(id(card.offer), ())]}
            for card in found.cards
        ],
        "unusable": [visible(words) for words in found.suggestion.unusable],
        "left_over": [[code, visible(reason)] for code, reason in found.left_over.items()],
    }


def _card(card: Card, modes: Mapping[str, FailureMode], now: TaxonomyView) -> dict[str, Any]:
    """Return a card with what stands there today; `fields` are the words that a person may edit."""
    offer = card.offer
    shown = {field: visible(getattr(offer, field)) for field in WORDS} | {
        "suggestion": card.suggestion,
        "card": card.number,
        "codes": list(card.codes),
    }
    if isinstance(offer, SuggestedMode):
        existing = modes.get(offer.existing or "")
        return shown | {
            "kind": "add" if existing else "new",
            "mode_name": visible(existing.name) if existing else "",
            "fields": [] if existing else [word for word in WORDS if getattr(offer, word) or word in WORDS[:2]],
            "evidence": list(offer.evidence),
            "confidence": offer.confidence,
        }
    mode, into = modes[offer.mode], modes.get(offer.into or "")
    return shown | {
        "kind": offer.kind.value,
        "mode_name": visible(mode.name),
        "into_name": visible(into.name) if into else "",
        "fields": [word for word in EDITED_WORDS.get(offer.kind, ()) if getattr(offer, word) or word in WORDS[:2]],
        "before": {field: visible(getattr(mode, field)) for field in WORDS} if offer.kind in REWORDS else {},
        "takes": offer.kind in TAKES_NOTES,
        "beside": _beside(card, offer, now),
        "evidence": [],
        "confidence": None,
        "reason": visible(offer.reason),
    }


def _beside(card: Card, offer: SuggestedChange, now: TaxonomyView) -> dict[str, Any] | None:
    """Return the notes that a person compares with: those that stay after a split, those of the mode it ends in."""
    mode = offer.mode if offer.kind is ChangeKind.SPLIT else offer.into
    if mode is None:
        return None
    going = set(card.codes)
    notes = [code.id for code in now.by_mode[mode] if code.id not in going]
    return {"count": len(notes), "codes": notes[:SHOWN_BESIDE]}
