"""One trace in a window over the page: the map, the selection and the place in the table stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.ui.context import remember
from evaldash.ui.explore_state import Visit
from evaldash.ui.reading import show_trace

HEIGHT = 560  # px


def show_opened(visit: Visit, among: Sequence[str]) -> None:
    """Show the trace that is open, if one is; `among` are those that lie beside it in the table.

    A run without it would close the window, and the page may run while somebody reads: background work came to its end.
    """
    if visit.state.opened is None:
        return

    def close() -> None:
        visit.state.opened = None

    st.dialog("Trace", width="large", on_dismiss=close)(_window)(visit, among)


def _window(visit: Visit, among: Sequence[str]) -> None:
    store, project, state, shown = visit.store, visit.project, visit.state, visit.state.opened
    if shown is None:
        return
    place = among.index(shown) if shown in among else None
    where, back, forth, judge = st.columns([3, 1, 1, 2], vertical_alignment="center")
    if place is not None:
        where.caption(f"{place + 1:,} of {len(among):,} selected")
    if back.button("Previous", width="stretch", disabled=not place):
        state.opened = among[(place or 0) - 1]
        st.rerun(scope="fragment")
    if forth.button("Next", width="stretch", disabled=place is None or place + 1 >= len(among)):
        state.opened = among[(place or 0) + 1]
        st.rerun(scope="fragment")
    if judge.button("Judge it at the desk", icon=":material/edit_note:", width="stretch"):
        state.opened = None
        remember(trace=shown, batch=None)
        st.switch_page("pages/code.py")
    show_trace(store, project, shown, key="explore-transcript", height=HEIGHT, who=visit.who)
