"""What the app's own components share: plain JavaScript, joined into one module each and registered once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

# elements.js builds nodes, mounting.js keeps them between runs, waiting.js holds events that wait for the server.
COMMON = Path(__file__).parent


@st.cache_resource(max_entries=16, show_spinner=False)
def mounted(name: str, js: str, css: str | None) -> ComponentRenderer:
    """Return the mounting command of a component; registering it again would mount it anew."""
    return st.components.v2.component(name, js=js, css=css)


def joined(folder: Path, files: Sequence[str]) -> str:
    """Return files of `folder`, or the common ones where it has none of that name, as one text.

    Of the scripts of a module only the last exports.
    """
    paths = (folder / file if (folder / file).exists() else COMMON / file for file in files)
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
