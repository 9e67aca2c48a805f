"""The selected traces as a table, in step with the map; a row opens its trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from evaldash.domain.snippets import Piece, marked
from evaldash.domain.stored import TraceHead
from evaldash.services.browse import heads_of, newest_heads
from evaldash.services.searching import Hit
from evaldash.ui.cached import get_coded
from evaldash.ui.explore_data import MapData, load_snippets
from evaldash.ui.explore_search import Asked
from evaldash.ui.explore_state import Visit

SHOWN = 200  # rows; more are counted
SNIPPETS = 100  # rows that show where the words of a search stand: each needs the whole trace
QUERY_CHARS = 200


def show_table(visit: Visit, asked: Asked, ids: Sequence[str] | None, *, count: int) -> list[str]:
    """Show the first SHOWN of the `count` selected traces (None: of all, the newest first); return their ids."""
    store, project, data, state = visit.store, visit.project, visit.data, visit.state
    if not count:
        st.write("No trace fits. Change the filter or the search, or clear the selection.")
        return []
    heads = newest_heads(store, project, limit=SHOWN) if ids is None else heads_of(store, project, ids[:SHOWN])
    verdicts = {item.trace: item.verdict.value for item in get_coded(store, project).traces}
    said = (
        load_snippets(store, project, asked.searched, tuple(head.id for head in heads[:SNIPPETS]))
        if asked.searched
        else {}
    )
    rows = [_row(head, data, verdicts, said, asked.hits) for head in heads]
    key = f"explore-traces-{state.turn}"

    def opened() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        if picked and picked[0] < len(heads):
            state.opened = heads[picked[0]].id

    st.dataframe(
        _cells(rows),
        hide_index=True,
        width="stretch",
        height=min(320, 38 + 35 * len(rows)),
        on_select=opened,
        selection_mode="single-row",
        key=key,
        alt="The selected traces, one a row",
    )
    more = f"The first {SHOWN} of {count:,} are listed; a filter, a search or the map narrows them down. "
    st.caption((more if count > SHOWN else "") + "The box at the left of a row opens its trace.")
    return [head.id for head in heads]


def _row(
    head: TraceHead,
    data: MapData | None,
    verdicts: Mapping[str, str],
    said: Mapping[str, Sequence[Piece]],
    hits: Mapping[str, Hit],
) -> dict[str, Any]:
    hit, score = hits.get(head.id), None if data is None else data.score_of.get(head.id)
    names = {} if data is None else {item.number: item.label for item in data.row.clusters}
    number = None if data is None else data.cluster_of.get(head.id)
    return {
        "first query": " ".join(head.query.split())[:QUERY_CHARS],
        "found": marked(said.get(head.id, ())) or None,
        "alike": None if hit is None or hit.likeness is None else round(hit.likeness, 2),
        "verdict": verdicts.get(head.id),
        "group": None if number is None else names.get(number, "fits nowhere"),
        "version": head.version,
        "started": None if head.started_at is None else f"{head.started_at:%Y-%m-%d %H:%M}",
        "turns": head.metrics.get("turns"),
        "tool calls": head.metrics.get("tool_calls"),
        "errors": head.metrics.get("errors"),
        "outlier": None if score is None else round(score, 2),
        "source id": head.external_id,
    }


def _cells(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns in which some row says something; where a row says no word its cell is empty."""
    used = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    words = {name for name in used if any(isinstance(row[name], str) for row in rows)}
    return [{name: "" if row[name] is None and name in words else row[name] for name in used} for row in rows]
