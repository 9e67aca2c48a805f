"""Tables that stand on more than one page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.domain.batch import Strategy
from evaldash.domain.stored import Project
from evaldash.storage.batches import BatchRow
from evaldash.ui.context import remember
from evaldash.ui.sample_form import TITLES


def show_batches(project: Project, rows: Sequence[BatchRow]) -> None:
    """Show the batches there are, newest first; a chosen one opens at the desk."""
    if not rows:
        return
    st.subheader("Batches")
    newest = list(reversed(rows))
    table = [
        {
            "batch": row.number,
            "drawn by": TITLES.get(Strategy(row.strategy), row.strategy),
            "from": row.frame_size,
            "size": row.size,
            "read": row.read,
            "failed": row.failed,
            "who reads": row.coder or "anyone",
            "drawn": f"{row.at:%d %b %H:%M}",
            "seed": row.seed,
        }
        for row in newest
    ]
    chosen = st.dataframe(
        table, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key=f"batches-{project.key}-{len(rows)}",  # a choice is a place in the list, and means nothing in another
    )  # fmt: skip
    picked = chosen["selection"]["rows"]
    if picked:
        number = newest[picked[0]].number
        if st.button(f"Read batch {number}", icon=":material/edit_note:"):
            remember(batch=str(number), trace=None)
            st.switch_page("pages/code.py")
