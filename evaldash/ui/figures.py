"""Charts on a page: the figure, and its data as a table for whoever wants or needs that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


CONFIG = {"displayModeBar": False}  # it lies over titles and numbers; the page Report gives charts as files


def theme() -> Literal["light", "dark"]:
    """Return the theme the page is shown in."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show_figure(figure: Figure, rows: Sequence[Mapping[str, Any]], *, key: str, alt: str) -> None:
    """Show a chart with a switch to its data as a table; `alt` says in words what it shows."""
    if not _as_table(rows, key):
        st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)


def pick_on_figure(figure: Figure, rows: Sequence[Mapping[str, Any]], *, key: str, alt: str) -> list[Any]:
    """Show a chart as `show_figure` does; return the `customdata` of the marks that were clicked on."""
    if _as_table(rows, key):
        return []
    event = st.plotly_chart(
        figure, theme=None, config=CONFIG, key=key, alt=alt, on_select="rerun", selection_mode="points"
    )
    return [point["customdata"] for point in event["selection"]["points"] if point.get("customdata") is not None]


def _as_table(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    as_table = st.toggle("as table", key=f"{key}-as-table")
    if as_table:
        st.dataframe(list(rows), hide_index=True, width="stretch")
    return as_table
