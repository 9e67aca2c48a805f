"""The cycle that the address names: what the page then speaks of, and the way back to all of it."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.cycles import Cycle
from evaldash.storage.store import Store
from evaldash.ui.cached import get_cycles
from evaldash.ui.context import escape, remember


def asked_cycle(store: Store, project: Project) -> Cycle | None:
    """Return the cycle that the address names, said at the top with a button that lets it go; None for all of them."""
    asked = st.query_params.get("cycle")
    if asked is None:
        return None
    found = next((item for item in get_cycles(store, project) if item.cycle == asked and item.read), None)
    if found is None:
        st.warning(
            f"There is no cycle {escape(asked)} with read traces; this is about all.", icon=":material/search_off:"
        )
        return None
    words, button = st.columns([3, 1], vertical_alignment="center")
    words.markdown(
        f"**Only version {escape(found.cycle)}**: {found.read:,} of its {found.traces:,} traces are judged. "
        "What another version showed does not count as seen here."
    )
    button.button("Show all versions", icon=":material/close:", on_click=remember, kwargs={"cycle": None})
    return found
