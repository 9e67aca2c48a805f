"""Colours that mean something, in both themes: verdicts, clusters and modes, noise, and the ink of a figure.

Clusters and modes take Okabe and Ito's eight colours, which people tell apart who do not see red and green alike;
yellow and black are moved so that they stand out from the background. Beyond eight come greys, told apart by labels.
The values are those of `.streamlit/config.toml`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """All colours of one theme, as hex strings."""

    ink: str
    quiet: str  # axis words and secondary marks; still readable at AA
    line: str  # grid and zero lines
    ground: str  # the page behind the figure, for outlines only: figures are transparent
    accent: str
    passed: str
    failed: str
    deferred: str
    noise: str
    series: tuple[str, ...]
    greys: tuple[str, ...]
    scale: tuple[str, ...]


LIGHT = Palette(
    ink="#1d2733",
    quiet="#556270",
    line="#d5dbe1",
    ground="#ffffff",
    accent="#1f6391",
    passed="#009e73",
    failed="#d55e00",
    deferred="#d99000",
    noise="#c3cad1",
    series=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b5a300", "#4d4d4d"),
    greys=("#66717c", "#87929d", "#a3adb6"),
    scale=("#b5d2e7", "#92bddb", "#6ea6cd", "#4c8fbe", "#3079ab", "#1f6391", "#144c72", "#0b3551"),
)
DARK = Palette(
    ink="#e4e8ec",
    quiet="#a9b4be",
    line="#36414c",
    ground="#14191f",
    accent="#64a6d0",
    passed="#2bb58c",
    failed="#f07f2f",
    deferred="#e6a817",
    noise="#4a5560",
    series=("#3d9bd6", "#e69f00", "#1fb58a", "#d58bb5", "#8accf2", "#f07f2f", "#f0e442", "#b8c0c8"),
    greys=("#98a3ad", "#7d8893", "#66717c"),
    scale=("#1d5379", "#246592", "#3179a9", "#478fbe", "#64a6d0", "#88bee0", "#b0d5ec", "#d8eaf6"),
)


def palette(theme: Theme) -> Palette:
    """Return the colours of a theme."""
    return DARK if theme == "dark" else LIGHT


def mode_colour(mode_id: str, order: Sequence[str], *, theme: Theme = "light") -> str:
    """Return the colour of a mode or cluster by its place in `order`, the same list of ids on every page.

    The order of creation serves best: a new mode then changes no other's colour. An id not in `order` is noise grey.
    """
    colours = palette(theme)
    if mode_id not in order:
        return colours.noise
    place = list(order).index(mode_id)
    if place < len(colours.series):
        return colours.series[place]
    return colours.greys[(place - len(colours.series)) % len(colours.greys)]


def verdict_colours(theme: Theme) -> Mapping[str, str]:
    """Return the colour of each verdict; show a shape with it, since colour alone does not carry a verdict."""
    colours = palette(theme)
    return {"pass": colours.passed, "fail": colours.failed, "deferred": colours.deferred}


VERDICT_SHAPES: Mapping[str, str] = {"pass": "circle", "fail": "x", "deferred": "diamond"}


def safe(text: str) -> str:
    """Return foreign text as plotly may show it: plotly renders tags and links, so all of it is escaped.

    Line breaks and other control characters become blanks. `$` is escaped as well, or `$...$` would be set as maths.
    """
    printable = "".join(character if character.isprintable() else " " for character in text)
    return escape(printable, quote=False).replace("$", "&#36;")


def shortened(text: str, limit: int) -> str:
    """Return the text in at most `limit` characters, cut at a word where one ends near, with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    word = len(cut) if flat[limit - 1] == " " else cut.rfind(" ")
    return (cut[:word] if word > limit * 0.6 else cut).rstrip() + "…"


def wrapped(text: str, width: int = 60, *, lines: int = 4) -> str:
    """Return foreign text escaped and broken into at most `lines` lines, as hover text needs it."""
    rows: list[str] = []
    for word in shortened(text, width * lines).split():
        for piece in (word[i : i + width] for i in range(0, len(word), width)):
            if rows and len(rows[-1]) + 1 + len(piece) <= width:
                rows[-1] += f" {piece}"
            else:
                rows.append(piece)
    return "<br>".join(safe(row) for row in rows[: lines + 1])
