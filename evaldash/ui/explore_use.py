"""The selection: how many traces it holds, and what one makes of it: a batch, a filter, a link, a download."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.services.browse import count_traces
from evaldash.services.selections import csv_lines, json_lines, keep_selection, kept_selections, pick_batch
from evaldash.services.wording import count_of
from evaldash.ui.context import escape, remember
from evaldash.ui.explore_search import Asked, say_search, selected_ids
from evaldash.ui.explore_state import Visit
from evaldash.ui.explore_table import show_table
from evaldash.ui.explore_trace import show_opened
from evaldash.ui.tracemap import Selection

WHOLE = 100  # selections up to this size become a batch whole, unless somebody says less
USUAL = 20  # traces in a batch
MAX_DOWNLOAD = 20_000  # traces of JSON Lines made at one press: some hundred megabytes of long ones


def show_selected(visit: Visit, asked: Asked) -> None:
    """Show what filter, search and map leave together: what can be done with it, and its table."""
    ids = selected_ids(visit, asked)
    how = visit.state.selection.how if visit.state.selection.chosen is not None else ""
    count = count_traces(visit.store, visit.project) if ids is None else len(ids)
    title = f"{count_of(count, 'trace')} selected" if how else count_of(count, "trace")
    st.subheader(f"{title}: {escape(how)}" if how and how != "drawn around" else title, anchor=False)
    say_search(asked)
    _say_kept(visit, asked)
    if ids:
        _uses(visit, asked, ids)
    shown = show_table(visit, asked, ids, count=count)
    show_opened(visit, shown if ids is None else ids)


def _uses(visit: Visit, asked: Asked, ids: Sequence[str]) -> None:
    batch, narrow, keep, _ = st.columns([1, 1, 1, 1])
    with batch.popover("Draw a batch", icon=":material/casino:", width="stretch"):
        _batch(visit, asked, ids)
    with narrow.popover("Filter, link", icon=":material/filter_alt:", width="stretch"):
        _filter(visit, asked, ids)
    with keep.popover("Download", icon=":material/download:", width="stretch"):
        _download(visit, ids)


def _batch(visit: Visit, asked: Asked, ids: Sequence[str]) -> None:
    usual = len(ids) if len(ids) <= WHOLE else USUAL
    size = st.number_input("How many", min_value=1, max_value=len(ids), value=usual, key=f"explore-size-{len(ids)}")
    some = "" if size == len(ids) else f" {size} of the {len(ids):,} taken by chance."
    st.caption(
        f"These traces were chosen by looking. They find failures, but say nothing about how frequent those are: "
        f"rates and saturation leave them out.{some}"
    )
    if st.button(f"Draw a batch of {size}", type="primary"):
        made = pick_batch(visit.store, visit.project, ids, size=int(size), seed=0, who=visit.who)
        if made.already_drawn:
            st.toast(f"Left out, because of earlier batches: {count_of(made.already_drawn, 'trace')}.")
        remember(batch=str(made.number), trace=None)
        st.switch_page("pages/code.py")
    st.caption("For rates within this region, draw at random from it:")
    if st.button("Go to Sample with these traces"):
        remember(filter=_as_field(visit, asked) or _kept(visit, asked, ids), search=None)
        st.switch_page("pages/sample.py")


def _as_field(visit: Visit, asked: Asked) -> str | None:
    """Return a filter that means the selection without naming its traces; None where there is none."""
    group = visit.state.selection.group
    if asked.words or (visit.state.selection.chosen is not None and group is None):
        return None
    parts = [f"({asked.expression})"] if asked.expression else []
    return " and ".join([*parts, *([f"cluster = {group}"] if group is not None else [])])


def _filter(visit: Visit, asked: Asked, ids: Sequence[str]) -> None:
    said = _as_field(visit, asked)
    if said is None:
        st.caption(
            f"These {len(ids):,} traces get a short name, which stands in the address of the page. Whoever opens that "
            "address sees just these, also when the map was drawn anew since."
        )
    else:
        st.caption("The filter stands in the address of the page: copy the address, and a colleague sees the same.")
        st.code(said if len(said) < 300 else f"{said[:300]} …", language=None, wrap_lines=True)
    if st.button("Make a link" if said is None else "Use as filter", type="primary"):
        filtered = said or _kept(visit, asked, ids)
        visit.state.selection = Selection(id=f"used-{visit.state.turn}", chosen=None)
        visit.state.turn += 1
        remember(filter=filtered, search=None)
        st.rerun()


def _kept(visit: Visit, asked: Asked, ids: Sequence[str]) -> str:
    """Keep the selection; return the filter that selects it."""
    parts = [f'found by "{asked.words}"'] if asked.words else []
    parts += [visit.state.selection.how] if visit.state.selection.chosen is not None else []
    return keep_selection(visit.store, visit.project, ids, how=", ".join(parts), who=visit.who)


def _say_kept(visit: Visit, asked: Asked) -> None:
    """Say what the selections are that the filter names."""
    for row in kept_selections(visit.store, visit.project, asked.expression):
        by = f" by {escape(row.by)}" if row.by else ""
        gone = f"; {row.size - row.present:,} of them are no longer here" if row.present < row.size else ""
        st.caption(
            f"**{row.name}**: {row.size:,} traces, {escape(row.how)}{by} on {row.at:%d %B %Y}{gone}. The address of "
            "this page opens them for everyone who works on this project."
        )


def _download(visit: Visit, ids: Sequence[str]) -> None:
    store, project = visit.store, visit.project
    st.download_button(
        f"CSV, {count_of(len(ids), 'row')}", lambda: "".join(csv_lines(store, project, ids)),
        file_name=f"{project.name}-selection.csv", mime="text/csv", on_click="ignore", width="stretch",
    )  # fmt: skip
    whole = list(ids[:MAX_DOWNLOAD])
    st.download_button(
        f"JSON Lines, {count_of(len(whole), 'whole trace')}", lambda: "".join(json_lines(store, project, whole)),
        file_name=f"{project.name}-selection.jsonl", mime="application/x-ndjson", on_click="ignore", width="stretch",
    )  # fmt: skip
    if len(ids) > len(whole):
        st.caption(f"The first {MAX_DOWNLOAD:,}; `evaldash traces --filter` writes all.")
