"""Suggested changes on a page: cards with the notes they rest on, decided on by key or by hand."""

from __future__ import annotations

from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services import review
from evaldash.services.projects import find_project
from evaldash.services.review import Card, Review
from evaldash.services.taxonomy import TaxonomyView
from evaldash.storage.store import Store
from evaldash.transcript.markup import visible
from evaldash.ui.cached import get_taxonomy
from evaldash.ui.workshop import channel
from evaldash.ui.workshop.assets import component

KEY = "evaldash_review"
WORDS = ("name", "definition", "applies_when", "not_when")


def show_review(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the cards of the newest suggestion; `who` is who decides."""
    notes = channel.send_notes(now.codes)
    st.fragment(_review)(store, project, who, notes)


def _review(store: Store, project: Project, who: str, notes: str) -> None:
    def on_events() -> None:
        channel.take_events(store, project, st.session_state[KEY].get("events"), who=who)

    project = find_project(store, project.name) or project  # with its revision of now: this runs again without the page
    now = get_taxonomy(store, project)
    found = review.open_review(store, project, now)
    if found is None or channel.notes_key(now.codes) != notes:
        st.rerun(scope="app")
    data = channel.state(project, now, who=who, notes=notes) | _cards(found, now)
    component("evaldash_review")(key=KEY, data=data, on_events_change=on_events)


def _cards(found: Review, now: TaxonomyView) -> dict[str, Any]:
    names = {mode.id: mode.name for mode in now.taxonomy.modes}
    return {
        "method": visible(f"by {found.suggestion.method}"),
        "cards": [_card(card, names) for card in found.cards],
        "left_over": [[code, visible(reason)] for code, reason in found.left_over.items()],
    }


def _card(card: Card, names: dict[str, str]) -> dict[str, Any]:
    mode = card.mode
    return {field: visible(getattr(mode, field)) for field in WORDS} | {
        "suggestion": card.suggestion,
        "card": card.number,
        "existing": mode.existing,
        "existing_name": visible(names.get(mode.existing or "", "")),
        "codes": list(card.codes),
        "evidence": list(mode.evidence),
        "confidence": mode.confidence,
    }
