"""Shares over time: one line a group, its name at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from evaldash.charts.frame import FONT_SIZE, axis, new_figure
from evaldash.charts.palette import Theme, mode_colour, safe, shortened

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 400  # px
NAME_LIMIT = 24  # characters
FINE_BELOW = 0.08  # shares whose ticks need a decimal
LEAST_APART = 0.055  # of the chart's height, between two names


def trend_figure(
    begins: Sequence[datetime],
    shares: Mapping[str, Sequence[float]],
    *,
    names: Mapping[str, str],
    order: Sequence[str],
    theme: Theme = "light",
) -> Figure:
    """Return the shares of each group by the beginnings of equal spans; `order` fixes the colours, as on the map."""
    figure = new_figure(theme, height=HEIGHT)
    top = max((max(line, default=0.0) for line in shares.values()), default=0.0) or 1.0
    for group, line in shares.items():
        figure.add_scatter(
            x=list(begins),
            y=list(line),
            mode="lines+markers",
            name=safe(names[group]),
            line={"color": mode_colour(group, order, theme=theme), "width": 2},
            hovertext=[
                f"{safe(names[group])}<br>from {begin:%d %b %Y}: {share:.1%}"
                for begin, share in zip(begins, line, strict=True)
            ],
            hoverinfo="text",
        )
    for group, y in _apart({group: line[-1] / top for group, line in shares.items()}).items():
        figure.add_annotation(
            x=1,
            xref="paper",
            y=y * top,
            text=safe(shortened(names[group], NAME_LIMIT)),
            xanchor="left",
            showarrow=False,
            font={"color": mode_colour(group, order, theme=theme), "size": FONT_SIZE - 1},
        )
    figure.update_layout(
        showlegend=False,
        margin={"l": 44, "r": 150, "t": 12, "b": 36},
        xaxis=axis(theme),
        yaxis=axis(theme, tickformat=".0%" if top >= FINE_BELOW else ".1%", range=[0, top * 1.08]),
    )
    return figure


def _apart(ends: Mapping[str, float]) -> dict[str, float]:
    """Move names up where they would lie on one another."""
    placed: dict[str, float] = {}
    last = -1.0
    for group in sorted(ends, key=lambda group: ends[group]):
        last = max(ends[group], last + LEAST_APART)
        placed[group] = last
    return placed
