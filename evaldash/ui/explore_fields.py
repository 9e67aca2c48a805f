"""Narrowing down by fields: what values there are and how often, and how the numbers lie; a choice joins the filter."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.facets import Facets, between, equals, facets, joined
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.cached import BY_URL
from evaldash.ui.context import remember
from evaldash.ui.explore_data import load_table
from evaldash.ui.explore_search import Asked, selected_ids
from evaldash.ui.explore_state import Visit

HEIGHT = 250  # px


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_URL)
def _facets(store: Store, project: Project, at: tuple[str | int | None, ...], _ids: Sequence[str] | None) -> Facets:  # noqa: ARG001
    """Return the facets of some traces; `at` is all that these depend on beside the project."""
    return facets(store, project, load_table(store, project), _ids)


def show_fields(visit: Visit, asked: Asked) -> None:
    """Show the values of all fields among what the filter leaves."""
    selection = visit.state.selection
    at = (asked.expression, asked.words, len(asked.hits), visit.state.stamp, selection.id)
    found = _facets(visit.store, visit.project, at, selected_ids(visit, asked))
    if not found.total:
        st.caption("No trace is left to count.")
        return
    among = "filter, search and map" if selection.chosen is not None else "filter and search"
    st.caption(f"Counts are of the {count_of(found.total, 'trace')} that {among} leave. A choice joins the filter.")
    _values(found, asked)
    _numbers(found, asked)


def _values(found: Facets, asked: Asked) -> None:
    rows = [
        {"field": item.field, "value": item.value, "traces": item.count, "share": 100 * item.count / found.total}
        for item in found.values
    ]
    if not rows:
        st.caption("No field has values to choose from.")
        return
    chosen = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=HEIGHT,
        on_select="rerun",
        selection_mode="single-row",
        key=f"explore-fields-{asked.expression}",
        column_config={
            "share": st.column_config.ProgressColumn(
                "share", format="%d %%", min_value=0, max_value=100, width="small"
            ),
            "traces": st.column_config.NumberColumn("traces", format="localized", width=60),
        },
        alt="Values of the fields, with how many traces have each",
    )
    picked = chosen["selection"]["rows"]
    if picked and picked[0] < len(found.values):
        item = found.values[picked[0]]
        remember(filter=joined(asked.expression, equals(item.field, item.value)))
        st.rerun()


def _numbers(found: Facets, asked: Asked) -> None:
    if not found.numbers:
        return
    st.dataframe(
        [
            {
                "metric": item.name,
                "least": item.low,
                "median": item.median,
                "most": item.high,
                "how they lie": item.bars,
            }
            for item in found.numbers
        ],
        hide_index=True,
        width="stretch",
        column_config={"how they lie": st.column_config.BarChartColumn("how they lie", width="small", y_min=0)},
        alt="The metrics: least, median, most and a histogram of each",
    )
    name = st.selectbox("Metric", [item.name for item in found.numbers])
    item = next(item for item in found.numbers if item.name == name)
    if item.low < item.high:
        low, high = st.slider("between", item.low, item.high, (item.low, item.high), key=f"range-{name}-{item.high}")
        if st.button("Keep this range", disabled=(low, high) == (item.low, item.high)):
            remember(filter=joined(asked.expression, between(f"metric.{name}", low, high)))
            st.rerun()
