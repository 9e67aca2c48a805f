"""What a draw would look like: its traces, and beside all it would be from."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.domain.batch import Stream
from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.balance import Balance, balance
from evaldash.services.browse import heads_of
from evaldash.services.sampling import Sample, SampleRequest, needs_embedding, preview_batch
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error

SHOWN = 12  # values of a field; the others are counted
WIDE = 1.7  # times as wide as the others is the table with names of groups
GROUP, NAME = 290, 80  # px of the first column, and of the others: all are seen at 1280
DRAWN, CHANCE, TOTAL, THAN = 56, 76, 48, 88
ROW, HEADER = 35, 38  # px
QUERY = 120  # characters of a first query


def show_preview(store: Store, project: Project, request: SampleRequest) -> None:
    """Show the draw beside all it would be from."""
    if needs_embedding(store, project, request):
        st.info(
            "This way of drawing compares traces by their vectors, and some have none yet. Drawing makes them first; "
            "or group the traces on Explore, and a preview shows what would be drawn.",
            icon=":material/hourglass:",
        )
        return
    try:
        sample = preview_batch(store, project, request)
    except EvaldashError as error:
        show_error(error)
        return
    st.write(
        f"**{len(sample.traces)}** of **{sample.frame_size:,}** traces: {_chances(sample)}. Nothing is stored yet."
    )
    for note in sample.notes:
        st.caption(escape(note))
    fields = {"group": "cluster", "version": "version"} | ({request.by: request.by} if request.by else {})
    shown = [(title, rows) for title, by in fields.items() if len(rows := balance(store, project, sample, by)) > 1]
    if shown:
        widths = [WIDE if title == "group" and len(shown) > 1 else 1 for title, _ in shown]
        for column, (title, rows) in zip(st.columns(widths), shown, strict=True):
            with column:
                _show_balance(title, rows)
    with st.expander(f"The {len(sample.traces)} traces", expanded=not shown):
        st.dataframe(_rows(store, project, sample), hide_index=True, width="stretch")


def _chances(sample: Sample) -> str:
    """Return how the traces came in, with the chance each had: what may be computed from them."""
    chances = [item.inclusion_probability for item in sample.traces if item.stream is Stream.TARGETED]
    at_random = [item.inclusion_probability for item in sample.traces if item.stream is Stream.UNIFORM]
    known = [chance for chance in chances if chance is not None]
    parts = [
        (at_random, f"{len(at_random)} at random, each with a chance of {_span(at_random)}"),
        (known, f"{len(known)} with known chances, {_span(known)}, so that rates can be weighted"),
        (len(chances) - len(known), f"{len(chances) - len(known)} whose chance nobody knows, which count for no rate"),
    ]
    return "; ".join(words for there, words in parts if there)


def _span(chances: Sequence[float | None]) -> str:
    known = sorted(chance for chance in chances if chance is not None)
    ends = [f"{100 * chance:.3g} %" for chance in (known[0], known[-1])] if known else []
    return " to ".join(dict.fromkeys(ends))


def _show_balance(title: str, rows: Sequence[Balance]) -> None:
    """Show for each value how many were drawn and how many a fair draw would hold, the largest first."""
    st.dataframe(
        [
            {
                title: row.value,
                "drawn": row.drawn,
                "by chance": row.expected,
                "of": row.total,
                "than chance": "more" if row.is_over else "fewer" if row.is_under else "",
            }
            for row in rows[:SHOWN]
        ],
        hide_index=True,
        width="stretch",
        height=HEADER + ROW * min(len(rows), SHOWN),
        column_config={
            title: st.column_config.TextColumn(width=GROUP if title == "group" else NAME),
            "drawn": st.column_config.NumberColumn(width=DRAWN),
            "by chance": st.column_config.NumberColumn(
                width=CHANCE, format="%.1f", help="How many a draw at random would hold on average."
            ),
            "of": st.column_config.NumberColumn(width=TOTAL, format="localized"),
            "than chance": st.column_config.TextColumn(width=THAN, help="More or fewer than chance explains, at 95 %."),
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
