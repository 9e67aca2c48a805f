"""The desk on a page: traces go in once, saves come out, answers go in by a second small component.

The traces of the window stay the same from save to save, so Streamlit does not send them again; only the second
component's few bytes (answers, readings, drafts) change.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.template import Template
from evaldash.services.browse import newest_feedback
from evaldash.services.coding import drafts
from evaldash.services.desk import Queue, apply_events, readings_of
from evaldash.services.reading import answer_parts, reading_payloads
from evaldash.services.taxonomy import view
from evaldash.services.templates import project_template
from evaldash.storage.store import Store
from evaldash.ui.reading.assets import component
from evaldash.ui.reading.template import edit_template

BEHIND, AHEAD = 4, 16  # traces of the window before and after the one that was on the screen when it was asked for
MAX_WINDOW = 1_000_000  # characters of JSON in a window; long traces make it shorter
LEAST = 3  # traces of a window however long they are: the one on the screen and the next two
KEY = "evaldash_desk"
WINDOW = "evaldash_desk_window"  # session key: where the window of each batch begins
ANSWERS = "evaldash_desk_answers"  # session key: answers to the events of the last run
PARTS = "evaldash_desk_parts"  # session key: answers to what the reader asked of a trace


def show_desk(store: Store, project: Project, queue: Queue, *, coder: str) -> None:
    """Show the desk over a queue of traces; `coder` is who writes."""
    st.fragment(_desk)(store, project, queue, coder)


def _desk(store: Store, project: Project, queue: Queue, coder: str) -> None:
    key = f"{project.key}:{queue.batch or queue.order[0]}:{coder}"

    def on_events() -> None:
        events = st.session_state[KEY].get("events")
        st.session_state[PARTS] = [asdict(answer) for answer in answer_parts(store, project, _of_kind(events, "part"))]
        if _of_kind(events, "template"):
            edit_template(store, project, who=coder)
        wanted = _asked_for(events, "need")
        if wanted in queue.order:
            st.session_state[WINDOW] = {key: queue.order.index(wanted)}
        answers = apply_events(store, project, events, coder=coder, batch=queue.batch)
        st.session_state[ANSWERS] = [asdict(answer) for answer in answers]

    _state(store, project, queue, coder, key)
    component("evaldash_desk")(key=KEY, data=_data(store, project, queue, coder, key), on_events_change=on_events)


def _of_kind(events: object, kind: str) -> list[dict[str, Any]]:
    listed = events if isinstance(events, list) else []
    return [event for event in listed if isinstance(event, dict) and event.get("kind") == kind]


def _asked_for(events: object, kind: str) -> str | None:
    """Return the trace that the browser asks for beside its events."""
    return next((str(event.get("trace")) for event in reversed(_of_kind(events, kind))), None)


def _data(store: Store, project: Project, queue: Queue, coder: str, key: str) -> dict[str, Any]:
    """Return what stays the same from save to save."""
    middle = st.session_state.get(WINDOW, {}).get(key)
    if middle is None:  # once for a session: later the browser says what it needs
        middle = _first_wanted(store, project, queue, coder)
        st.session_state[WINDOW] = {key: middle}
    window = queue.order[middle : middle + AHEAD] + queue.order[max(0, middle - BEHIND) : middle][::-1]
    return {
        "key": key,
        "project": project.name,
        "coder": coder,
        "batch": queue.batch,
        "title": queue.title,
        "order": list(queue.order),
        "start": queue.start,
        "modes": _modes(store, project),
        "traces": _payloads(
            store, project.key, project.name, window, newest_feedback(store), project_template(store, project)
        ),
    }


def _first_wanted(store: Store, project: Project, queue: Queue, coder: str) -> int:
    """Return the place where the desk will open."""
    read = readings_of(store, project, coder=coder, order=queue.order)
    unread = [place for place, trace in enumerate(queue.order) if trace not in read]
    return queue.order.index(queue.start) if queue.start else next(iter(unread), len(queue.order) - 1)


@st.cache_data(max_entries=16, show_spinner=False)
def _payloads(
    _store: Store,
    project_key: int,
    name: str,
    window: tuple[str, ...],
    said: int,  # noqa: ARG001 (part of the cache's key)
    shown: Template,  # noqa: ARG001 (so too)
) -> list[dict[str, Any]]:
    """Return the traces of a window, in the order in which they are needed, as far as MAX_WINDOW reaches.

    A trace never changes, but what was said about it may come later: `said` changes with it.
    """
    project = Project(key=project_key, name=name, revision=0)
    found: list[dict[str, Any]] = []
    used = 0
    for payload in reading_payloads(_store, project, window):
        used += len(json.dumps(payload))
        if used > MAX_WINDOW and len(found) >= LEAST:
            break
        found.append(payload)
    return found


def _modes(store: Store, project: Project) -> list[dict[str, str]]:
    """Return the failure modes for the number keys, in the taxonomy's order."""
    modes = view(store, project).taxonomy.modes
    return [{"id": mode.id, "name": mode.name, "definition": mode.definition} for mode in modes]


def _state(store: Store, project: Project, queue: Queue, coder: str, key: str) -> None:
    """Send what changes with every save: answers to the browser's events, and what is said and half said."""
    answers = st.session_state.pop(ANSWERS, [])
    parts = st.session_state.pop(PARTS, [])
    order = set(queue.order)
    data = {
        "key": key,
        "answers": answers,
        "readings": readings_of(store, project, coder=coder, order=queue.order),
        "parts": parts,
        "drafts": {trace: draft for trace, draft in drafts(store, project, coder=coder).items() if trace in order},
    }
    component("evaldash_desk_state")(key="evaldash_desk_state", data=data)
