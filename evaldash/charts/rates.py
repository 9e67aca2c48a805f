"""Rates with their intervals: one row a mode, a dot for the estimate, a bar from the low to the high bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from evaldash.charts.frame import FONT_SIZE, axis, new_figure, say
from evaldash.charts.palette import Theme, mode_colour, palette, safe, shortened, wrapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW = 30  # px
FRAME = 76  # px for the axis and its words
NAME_LIMIT = 46  # characters of a name; all of it is in the hover text
LEAST_REACH = 0.1  # share; an axis that ends at 2 % makes noise look like a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """One row: a mode's id and name, its rate with bounds (shares), from `n` traces; None where not estimable.

    `weighted` says that the traces were drawn with unequal chances, worth `n_eff` random ones.
    """

    id: str
    name: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int
    n_eff: float | None = None
    weighted: bool = False


def rates_figure(
    rows: Sequence[RateRow], order: Sequence[str] = (), *, theme: Theme = "light", clickable: bool = False
) -> Figure:
    """Return dots with intervals, the first row on top. `order` lists all mode ids and gives each its colour.

    `customdata` of a dot is the row's id; hover says what a click does where the figure is `clickable`. A row that
    cannot be estimated says so in words.
    """
    figure = new_figure(theme, height=FRAME + ROW * max(len(rows), 3))
    if not rows:
        return say(figure, "No failure modes yet. Their rates appear here.", theme)
    places = list(range(len(rows)))
    _marks(figure, rows, order, theme, "<br>Click: its traces" if clickable else "")
    for place, row in zip(places, rows, strict=True):
        _words(figure, place, row, theme)
    reach = _reach(rows)
    figure.update_layout(
        xaxis=axis(theme, "share of traces", range=[0, reach], tickformat=".0%", nticks=3, tickangle=0),
        yaxis=axis(
            theme,
            range=[len(rows) - 0.4, -0.6],
            zeroline=False,
            showgrid=False,
            ticklabelstandoff=10,  # a dot at zero needs room
            tickmode="array",
            tickvals=places,
            ticktext=[safe(shortened(row.name, NAME_LIMIT)) for row in rows],
        ),
    )
    figure.update_yaxes(tickfont={"color": palette(theme).ink, "size": FONT_SIZE})
    figure.update_layout(margin={"l": 8, "t": 8, "r": 150})
    return figure


def _marks(figure: Figure, rows: Sequence[RateRow], order: Sequence[str], theme: Theme, click: str) -> None:
    known = [(place, row) for place, row in enumerate(rows) if row.estimate is not None]
    for place, row in known:
        figure.add_scatter(
            x=[row.low, row.high],
            y=[place, place],
            mode="lines",
            line={"color": _colour(row, order, theme), "width": 3},
            opacity=0.55,
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[row.estimate for _, row in known],
        y=[place for place, _ in known],
        mode="markers",
        name="rates",
        marker={
            "color": [_colour(row, order, theme) for _, row in known],
            "size": 11,
            "line": {"color": palette(theme).ground, "width": 1},
        },
        customdata=[row.id for _, row in known],
        hovertext=[f"<b>{wrapped(row.name)}</b><br>{_sentence(row)}{click}" for _, row in known],
        hoverinfo="text",
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )


def _colour(row: RateRow, order: Sequence[str], theme: Theme) -> str:
    return mode_colour(row.id, order, theme=theme) if row.id in order else palette(theme).accent


def _words(figure: Figure, place: int, row: RateRow, theme: Theme) -> None:
    """The numbers stand right of the bound, so that no row needs its grid line to be read."""
    known = row.estimate is not None
    figure.add_annotation(
        x=row.high if known else 0,
        y=place,
        text=_figures(row) if known else f"cannot be estimated from these {row.n} traces",
        xanchor="left",
        xshift=8,
        showarrow=False,
        hovertext=wrapped(row.name),
        font={"color": palette(theme).quiet if not known else palette(theme).ink, "size": FONT_SIZE - 1},
    )


def _figures(row: RateRow) -> str:
    of = f"{row.n}, worth {row.n_eff:.0f}" if row.weighted and row.n_eff is not None else f"{row.n}"
    return f"<b>{round((row.estimate or 0) * 100)} %</b> ({_bounds(row)}) of {of}"


def _sentence(row: RateRow) -> str:
    basis = f"weighted, worth {row.n_eff:.0f} random ones" if row.weighted and row.n_eff is not None else "random"
    return f"{round((row.estimate or 0) * 100)} % of {row.n} traces ({basis}), {_bounds(row)} % with 95 % confidence"


def _bounds(row: RateRow) -> str:
    """Low bounds round down and high ones up: an interval must not look tighter than it is."""
    low, high = row.low or 0.0, row.high if row.high is not None else 1.0
    return f"{floor(round(low * 100, 6))} to {ceil(round(high * 100, 6))}"


def _reach(rows: Sequence[RateRow]) -> float:
    return min(max([LEAST_REACH, *(row.high * 1.05 for row in rows if row.high is not None)]), 1.02)
