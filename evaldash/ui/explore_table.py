"""The traces of a selection as a table; one of them to read, all of them to draw a batch from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from evaldash.domain.snippets import Piece, marked
from evaldash.domain.stored import Project, TraceHead
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage.store import Store
from evaldash.ui.context import remember
from evaldash.ui.explore_data import Exploration, load_snippets
from evaldash.ui.reading import show_trace

SHOWN = 500  # rows; more are counted
SNIPPETS = 100  # rows that show where the words of a search stand: each needs the whole trace
MAX_PICKED = 200  # traces in a batch picked on the map


def show_traces(store: Store, project: Project, found: Exploration, *, chosen: frozenset[str] | None) -> None:
    """Show the selected traces; `chosen` are those drawn around on the map."""
    heads = [head for head in found.heads if chosen is None or head.id in chosen]
    st.subheader(f"Selection: {len(heads):,} traces" if chosen else f"{len(heads):,} traces")
    if not heads:
        st.write("No trace fits. Change the filter, or clear it.")
        return
    if (
        chosen
        and len(heads) <= MAX_PICKED
        and st.button(f"Draw a batch from these {len(heads)}", icon=":material/casino:")
    ):
        batch = draw_batch(store, project, SampleRequest(strategy="picked", traces=[head.id for head in heads])).batch
        remember(batch=str(batch), trace=None)
        st.switch_page("pages/code.py")
    said = load_snippets(store, project, found.expression, tuple(head.id for head in heads[:SNIPPETS]))
    event = st.dataframe(
        [_row(found, head, said) for head in heads[:SHOWN]],
        hide_index=True,
        width="stretch",
        height=280,
        on_select="rerun",
        selection_mode="single-row",
        key="explore-traces",
    )
    if len(heads) > SHOWN:
        st.caption(f"The first {SHOWN} are listed; a filter or a selection narrows them down.")
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(heads):
        _show_one(store, project, heads[picked[0]])


def _row(found: Exploration, head: TraceHead, said: Mapping[str, Sequence[Piece]]) -> dict[str, object]:
    score = found.score_of.get(head.id)
    where = {"found": marked(said.get(head.id, ()))} if said else {}
    return where | {
        "first query": " ".join(head.query.split())[:200],
        "verdict": found.verdict_of.get(head.id, ""),
        "group": found.cluster_of.get(head.id),
        "version": head.version,
        "turns": head.metrics.get("turns"),
        "tool calls": head.metrics.get("tool_calls"),
        "errors": head.metrics.get("errors"),
        "outlier": None if score is None else round(score, 2),
        "source id": head.external_id,
    }


def _show_one(store: Store, project: Project, head: TraceHead) -> None:
    if st.button("Judge this trace at the desk", icon=":material/edit_note:"):
        remember(trace=head.id, batch=None)
        st.switch_page("pages/code.py")
    show_trace(store, project, head.id, key="explore-transcript")
