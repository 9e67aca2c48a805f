"""Where to read next: the sentences, and the yields behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from evaldash.domain.batch import Strategy
from evaldash.domain.stored import Project
from evaldash.services.where_next import Yield, where_next
from evaldash.services.wording import percent_down, percent_up
from evaldash.storage.store import Store
from evaldash.ui.context import escape
from evaldash.ui.sample_form import TITLES

GROUPS = 10  # groups in the table


def show_where_next(store: Store, project: Project) -> None:
    """Show what promises most, and folded what that rests on."""
    found = where_next(store, project)
    if not found.by_strategy:
        return
    st.info("  \n".join(escape(sentence) for sentence in found.sentences), icon=":material/explore:")
    with st.expander("What reading has yielded so far"):
        _table("way to draw", [replace(item, name=TITLES[Strategy(item.name)]) for item in found.by_strategy])
        if found.by_cluster:
            _table("group", found.by_cluster[:GROUPS])
        st.caption("Ranges at 95 %, of the traces read that way; those of targeted ways are no rates of the product.")


def _table(what: str, rows: Sequence[Yield]) -> None:
    st.dataframe(
        [
            {
                what: item.name,
                "judged": item.read,
                "failed": f"{item.failed} ({_range(item.failing.low, item.failing.high)})",
                "showed something new": f"{item.new} ({_range(item.news.low, item.news.high)})",
                **({} if item.unread is None else {"in no batch": item.unread}),
            }
            for item in rows
        ],
        hide_index=True,
        width="stretch",
    )


def _range(low: float, high: float) -> str:
    return f"{percent_down(low).removesuffix(' %')} to {percent_up(high)}"
