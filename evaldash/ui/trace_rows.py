"""A short list of traces behind a figure: choose one to read it here, or go on to the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.browse import heads_of
from evaldash.storage.store import Store
from evaldash.ui.context import remember
from evaldash.ui.reading import show_trace

MOST = 200  # rows; beyond, a filter on Explore serves better


def show_trace_rows(
    store: Store,
    project: Project,
    traces: Sequence[str],
    *,
    key: str,
    more: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Show traces by their first query; `more`: trace id -> further columns, which stand first."""
    shown = list(dict.fromkeys(traces))[:MOST]
    heads = {head.id: head for head in heads_of(store, project, shown)}
    ids = [trace for trace in shown if trace in heads]
    rows = [
        {**(more or {}).get(trace, {}), "first query": " ".join(heads[trace].query.split())[:200],
         "version": heads[trace].version, "trace": trace[:12]}
        for trace in ids
    ]  # fmt: skip
    event = st.dataframe(
        rows, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key=f"{key}-rows-{hash(tuple(ids))}",  # a choice is a place in the list, and means nothing in another
    )  # fmt: skip
    if len(set(traces)) > MOST:
        st.caption(f"The first {MOST} of {len(set(traces)):,} are listed.")
    picked = event["selection"]["rows"]
    if not picked or picked[0] >= len(ids):
        st.caption("Choose a row to read the trace here.")
        return
    chosen = ids[picked[0]]
    if st.button("Open it at the desk", icon=":material/edit_note:", key=f"{key}-desk"):
        remember(trace=chosen, batch=None)
        st.switch_page("pages/code.py")
    show_trace(store, project, chosen, key=f"{key}-{chosen[:12]}")
