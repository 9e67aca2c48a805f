"""Explore: what users do, and where it smells: a map of the traces, their groups, and what a filter selects."""

import streamlit as st

from evaldash.services.browse import count_traces
from evaldash.ui.context import load_context, need_project, remember
from evaldash.ui.explore_clusters import show_clusters
from evaldash.ui.explore_data import load_exploration
from evaldash.ui.explore_map import show_map
from evaldash.ui.explore_run import map_under_way, offer_grouping, regroup
from evaldash.ui.explore_table import show_traces


def main() -> None:
    """Show the page: the groups in a sentence, the map beside its clusters, the chosen traces below."""
    context = load_context()
    store, project = need_project(context)
    st.title("What the traces are about")
    if count_traces(store, project) == 0:
        st.info("This project has no traces yet.", icon=":material/upload_file:")
        st.page_link("pages/import_page.py", label="Import traces", icon=":material/upload_file:")
        return
    expression = st.text_input(
        "Filter or search",
        value=context.parameters.get("filter", ""),
        placeholder='"refund date"   or   verdict = fail and metric.latency_ms > 5000',
        help='Words between double quotes are searched for; fields are compared, like version = "2".',
    )
    if expression != context.parameters.get("filter", ""):
        remember(filter=expression or None)
    found = load_exploration(store, project, expression.strip() or None)
    if found.clustering is None:
        offer_grouping(store, project)
        show_traces(store, project, found, chosen=None)
        return
    st.write(found.sentence())
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chosen = show_map(found)
        map_under_way(store, project)
    with right:
        show_clusters(store, project, found, who=context.coder)
    show_traces(store, project, found, chosen=chosen)
    regroup(store, project)


main()
