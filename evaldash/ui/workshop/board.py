"""The board on a page: the notes go in once; changes come out, and the taxonomy that came of them goes in again.

5,000 notes are some hundred kilobytes, the taxonomy over them a few: a number for each note, in the notes' order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.board import apply_events
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.storage.readings import CodeRow
from evaldash.storage.store import Store
from evaldash.transcript.markup import visible
from evaldash.ui.workshop.assets import component

KEY = "evaldash_board"
ANSWERS = "evaldash_board_answers"  # session key: answers to the events of the last run
ASKED = "evaldash_board_asked"  # session key: what the browser asked for beside its events
MAX_CARD = 600  # characters of a note on its card; all of it is shown when asked for
MAX_NOTE = 200_000  # characters of a note shown when asked for
TRACE_DIGITS = 16  # of a trace's id: enough to find it
MODE_FIELDS = ("id", "name", "definition", "applies_when", "not_when", "severity", "owner")


def show_board(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the board over the notes of `now`; `who` is whose changes they are."""
    notes = notes_payload(now.codes)
    component("evaldash_board_notes")(key="evaldash_board_notes", data=notes)
    st.fragment(_board)(store, project, who, notes["key"])


def notes_payload(codes: Sequence[CodeRow]) -> dict[str, Any]:
    """Return the notes as columns; `key` changes with them. Control characters and overrides are visible marks."""
    return {
        "key": notes_key(codes),
        "ids": [code.id for code in codes],
        "texts": [visible(code.text[:MAX_CARD]) for code in codes],
        "cut": [place for place, code in enumerate(codes) if len(code.text) > MAX_CARD],
        "coders": [visible(code.coder) for code in codes],
        "steps": [code.step for code in codes],
        "traces": [code.trace[:TRACE_DIGITS] for code in codes],
    }


def notes_key(codes: Sequence[CodeRow]) -> str:
    """Return what stands for these notes in this wording and order."""
    said = "\0".join(f"{code.id}\0{code.text}" for code in codes)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _board(store: Store, project: Project, who: str, notes: str) -> None:
    def on_events() -> None:
        events = st.session_state[KEY].get("events")
        st.session_state[ASKED] = _asked(events)
        answers = apply_events(store, project, _changes(events), who=who)
        st.session_state[ANSWERS] = [asdict(answer) for answer in answers]

    now = view(store, project)
    if notes_key(now.codes) != notes:
        st.rerun(scope="app")  # somebody wrote a note meanwhile: all of them go to the browser again
    component("evaldash_board")(key=KEY, data=_state(project, who, notes, now), on_events_change=on_events)


def _asked(events: object) -> dict[str, str]:
    """Return what the browser asks for beside its events: a note in full."""
    found = [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []
    return {str(event["kind"]): str(event.get("note")) for event in found if event.get("kind") == "note"}


def _changes(events: object) -> list[object]:
    return [event for event in events if isinstance(event, dict) and "id" in event] if isinstance(events, list) else []


def _state(project: Project, who: str, notes: str, now: TaxonomyView) -> dict[str, Any]:
    asked = st.session_state.pop(ASKED, {})
    position = {mode.id: place for place, mode in enumerate(now.taxonomy.modes)}
    return {
        "key": f"{project.key}:{who}",
        "project": project.name,
        "who": who,
        "notes": notes,
        "version": now.taxonomy.version,
        "published": now.taxonomy.published,
        "modes": [{field: visible(getattr(mode, field)) for field in MODE_FIELDS} for mode in now.taxonomy.modes],
        "places": [position.get(now.taxonomy.assignments.get(code.id, ""), -1) for code in now.codes],
        "answers": st.session_state.pop(ANSWERS, []),
        "note": _note(now, asked.get("note")),
        "canHelp": False,
        "help": None,
    }


def _note(now: TaxonomyView, id: str | None) -> dict[str, str] | None:
    found = next((code for code in now.codes if code.id == id), None)
    return None if found is None else {"id": found.id, "text": visible(found.text[:MAX_NOTE])}
