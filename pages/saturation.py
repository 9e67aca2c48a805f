"""Saturation: how likely the next trace is to show something new; and, one step on, how often each failure comes."""

import streamlit as st

from evaldash.ui.context import load_context, need_project
from evaldash.ui.saturation_again import show_again
from evaldash.ui.saturation_rates import show_rate_view
from evaldash.ui.saturation_unseen import show_unseen
from evaldash.ui.saturation_versions import show_versions

VIEWS = {"unseen": "What is unseen", "rates": "How often", "versions": "What changed", "again": "When again"}
TITLES = {
    "unseen": "What is still unseen",
    "rates": "How often each failure comes",
    "versions": "What changed between versions",
    "again": "When to look again",
}


def main() -> None:
    """Show the page: one question at a time, the first being what is still unseen; `view` in the address names it."""
    context = load_context()
    store, project = need_project(context)
    asked = st.query_params.get("view", "unseen")
    left, right = st.columns([2, 2], vertical_alignment="bottom")
    with right:
        view = st.segmented_control(
            "Question", list(VIEWS), format_func=VIEWS.__getitem__, default=asked if asked in VIEWS else "unseen",
            label_visibility="collapsed", key="saturation-view", required=True,
        )  # fmt: skip
    if view != asked:
        st.query_params["view"] = view
    left.title(TITLES[view])
    if view == "rates":
        show_rate_view(store, project)
    elif view == "versions":
        show_versions(store, project, who=context.coder)
    elif view == "again":
        show_again(store, project, who=context.coder)
    else:
        show_unseen(store, project)


main()
