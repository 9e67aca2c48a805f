"""The files of the board and the review; what they share with the desk stands in evaldash/ui/assets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaldash.ui import assets

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

BOARD = ("board_model.js", "board_columns.js", "board_palette.js", "board_panel.js", "board_advice.js", "board.js")
FILES = {
    "evaldash_board": ("elements.js", "waiting.js", "keys.js", *BOARD, "board_keys.js"),
    "evaldash_review": ("elements.js", "waiting.js", "keys.js", "board_model.js", "review.js", "review_card.js"),
    "evaldash_board_notes": ("board_notes.js",),
}
_FOLDER = Path(__file__).parent


def component(name: str) -> ComponentRenderer:
    """Return the mounting command of a component."""
    return assets.mounted(name, assets.joined(_FOLDER, FILES[name]), assets.joined(_FOLDER, ["board.css"]))
