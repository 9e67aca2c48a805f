"""The files of the desk and the transcript; what they share with other components stands in evaldash/ui/assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaldash.transcript.page import styles
from evaldash.ui import assets

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_READING = (
    "elements.js", "mounting.js", "waiting.js", "jsontree.js", "nodes.js", "transcript.js", "moving.js", "search.js",
    "focus.js", "stops.js", "timeline.js", "compare.js", "panels.js", "copies.js", "reader.js",
)  # fmt: skip
_WRITING = (
    "queue.js", "known.js", "flow.js", "post.js", "shelf.js", "pace.js", "talk.js", "keys.js", "listening.js",
    "sheet.js", "checks.js", "similar.js", "likely.js", "modes.js", "form.js", "drafts.js", "judge.js", "lookup.js",
    "who.js", "hints.js", "actions.js", "drawing.js", "refusals.js", "address.js", "walk.js",
)  # fmt: skip
FILES = {
    "evaldash_desk": (*_READING, *_WRITING, "desk.js"),
    "evaldash_desk_state": ("state.js",),
    "evaldash_desk_traces": ("traces.js",),
    "evaldash_transcript": (*_READING, "viewer.js"),
}
_UNSEEN = frozenset({"evaldash_desk_state", "evaldash_desk_traces"})
CSS = ("reader.css", "reading.css", "desk.css")
_FOLDER = Path(__file__).parent


def component(name: str) -> ComponentRenderer:
    """Return the mounting command of a component; what shows nothing has no styles: they would go out at each save."""
    css = None if name in _UNSEEN else styles() + assets.joined(_FOLDER, CSS)
    return assets.mounted(name, script(name), css)


def script(name: str) -> str:
    """Return the files of a component as one module."""
    return assets.joined(_FOLDER, FILES[name])
