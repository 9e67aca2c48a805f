"""Explore: what users do, and where it smells: a map of the traces, their groups, and what one makes of a selection."""

import streamlit as st

from evaldash.services.browse import count_traces
from evaldash.ui.context import load_context, need_project
from evaldash.ui.explore_data import load_map
from evaldash.ui.explore_language import say_foreign
from evaldash.ui.explore_map import send_rest, show_explore_map
from evaldash.ui.explore_panel import show_panel
from evaldash.ui.explore_run import map_under_way, offer_grouping, regroup
from evaldash.ui.explore_search import ask, sentence
from evaldash.ui.explore_state import Visit, explore_state, follow_address
from evaldash.ui.explore_use import show_selected


def main() -> None:
    """Show the page: the groups in a sentence, the map beside them, the selected traces below."""
    context = load_context()
    store, project = need_project(context)
    st.title("What the traces are about")
    if count_traces(store, project) == 0:
        st.info("This project has no traces yet.", icon=":material/upload_file:")
        st.page_link("pages/import_page.py", label="Import traces", icon=":material/upload_file:")
        return
    data = load_map(store, project)
    state = explore_state(data)
    visit = Visit(store=store, project=project, data=data, state=state, who=context.coder)
    follow_address(visit, context.parameters.get("group"))
    asked = ask(visit, context)
    if data is None:
        offer_grouping(visit)
        show_selected(visit, asked)
        return
    st.write(sentence(data))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        key = show_explore_map(visit, passing=asked.ids, colour=context.parameters.get("colour"))
        map_under_way(visit)
        say_foreign(visit)
    with right:
        show_panel(visit, asked)
    show_selected(visit, asked)
    regroup(visit)
    send_rest(visit, key=key)


main()
