"""The files of the board and the review; what they share with the desk stands in evaldash/ui/assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaldash.ui import assets

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

SHARED = ("elements.js", "mounting.js", "waiting.js", "keys.js", "board_model.js", "workbench.js")
BOARD = ("board_columns.js", "board_palette.js", "board_panel.js", "board_advice.js", "board.js", "board_changes.js")
FILES = {
    "evaldash_board": (*SHARED, *BOARD, "board_keys.js"),
    "evaldash_review": (*SHARED, "review.js", "review_card.js"),
    "evaldash_board_notes": ("board_notes.js",),
    "evaldash_blind_keys": ("elements.js", "mounting.js", "keys.js", "blind_keys.js"),
}
_FOLDER = Path(__file__).parent


def component(name: str) -> ComponentRenderer:
    """Return the mounting command of a component."""
    return assets.mounted(name, assets.joined(_FOLDER, FILES[name]), assets.joined(_FOLDER, ["board.css"]))
