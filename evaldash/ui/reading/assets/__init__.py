"""The files of the desk and the transcript; what they share with other components stands in evaldash/ui/assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaldash.ui import assets

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FILES = {
    "evaldash_desk": ("elements.js", "transcript.js", "moving.js", "waiting.js", "queue.js", "form.js", "desk.js"),
    "evaldash_desk_state": ("state.js",),
    "evaldash_transcript": ("elements.js", "transcript.js", "viewer.js"),
}
_FOLDER = Path(__file__).parent


def component(name: str) -> ComponentRenderer:
    """Return the mounting command of a component."""
    return assets.mounted(name, script(name), assets.joined(_FOLDER, ["reading.css"]))


def script(name: str) -> str:
    """Return the files of a component as one module."""
    return assets.joined(_FOLDER, FILES[name])
