"""Cells of two directions: a number in each, darker for more, pale and in brackets where it rests on few traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaldash.charts.frame import CLEAR, FONT_SIZE, axis, new_figure, say
from evaldash.charts.palette import Theme, palette, safe, shortened, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW = 30  # px
FRAME = 130  # px for the names above
MANY = 8  # columns; the words of more must be smaller to stand side by side
ROW_NAME, COLUMN_NAME = 34, 16  # characters; all of it is in the hover text
PALEST, DARKEST = 0.06, 0.85  # opacity of the accent for the least and the largest value
LIGHT_WORDS = 0.7  # share of the largest value from which the words take the colour of the ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: its row and column by name, `value` for the colour, the words in it and on hover, and what it opens."""

    row: str
    column: str
    value: float
    text: str
    words: str
    key: str
    is_small: bool = False


def heat_figure(
    cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], *, theme: Theme = "light", empty: str = ""
) -> Figure:
    """Return the cells as squares with their words; `customdata` of a cell is its key. Missing cells stay blank."""
    figure = new_figure(theme, height=FRAME + ROW * max(len(rows), 3))
    if not cells:
        return say(figure, empty or "Nothing to show yet.", theme)
    _colours(figure, cells, rows, columns, theme)
    _words(figure, cells, rows, columns, theme)
    names = {"ticklabelstandoff": 6, "showgrid": False, "zeroline": False, "tickmode": "array"}
    figure.update_layout(
        xaxis=axis(
            theme, side="top", range=[-0.5, len(columns) - 0.5], tickvals=list(range(len(columns))),
            ticktext=[safe(shortened(name, COLUMN_NAME)) for name in columns], tickangle=-35 if len(columns) > 6 else 0,
            **names,
        ),
        yaxis=axis(
            theme, range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))),
            ticktext=[safe(shortened(name, ROW_NAME)) for name in rows], **names,
        ),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )  # fmt: skip
    return figure


def _colours(figure: Figure, cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], theme: Theme) -> None:
    by_place = {(cell.row, cell.column): cell for cell in cells}
    colours = palette(theme)
    # Small cells keep no colour: a dark square out of two traces would be read as a finding.
    values = [
        [None if (cell := by_place.get((row, column))) is None or cell.is_small else cell.value for column in columns]
        for row in rows
    ]
    figure.add_heatmap(
        z=values,
        xgap=2,
        ygap=2,
        zmin=0,
        colorscale=[
            [0, _mixed(colours.ground, colours.accent, PALEST)],
            [1, _mixed(colours.ground, colours.accent, DARKEST)],
        ],
        showscale=False,
        hoverinfo="skip",
    )


def _words(figure: Figure, cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], theme: Theme) -> None:
    colours = palette(theme)
    most = max((cell.value for cell in cells if not cell.is_small), default=1.0) or 1.0
    ink = [
        colours.quiet if cell.is_small else (colours.ground if cell.value / most > LIGHT_WORDS else colours.ink)
        for cell in cells
    ]
    row_of = {name: place for place, name in enumerate(rows)}
    column_of = {name: place for place, name in enumerate(columns)}
    figure.add_scatter(
        x=[column_of[cell.column] for cell in cells],
        y=[row_of[cell.row] for cell in cells],
        mode="markers+text",
        name="cells",
        text=[f"({cell.text})" if cell.is_small else cell.text for cell in cells],
        textfont={"color": ink, "size": FONT_SIZE - (1 if len(columns) <= MANY else 3)},
        marker={"size": 26, "symbol": "square", "color": CLEAR},
        customdata=[cell.key for cell in cells],
        hovertext=[f"<b>{wrapped(cell.row)}</b><br>{wrapped(cell.column)}<br>{wrapped(cell.words)}" for cell in cells],
        hoverinfo="text",
        unselected={"marker": {"opacity": 1}, "textfont": {"color": colours.ink}},
    )


def _mixed(ground: str, colour: str, share: float) -> str:
    pairs = [(int(ground[i : i + 2], 16), int(colour[i : i + 2], 16)) for i in (1, 3, 5)]
    return "rgb({},{},{})".format(*(round(a + (b - a) * share) for a, b in pairs))
