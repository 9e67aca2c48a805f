"""The board on a page: modes as columns, notes as cards, and what is worth a look beside them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.jobs import start_job
from evaldash.services import jobs
from evaldash.services.projects import find_project
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.workshop import board_help
from evaldash.storage.store import Store
from evaldash.ui.cached import get_taxonomy
from evaldash.ui.workshop import channel
from evaldash.ui.workshop.assets import component

KEY = "evaldash_board"
HELP_JOB = "board-help"


def show_board(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the board over the notes of `now`; `who` is whose changes they are."""
    notes = channel.send_notes(now.codes)
    st.fragment(_board)(store, project, who, notes)


def _board(store: Store, project: Project, who: str, notes: str) -> None:
    def on_events() -> None:
        channel.take_events(store, project, channel.sent(KEY), who=who)

    project = find_project(store, project.name) or project  # with its revision of now: this runs again without the page
    now = get_taxonomy(store, project)
    if channel.notes_key(now.codes) != notes:
        st.rerun(scope="app")  # somebody wrote a note meanwhile: all of them go to the browser again
    asked = channel.asked_for()
    data = channel.state(project, now, who=who, notes=notes) | {
        "note": channel.note_in_full(now, asked.get("note")),
        "help": _help(store, project, now) if "help" in asked else None,
    }
    component("evaldash_board")(key=KEY, data=data, on_events_change=on_events)


def _help(store: Store, project: Project, now: TaxonomyView) -> dict[str, Any] | None:
    """Return the help over the taxonomy of now; None while it is worked out in the background: the browser asks again.

    It may take the embedding model, which takes seconds to load; nobody waits for that with a note in hand.
    """
    made_for = f"{now.taxonomy.version} {channel.notes_key(now.codes)}"
    job = jobs.newest(store, project, kind=HELP_JOB)
    if job is not None and job.state == "done" and isinstance(job.result, dict) and job.result["for"] == made_for:
        return job.result
    if job is None or job.state != "running":
        jobs.forget(store, project, kind=HELP_JOB)  # each change of the board makes the result before worthless
        start_job(
            store, project, kind=HELP_JOB, message="looking at the modes",
            work=lambda _: board_help(store, project, now) | {"for": made_for}, once=True,
        )  # fmt: skip
    return None
