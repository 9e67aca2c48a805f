"""The map on the page Explore: what is drawn around becomes the selection, a click opens a trace."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.services.colouring import FIRST_FIELD
from evaldash.services.exploring import places_of
from evaldash.ui.context import remember
from evaldash.ui.explore_data import load_colours, load_layer, load_titles
from evaldash.ui.explore_state import Visit
from evaldash.ui.tracemap import MapEvents, Selection, send_colours, send_part, show_map

MAX_COLOURS = 24  # colourings that stand in the browser before they are chosen; others come when they are


def show_explore_map(visit: Visit, *, passing: Sequence[str] | None, colour: str | None) -> str:
    """Show the map and what a first look needs; return the key for its further parts.

    `colour` is the field that the address of the page names: a link shows what its sender saw.
    """
    store, project, data, state = visit.store, visit.project, visit.map, visit.state
    if data.places is None:
        st.info("The map is being made.", icon=":material/hourglass:")
        return ""
    key = show_map(
        data.places,
        count=len(data.row.items),
        first_colour=FIRST_FIELD,
        colour=colour,
        selection=state.selection,
        passing=None if passing is None else places_of(data.row.items, passing),
        events=_events(visit),
    )
    send_part("cluster", load_layer(store, project, data, "cluster", key=key))
    send_colours(load_colours(store, project), key=key)  # after what a first look needs: it reads all traces
    return key


def send_rest(visit: Visit, *, key: str) -> None:
    """Send what hovering shows, and colourings: a choice is painted without the server. The map is in use meanwhile.

    What was asked for comes first.
    """
    store, project, data, state = visit.store, visit.project, visit.map, visit.state
    if not key:
        return
    asked = [field for field in state.colours if field != "cluster"]
    for field in asked:
        send_part(field, load_layer(store, project, data, field, key=key))
    send_part("titles", load_titles(store, project.key, key, project, data))
    others = [field for field, _ in load_colours(store, project) if field not in state.colours]
    for field in others[: max(0, MAX_COLOURS - len(asked))]:
        send_part(field, load_layer(store, project, data, field, key=key))


def _events(visit: Visit) -> MapEvents:
    data, state = visit.map, visit.state

    def select(selection: Selection) -> None:
        if selection.id == state.selection.id:
            return  # told again, as the browser could not know that it had come
        state.selection = selection
        state.turn += 1

    def open_trace(position: int) -> None:
        state.opened = data.row.items[position]

    def want(field: str, chosen: bool) -> None:
        if field not in {name for name, _ in load_colours(visit.store, visit.project)}:
            return
        if chosen:
            remember(colour=field)
        state.colours = [*state.colours[-MAX_COLOURS:], field] if field not in state.colours else state.colours

    return MapEvents(on_selection=select, on_opened=open_trace, on_wanted=want)
