"""What all figures share: transparent ground, quiet axes that start at zero, no legend, no tool bar clutter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaldash.charts.palette import Theme, palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CLEAR = "rgba(0,0,0,0)"
FONT_SIZE = 13  # px; small type of the pages
MAX_TICKS = 8


def new_figure(theme: Theme, *, height: int) -> Figure:
    """Return an empty figure dressed for a theme, `height` px high; it takes the width of its place."""
    import pandas  # noqa: F401 (plotly looks into a pandas that another thread has only begun to import)
    from plotly.graph_objects import Figure

    colours = palette(theme)
    figure = Figure()
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"color": colours.ink, "size": FONT_SIZE, "family": "Source Sans, Source Sans Pro, sans-serif"},
        margin={"l": 48, "r": 16, "t": 28, "b": 44},
        showlegend=False,
        hoverlabel={
            "bgcolor": colours.ground,
            "bordercolor": colours.line,
            "font": {"color": colours.ink, "size": FONT_SIZE},
            "align": "left",
        },
        dragmode=False,
    )
    return figure


def axis(theme: Theme, title: str = "", /, **more: Any) -> dict[str, Any]:
    """Return the dress of an axis: thin grid, visible zero line, words in the quiet ink."""
    colours = palette(theme)
    return {
        "title": {"text": title, "standoff": 6, "font": {"color": colours.quiet, "size": FONT_SIZE}},
        "tickfont": {"color": colours.quiet, "size": FONT_SIZE - 1},
        "ticklabelstandoff": 4,
        "gridcolor": colours.line,
        "zeroline": True,
        "zerolinecolor": colours.quiet,
        "zerolinewidth": 1,
        "showline": False,
        "automargin": True,
        **more,
    }


def count_ticks(top: float) -> dict[str, Any]:
    """Return tick settings for counts from 0 to `top`: whole numbers in steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while top / step > MAX_TICKS:
        step = _next_step(step)
    return {"tickmode": "linear", "tick0": 0, "dtick": step, "tickformat": ",d"}


def say(figure: Figure, sentence: str, theme: Theme) -> Figure:
    """Put a sentence where the marks would be, for a figure without data, and take its axes away."""
    colours = palette(theme)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=sentence,
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"color": colours.quiet, "size": FONT_SIZE + 1},
    )
    return figure


def faded(colour: str, alpha: float) -> str:
    """Return a hex colour as rgba with `alpha` between 0 and 1."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _next_step(step: int) -> int:
    leading = int(str(step)[0])
    return step * 5 // 2 if leading == 2 else step * 2
