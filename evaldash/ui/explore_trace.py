"""One trace in a window over the page: the map, the selection and the place in the table stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.storage.store import Store
from evaldash.ui.context import remember
from evaldash.ui.explore_state import Visit
from evaldash.ui.reading import show_trace

HEIGHT = 560  # px
_AT = "explore-trace-at"  # session key: the trace in the window


def show_opened(visit: Visit, among: Sequence[str]) -> None:
    """Show the trace that was just opened, if one was; `among` are those that lie beside it in the table."""
    if visit.state.opened is None:
        return
    st.session_state[_AT] = visit.state.opened
    visit.state.opened = None
    _window(visit.store, visit.project, visit.who, among)


@st.dialog("Trace", width="large")
def _window(store: Store, project: Project, who: str | None, among: Sequence[str]) -> None:
    shown = st.session_state[_AT]
    place = among.index(shown) if shown in among else None
    where, back, forth, judge = st.columns([3, 1, 1, 2], vertical_alignment="center")
    if place is not None:
        where.caption(f"{place + 1:,} of {len(among):,} selected")
    if back.button("Previous", width="stretch", disabled=not place):
        st.session_state[_AT] = among[(place or 0) - 1]
        st.rerun(scope="fragment")
    if forth.button("Next", width="stretch", disabled=place is None or place + 1 >= len(among)):
        st.session_state[_AT] = among[(place or 0) + 1]
        st.rerun(scope="fragment")
    if judge.button("Judge it at the desk", icon=":material/edit_note:", width="stretch"):
        remember(trace=shown, batch=None)
        st.switch_page("pages/code.py")
    show_trace(store, project, shown, key="explore-transcript", height=HEIGHT, who=who)
