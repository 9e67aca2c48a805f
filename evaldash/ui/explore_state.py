"""A visit to the page Explore: its map, and what a person has selected, asked for and opened there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.storage.store import Store
from evaldash.ui.explore_data import MapData
from evaldash.ui.tracemap import NOTHING, Selection

_STATE = "evaldash_explore"  # the one session key of this page's own state


@dataclass(slots=True)
class ExploreState:
    """What a session keeps about the traces of one run, also while it visits other pages; another run begins anew."""

    run: str
    stamp: str
    selection: Selection = NOTHING
    colours: list[str] = field(default_factory=lambda: ["cluster"])  # fields whose colours the browser has asked for
    opened: str | None = None  # the trace to show once, in a window
    turn: int = 0  # of the tables: they forget their choice when the map makes another


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the parts of the page work on; `who` writes, None where nobody said so."""

    store: Store
    project: Project
    data: MapData | None  # None before the traces were grouped
    state: ExploreState
    who: str | None

    @property
    def map(self) -> MapData:
        """The map, where there must be one."""
        assert self.data is not None
        return self.data


def explore_state(data: MapData | None) -> ExploreState:
    """Return the state of this session for the traces of a map; its group is forgotten when the groups change."""
    run, stamp = ("", "") if data is None else (data.run, data.stamp)
    found = st.session_state.get(_STATE)
    if not isinstance(found, ExploreState) or found.run != run:
        found = ExploreState(run=run, stamp=stamp)
        st.session_state[_STATE] = found
    if found.stamp != stamp:
        found.stamp, found.selection = stamp, replace(found.selection, group=None)
    return found
