"""How the groups went: between two versions, with what is more than chance, and over time."""

from __future__ import annotations

import streamlit as st

from evaldash.charts.trends import trend_figure
from evaldash.services.growing import GroupGrowth, compare_versions, versions_of
from evaldash.services.trace_table import mask_of
from evaldash.ui.context import escape
from evaldash.ui.explore_data import load_table, load_trend
from evaldash.ui.explore_search import Asked
from evaldash.ui.explore_state import Visit
from evaldash.ui.figures import show_figure, theme

HEIGHT, ROW = 380, 66  # px; Streamlit breaks lines in rows of more than 4 rem only
LINES = 6  # groups in the chart of time; the table of groups shows all


def show_versions(visit: Visit, asked: Asked) -> None:
    """Show which groups grew from one version to another, among what the filter leaves."""
    table = load_table(visit.store, visit.project)
    versions = versions_of(table)
    if len(versions) < 2:
        st.caption("Two versions are compared here; these traces have fewer. An import can be given a version.")
        return
    left, right = st.columns(2)
    before = left.selectbox("Before", versions, index=len(versions) - 2)
    after = right.selectbox("After", versions, index=len(versions) - 1)
    if before == after:
        st.caption("Choose two different versions.")
        return
    data = visit.map
    left_over = mask_of(table, asked.ids)
    rows = compare_versions(table, left_over, data.row.clusters, data.cluster_of, before=before, after=after)
    grown = [row for row in rows if row.growth.more_than_chance]
    st.write(_sentence(grown, rows))
    st.dataframe(
        [_row(row, before, after, marked=bool(grown)) for row in rows],
        hide_index=True,
        row_height=ROW,
        width="stretch",
        height=HEIGHT,
        column_config={
            "group": st.column_config.TextColumn(width=110 if grown else 150),
            "more than chance": st.column_config.TextColumn("", width=58, help="Changed by more than chance"),
            "points": st.column_config.TextColumn(width=112, help="Difference of the shares, with its 95 % interval"),
        },
        alt=f"Share of each group in {before} and in {after}",
    )
    st.caption(
        f"Shares of the {rows[0].growth.of_before:,} traces of {escape(before)} and the "
        f"{rows[0].growth.of_after:,} of {escape(after)}; differences in points with their 95 % interval. "
        "“More than chance” holds for all groups together: at most one in ten of these is one by chance."
    )


def show_time(visit: Visit) -> None:
    """Show how the largest groups, or the selected one, went over time."""
    data = visit.map
    trend = load_trend(visit.store, visit.project, data.stamp, data)
    if trend is None:
        st.caption("These traces have no times, or all the same.")
        return
    largest = sorted(data.row.clusters, key=lambda item: -item.size)
    chosen = [item for item in largest if item.number == visit.state.selection.group] or largest[:LINES]
    order = [str(item.number) for item in data.row.clusters]
    figure = trend_figure(
        trend.begins,
        {str(item.number): trend.shares(item.number) for item in chosen},
        names={str(item.number): item.label for item in chosen},
        order=order,
        theme=theme(),
    )
    rows = [
        {"from": f"{begin:%Y-%m-%d %H:%M}", "traces": trend.totals[i],
         **{item.label: round(trend.shares(item.number)[i], 3) for item in chosen}}
        for i, begin in enumerate(trend.begins)
    ]  # fmt: skip
    show_figure(figure, rows, key="explore-time", alt="Share of the traces that each group has, over time")


def _sentence(grown: list[GroupGrowth], rows: list[GroupGrowth]) -> str:
    if not grown:
        return f"No group of {len(rows)} changed by more than chance."
    up = sum((row.growth.difference.estimate or 0) > 0 for row in grown)
    return f"**{up}** of {len(rows)} groups grew and **{len(grown) - up}** shrank by more than chance."


def _row(row: GroupGrowth, before: str, after: str, *, marked: bool) -> dict[str, str]:
    found = row.growth
    change = found.difference
    points = f"{100 * (change.estimate or 0):+.1f} ({100 * change.low:+.1f} to {100 * change.high:+.1f})"
    mark = "▲ grew" if (change.estimate or 0) > 0 else "▼ shrank"
    return {
        "group": row.label,
        **({"more than chance": mark if found.more_than_chance else "–"} if marked else {}),
        "points": points,
        before: _share(found.before, found.of_before),
        after: _share(found.after, found.of_after),
    }


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %" if total else "–"
