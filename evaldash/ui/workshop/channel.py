"""Between the browser and the taxonomy: notes go in once, events come out, the taxonomy as it is goes in again.

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
from evaldash.services.taxonomy import TaxonomyView
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Store
from evaldash.transcript.markup import visible
from evaldash.ui.workshop.assets import component

ANSWERS = "evaldash_board_answers"  # session key: answers to the events of the last run
ASKED = "evaldash_board_asked"  # session key: what the browser asked for beside its events
MAX_CARD = 600  # characters of a note on its card; all of it is shown when asked for
MAX_NOTE = 200_000  # characters of a note shown when asked for
TRACE_DIGITS = 16  # of a trace's id: enough to find it
MODE_FIELDS = ("id", "name", "definition", "applies_when", "not_when", "severity", "owner")


def send_notes(codes: Sequence[CodeRow]) -> str:
    """Give the notes to the browser; return the key that stands for them."""
    notes = notes_payload(codes)
    component("evaldash_board_notes")(key="evaldash_board_notes", data=notes)
    return str(notes["key"])


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


def sent(key: str) -> object:
    """Return the events that a component sent; None where it has left the page meanwhile, and will send them again."""
    component = st.session_state.get(key)
    return None if component is None else component.get("events")


def take_events(store: Store, project: Project, events: object, *, who: str) -> None:
    """Write the changes that came from the browser, and remember its questions and the answers for the next run."""
    found = [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []
    st.session_state[ASKED] = {str(event.get("kind")): event.get("note") for event in found if "id" not in event}
    answers = apply_events(store, project, [event for event in found if "id" in event], who=who)
    st.session_state[ANSWERS] = [asdict(answer) for answer in answers]


def asked_for() -> dict[str, Any]:
    """Return what the browser asked for beside its events, by kind, once."""
    return dict(st.session_state.pop(ASKED, {}))


def state(project: Project, now: TaxonomyView, *, who: str, notes: str) -> dict[str, Any]:
    """Return the taxonomy as it is and the answers that wait, for the notes that have the key `notes`."""
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
    }


def note_in_full(now: TaxonomyView, id: object) -> dict[str, str] | None:
    """Return one note with all its words."""
    found = next((code for code in now.codes if code.id == id), None)
    return None if found is None else {"id": found.id, "text": visible(found.text[:MAX_NOTE])}
