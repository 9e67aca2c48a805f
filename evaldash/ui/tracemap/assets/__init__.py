"""The files of the map; what it shares with other components stands in evaldash/ui/assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaldash.ui import assets

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FILES = {
    "evaldash_map": (
        "elements.js", "mounting.js", "parts.js", "places.js", "painting.js", "labels.js", "map.js", "view.js",
        "pointer.js",
    ),
    "evaldash_map_part": ("parts.js", "carrier.js"),
}  # fmt: skip
_FOLDER = Path(__file__).parent


def component(name: str) -> ComponentRenderer:
    """Return the mounting command of a component."""
    return assets.mounted(name, assets.joined(_FOLDER, FILES[name]), assets.joined(_FOLDER, ["map.css"]))
