"""The desk on a page: traces go in once, saves come out, answers go in by a second small component.

The traces of the window stay the same from save to save, so Streamlit does not send them again; only the second
component's few bytes (answers and what changed) do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.template import Template
from evaldash.services.browse import newest_feedback
from evaldash.services.desk import Queue
from evaldash.services.desk_state import mode_documents
from evaldash.services.reading import reading_payloads
from evaldash.services.templates import project_template
from evaldash.storage.store import Store
from evaldash.ui.reading.assets import component
from evaldash.ui.reading.exchange import KEY, Exchange

BEHIND, AHEAD = 4, 16  # traces of the window before and after the one that was on the screen when it was asked for
MAX_WINDOW = 1_000_000  # characters of JSON in a window; long traces make it shorter
KEPT = 64  # traces laid out that are kept: some windows
LEAST = 3  # traces of a window however long they are: the one on the screen and the next two


def show_desk(store: Store, project: Project, queue: Queue, *, coder: str) -> None:
    """Show the desk over a queue of traces; `coder` is who writes, empty as long as nobody said."""
    exchange = Exchange(store, project, queue, coder=coder)
    exchange.open()
    st.fragment(_desk)(exchange)


def _desk(exchange: Exchange) -> None:
    if exchange.is_renamed():
        st.rerun()
    component("evaldash_desk_state")(key="evaldash_desk_state", data=exchange.news())
    component("evaldash_desk")(key=KEY, data=_data(exchange), on_events_change=exchange.take_events)


def _data(exchange: Exchange) -> dict[str, Any]:
    """Return what stays the same from save to save."""
    store, project, queue = exchange.store, exchange.project, exchange.queue
    middle = exchange.middle
    window = queue.order[middle : middle + AHEAD] + queue.order[max(0, middle - BEHIND) : middle][::-1]
    return {
        "key": exchange.key,
        "base": exchange.base,
        "project": project.name,
        "coder": exchange.coder,
        "batch": queue.batch,
        "title": queue.title,
        "order": list(queue.order),
        "start": queue.start,
        "settles": queue.settles,
        "modes": mode_documents(store, project),
        "traces": _payloads(store, project, window),
        **exchange.opening,
    }


def _payloads(store: Store, project: Project, window: Sequence[str]) -> list[dict[str, Any]]:
    """Return the traces of a window, in the order in which they are needed, as far as MAX_WINDOW reaches.

    Windows overlap, and laying out is what takes time: what was laid out before is kept. A trace never changes, but
    what was said about it may come later, and the look of all may: then all are laid out again.
    """
    kept = _kept(store.url, project.key, newest_feedback(store), project_template(store, project))
    there = {trace: known for trace in window if (known := kept.get(trace)) is not None}
    missing = [trace for trace in window if trace not in there]
    for payload in reading_payloads(store, project, missing) if missing else []:
        there[payload["id"]] = payload, len(json.dumps(payload))
    kept.update(there)
    for trace in [trace for trace in list(kept) if trace not in there][: max(0, len(kept) - KEPT)]:
        kept.pop(trace, None)  # other sessions read and write here as well
    found: list[dict[str, Any]] = []
    used = 0
    for payload, size in (there[trace] for trace in window if trace in there):
        used += size
        if used > MAX_WINDOW and len(found) >= LEAST:
            break
        found.append(payload)
    return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept(
    url: str,  # noqa: ARG001 (all of these are the key)
    project_key: int,  # noqa: ARG001
    said: int,  # noqa: ARG001
    shown: Template,  # noqa: ARG001
) -> dict[str, tuple[dict[str, Any], int]]:
    """Return what is laid out of a project, each trace with the characters it takes; a value in it never changes."""
    return {}
