"""The map on a page: places, colourings and titles go in once, a small state with every run, choices come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from evaldash.ui.tracemap.assets import component
from evaldash.ui.tracemap.packing import chosen_in, mask_text, stamp_of, themes

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

KEY = "evaldash_map"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is selected on the map: one truth value a trace, None for nothing; `how` in words; `id` tells it apart."""

    id: str
    chosen: NDArray[np.bool_] | None
    how: str = ""
    group: int | None = None


NOTHING = Selection(id="", chosen=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEvents:
    """What a page does about what a person did on the map; each is called before the page runs again."""

    on_selection: Callable[[Selection], None]
    on_opened: Callable[[int], None]
    on_wanted: Callable[[str, bool], None]  # a field, and whether a person chose it


def show_map(
    places: bytes,
    *,
    count: int,
    first_colour: tuple[str, str],
    colour: str | None,
    selection: Selection,
    passing: NDArray[np.bool_] | None,
    events: MapEvents,
) -> str:
    """Show the map of `count` traces and its state; return the key that parts must carry.

    `passing` says which traces the filter leaves, None all. `first_colour` is the field, with its name, that it shows
    until `send_colours` says which there are; `colour` the one it is to show then, None: what this browser showed last.
    """
    key = stamp_of(places)
    component("evaldash_map")(
        key=KEY,
        data=places,
        on_selection_change=lambda: _selected(key, count, events),
        on_opened_change=lambda: _opened(key, count, events),
        on_wanted_change=lambda: _wanted(key, events),
    )
    state = {
        "part": "state",
        "key": key,
        "colours": [list(first_colour)],
        "colour": colour,
        "themes": themes(),
        "filter": None if passing is None else mask_text(passing),
        "selection": {"id": selection.id, "mask": None if selection.chosen is None else mask_text(selection.chosen)},
    }
    _send("state", state)
    return key


def send_colours(colours: Sequence[tuple[str, str]], *, key: str) -> None:
    """Send the fields that the map with `key` can be coloured by, with their names."""
    _send("colours", {"part": "colours", "key": key, "colours": [list(pair) for pair in colours]})


def send_part(name: str, part: bytes) -> None:
    """Send a packed part to the map of this page."""
    with _parts(name):
        component("evaldash_map_part")(key=f"{KEY}_{name}", data=part)


def _send(name: str, part: dict[str, Any]) -> None:
    """Send a small part as JSON."""
    with _parts(name):
        component("evaldash_map_part")(key=f"{KEY}_{name}", data={**part, "stamp": f"{hash(str(part)):x}"})


def _parts(name: str) -> DeltaGenerator:
    """Return a place that takes no room; see page_style.py."""
    return st.container(key=f"map-part-{''.join(c if c.isalnum() else '-' for c in name)}")


def _said(name: str, key: str) -> dict[str, Any]:
    """Return what the browser said last; nothing if it is about another map."""
    said = st.session_state[KEY].get(name)
    return said if isinstance(said, dict) and said.get("key") == key else {}


def _selected(key: str, count: int, events: MapEvents) -> None:
    said = _said("selection", key)
    if said:
        chosen, group = chosen_in(said.get("mask"), count), said.get("group")
        how, number = str(said.get("how"))[:200], group if isinstance(group, int) else None
        events.on_selection(Selection(id=str(said.get("id")), chosen=chosen, how=how, group=number))


def _opened(key: str, count: int, events: MapEvents) -> None:
    index = _said("opened", key).get("index")
    if isinstance(index, int) and 0 <= index < count:
        events.on_opened(index)


def _wanted(key: str, events: MapEvents) -> None:
    said = _said("wanted", key)
    layer = said.get("layer")
    if isinstance(layer, str):
        events.on_wanted(layer, said.get("chosen") is True)
