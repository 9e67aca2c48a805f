"""What changed, by whom, and naming a version for good."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services import taxonomy
from evaldash.services.taxonomy import TaxonomyView
from evaldash.storage.store import Store


def show_history(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show all versions, newest first, and publish the present one."""
    if now.taxonomy.modes and not now.taxonomy.published:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Publish this version as", placeholder="spring review", help="A published version never changes."
        )
        if right.button("Publish", disabled=not name.strip(), width="stretch"):
            taxonomy.publish(store, project, name, who=who)
            st.rerun()
    rows = [
        {
            "version": change.version,
            "what": change.summary,
            "who": change.by,
            "when": f"{change.at:%d %b %H:%M}",
            "published as": change.published or "",
        }
        for change in reversed(taxonomy.history(store, project))
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.caption("Nothing has been changed yet.")
