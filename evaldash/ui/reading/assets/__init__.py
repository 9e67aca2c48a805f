"""The component's files, joined into one module each and registered once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FILES = {
    "evaldash_desk": ("elements.js", "transcript.js", "moving.js", "queue.js", "form.js", "desk.js"),
    "evaldash_desk_state": ("state.js",),
    "evaldash_transcript": ("elements.js", "transcript.js", "viewer.js"),
}
_FOLDER = Path(__file__).parent


@st.cache_resource(max_entries=8, show_spinner=False)
def component(name: str) -> ComponentRenderer:
    """Return the mounting command of a component; registering it again would mount it anew."""
    return st.components.v2.component(name, js=script(name), css=(_FOLDER / "reading.css").read_text(encoding="utf-8"))


def script(name: str) -> str:
    """Return the files of a component as one module; only the last of them exports."""
    return "\n".join((_FOLDER / file).read_text(encoding="utf-8") for file in FILES[name])
