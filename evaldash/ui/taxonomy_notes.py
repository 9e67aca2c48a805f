"""Notes as a table to choose from, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.storage.readings import CodeRow
from evaldash.ui.context import remember

PAGE = 50  # notes shown at a time


def choose_notes(codes: Sequence[CodeRow], *, key: str) -> list[CodeRow]:
    """Show notes; return those a person chose. A single chosen one can be opened where it was written."""
    shown = _page(codes, key)
    event = st.dataframe(
        [{"note": code.text, "step": code.step, "coder": code.coder, "trace": code.trace[:12]} for code in shown],
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"{key}-notes",
        column_config={"note": st.column_config.TextColumn(width="large")},
    )
    chosen = [shown[place] for place in event["selection"]["rows"] if place < len(shown)]
    if len(chosen) == 1 and st.button("Open its trace", key=f"{key}-open", icon=":material/open_in_new:"):
        remember(trace=chosen[0].trace, batch=None)
        st.switch_page("pages/code.py")
    return chosen


def _page(codes: Sequence[CodeRow], key: str) -> Sequence[CodeRow]:
    if len(codes) <= PAGE:
        return codes
    pages = -(-len(codes) // PAGE)
    number = st.number_input(f"Page of {pages}", min_value=1, max_value=pages, value=1, key=f"{key}-page")
    return codes[(int(number) - 1) * PAGE : int(number) * PAGE]
