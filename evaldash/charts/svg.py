"""Charts as plain SVG: for files that load nothing, and for pictures made without a browser.

A drawing names its colours by class. In a page the style sheet gives them values, in light and dark; `picture` writes
those of one theme into the file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html import escape

from evaldash.charts.palette import Theme, palette

FONTS = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif'
SIZE = 13  # px
CHARACTER = 6.8  # px that a letter of SIZE takes at most, on average over names
SERIES, GREYS = 8, 3
MARGIN = 16  # px around a picture
JOINERS = "\u200c\u200d"  # without these emoji fall apart, and words of Persian

_NAMES = ("ink", "quiet", "line", "ground", "accent")
_SLOTS = tuple(f"m{i}" for i in range(SERIES)) + tuple(f"g{i}" for i in range(GREYS))
_FILLS = "".join(f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}" for name in (*_NAMES, *_SLOTS))
RULES = (
    f".drawing text{{font-family:{FONTS};font-size:{SIZE}px}}.drawing .bold{{font-weight:600}}"
    f".drawing .none{{fill:none}}.drawing .dim{{opacity:.55}}.drawing .band{{opacity:.18}}{_FILLS}"
)
_VARIABLE = re.compile(r"var\(--(\w+)\)")


@dataclass(slots=True)
class Drawing:
    """Marks on a ground of `width` by `height` px; `title` says in words what it shows."""

    width: int
    height: int
    title: str
    marks: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, of: str = "f-ink", anchor: str = "start", tip: str = "") -> None:
        """Write words; `of` are classes, `tip` is what a pointer or a screen reader is told."""
        self.marks.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{of}" text-anchor="{anchor}">{_title(tip)}{printable(words)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, of: str, width: float = 1) -> None:
        """Draw a line."""
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.marks.append(f'<line {place} class="{of}" stroke-width="{width}"/>')

    def path(self, d: str, *, of: str, width: float = 0, dash: str = "") -> None:
        """Draw a path; without a width it is an area."""
        stroke = f' stroke-width="{width}"' if width else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.marks.append(f'<path d="{d}" class="{of}"{stroke}{dashes}/>')

    def bar(self, x: float, y: float, width: float, height: float, *, of: str, tip: str = "", fill: str = "") -> None:
        """Draw a rectangle; `fill` overrules the fill of its class."""
        place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        own = f' fill="{fill}"' if fill else ""
        self.marks.append(f'<rect {place} class="{of}"{own}{_tip(tip)}>{_title(tip)}</rect>')

    def dot(self, x: float, y: float, radius: float, *, of: str, tip: str = "") -> None:
        """Draw a dot."""
        place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius}"'
        self.marks.append(f'<circle {place} class="{of}" stroke-width="1"{_tip(tip)}>{_title(tip)}</circle>')

    def open_link(self, target: str) -> None:
        """Begin marks that lead to a place of the same page."""
        self.marks.append(f'<a href="#{escape(target)}">')

    def close_link(self) -> None:
        """End them."""
        self.marks.append("</a>")

    def inline(self) -> str:
        """Return the drawing for a page that has RULES in its style sheet."""
        return self._svg("", margin=0)

    def picture(self, theme: Theme = "light") -> str:
        """Return the drawing as a file of its own, on the ground of a theme."""
        wide, high = self.width + 2 * MARGIN, self.height + 2 * MARGIN
        ground = f'<rect x="-{MARGIN}" y="-{MARGIN}" width="{wide}" height="{high}" class="f-ground"/>'
        rules = _VARIABLE.sub(lambda found: colours(theme)[found.group(1)], RULES)
        return self._svg(f"<style>{escape(rules, quote=False)}</style>{ground}", margin=MARGIN)

    def _svg(self, before: str, *, margin: int) -> str:
        wide, high = self.width + 2 * margin, self.height + 2 * margin
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" '
            f'viewBox="{-margin} {-margin} {wide} {high}" width="{wide}" height="{high}" '
            f'aria-label="{escape(clean(self.title))}">{before}{"".join(self.marks)}</svg>'
        )


def colours(theme: Theme) -> dict[str, str]:
    """Return the value of each colour that a drawing names."""
    chosen = palette(theme)
    named = {name: str(getattr(chosen, name)) for name in _NAMES}
    return named | dict(zip(_SLOTS, (*chosen.series, *chosen.greys), strict=True))


def slot(place: int) -> str:
    """Return the colour class of a mode by its place in the taxonomy: the same as on the pages."""
    return f"m{place}" if place < SERIES else f"g{(place - SERIES) % GREYS}"


def png(svg: str, *, zoom: int = 2) -> bytes:
    """Return a picture as PNG, `zoom` px for each of its own."""
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=svg, zoom=zoom))


def clean(text: str) -> str:
    """Return foreign text on one line without control characters, which no XML may hold."""
    return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in text).split())


def printable(text: str) -> str:
    """Return foreign text as it may stand in SVG."""
    return escape(clean(text), quote=False)


def lines_of(text: str, width: float, *, most: int = 2) -> list[str]:
    """Return foreign text broken into at most `most` lines of `width` px, the last with an ellipsis where it is cut."""
    rows = [""]
    for word in clean(text).split(" "):
        for piece in _pieces(word, width):
            if rows[-1] and _wide(f"{rows[-1]} {piece}") > width:
                rows.append(piece)
            else:
                rows[-1] = f"{rows[-1]} {piece}".strip()
    if len(rows) <= most:
        return rows
    last = rows[most - 1]
    while last and _wide(f"{last}…") > width:
        last = last[:-1]
    return [*rows[: most - 1], f"{last.rstrip()}…"]


def _pieces(word: str, width: float) -> list[str]:
    most = max(int(width / (CHARACTER * (1 + (_wide(word) > len(word) * CHARACTER)))), 1)
    return [word[i : i + most] for i in range(0, len(word), most)] or [""]


def _wide(text: str) -> float:
    return CHARACTER * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _title(tip: str) -> str:
    return f"<title>{printable(tip)}</title>" if tip else ""


def _tip(tip: str) -> str:
    return f' tabindex="0" data-tip="{escape(clean(tip))}"' if tip else ""
