"""The desk on a page: three components, so that a save, a trace and the page itself do not wait for one another.

The desk is given its batch once, with the page. A small one carries saves out and their answers in, and another what
the desk asks to read; each runs in a fragment of its own, so neither sends again what the others hold.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.desk import Queue
from evaldash.storage.store import Store
from evaldash.ui.reading.assets import component
from evaldash.ui.reading.exchange import KEY, SHELF, Exchange


def show_desk(store: Store, project: Project, queue: Queue, *, coder: str) -> None:
    """Show the desk over a queue of traces; `coder` is who writes, empty as long as nobody said."""
    exchange = Exchange(store, project, queue, coder=coder)
    exchange.open()
    with st.container(gap=None):  # components that show nothing take no room
        st.fragment(_talk)(exchange)
        st.fragment(_shelf)(exchange)
        component("evaldash_desk")(key="evaldash_desk", data=_data(exchange))


def _talk(exchange: Exchange) -> None:
    if exchange.is_renamed():
        st.rerun()
    component("evaldash_desk_state")(key=KEY, data=exchange.news(), on_events_change=exchange.take_events)


def _shelf(exchange: Exchange) -> None:
    component("evaldash_desk_traces")(key=SHELF, data=exchange.traces(), on_asked_change=exchange.take_asked)


def _data(exchange: Exchange) -> dict[str, Any]:
    """Return what stays the same as long as the page stands."""
    queue = exchange.queue
    return {
        "key": exchange.key,
        "base": exchange.base,
        "project": exchange.project.name,
        "coder": exchange.coder,
        "batch": queue.batch,
        "title": queue.title,
        "order": list(queue.order),
        "start": queue.start,
        "settles": queue.settles,
        "modes": exchange.modes,
        **exchange.opening,
    }
