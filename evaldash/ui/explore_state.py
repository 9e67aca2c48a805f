"""A visit to the page Explore: its map, and what a person has selected, asked for and opened there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.storage.store import Store
from evaldash.ui.context import escape, remember
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
    opened: str | None = None  # the trace in the window, until that is closed
    turn: int = 0  # of the tables: they forget their choice when the map makes another
    missing: str | None = None  # the group that the address named and that is not there
    linked: bool = False  # the group that the address names was selected; from then on the address follows


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
        found = ExploreState(run=run, stamp=stamp, linked=found is not None)  # a number of another run means nothing
        st.session_state[_STATE] = found
    if found.stamp != stamp:
        found.stamp, found.selection = stamp, replace(found.selection, group=None)
    return found


def group_selection(data: MapData, number: int) -> Selection | None:
    """Return the selection of a group, None where there is no such group."""
    import numpy as np

    cluster = next((one for one in data.row.clusters if one.number == number), None)
    if cluster is None:
        return None
    chosen = np.asarray(data.row.numbers) == number
    return Selection(id=f"group-{number}-{data.stamp}", chosen=chosen, how=cluster.label, group=number)


def follow_address(visit: Visit, wanted: str | None) -> None:
    """Select the group that a link names, once; afterwards the address names the group that is selected."""
    state = visit.state
    if (
        not state.linked
        and visit.data is not None
        and wanted
        and wanted.isascii()
        and wanted.isdecimal()
        and state.selection.chosen is None
    ):
        state.selection = group_selection(visit.data, int(wanted)) or state.selection
    if not state.linked and visit.data is not None and wanted and state.selection.group is None:
        state.missing = wanted
    state.linked = True
    if state.missing and state.selection.chosen is None:
        st.warning(
            f"The link names group {escape(state.missing[:40])}, and there is none of that number: the traces were "
            "grouped anew since. Its name may stand among the groups below.",
            icon=":material/link_off:",
        )
    present = None if state.selection.group is None else str(state.selection.group)
    if present != wanted:
        remember(group=present)
