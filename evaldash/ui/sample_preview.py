"""What a draw would look like: its traces, and beside all it would be from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.balance import Balance, balance
from evaldash.services.browse import heads_of
from evaldash.services.sampling import Sample, SampleRequest, preview_batch
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error

SHOWN = 12  # values of a field; the others are counted
QUERY = 120  # characters of a first query


def show_preview(store: Store, project: Project, request: SampleRequest) -> None:
    """Show the draw beside all it would be from."""
    try:
        sample = preview_batch(store, project, request)
    except EvaldashError as error:
        show_error(error)
        return
    streams = Counter(item.stream.value for item in sample.traces)
    parts = ", ".join(f"{count} {name}" for name, count in streams.items())
    st.write(f"**{len(sample.traces)}** of **{sample.frame_size:,}** traces ({parts}); nothing is stored yet.")
    for note in sample.notes:
        st.caption(escape(note))
    fields = {"group": "cluster", "version": "version"} | ({request.by: request.by} if request.by else {})
    shown = [(title, rows) for title, by in fields.items() if len(rows := balance(store, project, sample, by)) > 1]
    if shown:
        for column, (title, rows) in zip(st.columns(len(shown)), shown, strict=True):
            with column:
                _show_balance(title, rows)
    with st.expander(f"The {len(sample.traces)} traces", expanded=not shown):
        st.dataframe(_rows(store, project, sample), hide_index=True, width="stretch")


def _show_balance(title: str, rows: Sequence[Balance]) -> None:
    """Show for each value how many were drawn and how many a fair draw would hold, the largest first."""
    st.dataframe(
        [
            {
                title: row.value,
                "drawn": row.drawn,
                "fair": round(row.expected, 1),
                "of": row.total,
                "than fair": "more" if row.is_over else "fewer" if row.is_under else "",
            }
            for row in rows[:SHOWN]
        ],
        hide_index=True,
        width="stretch",
        column_config={
            "fair": st.column_config.NumberColumn(help="How many a draw at random would hold on average."),
            "than fair": st.column_config.TextColumn(help="Further from fair than chance explains, at 95 %."),
        },
    )
    if len(rows) > SHOWN:
        st.caption(f"and {len(rows) - SHOWN} more values, {sum(row.drawn for row in rows[SHOWN:])} drawn of them")


def _rows(store: Store, project: Project, sample: Sample) -> list[dict[str, object]]:
    drawn = heads_of(store, project, [item.trace for item in sample.traces])
    queries = {head.id: " ".join(head.query.split())[:QUERY] for head in drawn}
    return [
        {
            "first query": queries.get(item.trace, ""),
            "stream": item.stream.value,
            "probability": "not known" if item.inclusion_probability is None else f"{item.inclusion_probability:.3f}",
            "why": item.reason,
        }
        for item in sample.traces
    ]
