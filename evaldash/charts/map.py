"""The map of traces in two dimensions, made for drawing around what belongs together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from evaldash.charts.frame import CONFIG, FONT_SIZE, axis, faded, new_figure, say
from evaldash.charts.palette import (
    VERDICT_SHAPES,
    Theme,
    mode_colour,
    palette,
    safe,
    shortened,
    verdict_colours,
    wrapped,
)

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 560  # px
SIZES = ((500, 9), (3_000, 7), (20_000, 5))  # (up to so many points, diameter in px)
SMALLEST = 3  # px
NAMED = 24  # categories that carry their name on the map; more would cover the points
NAME_LIMIT = 28  # characters
LINE, WIDE = 0.035, 0.16  # a name's height and usual width, as shares of the map's larger side
EDGE = 0.02  # share of numbers at each end that the colour scale leaves out, or one extreme flattens the rest

MAP_CONFIG: dict[str, Any] = {
    **CONFIG,
    "displayModeBar": True,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d", "zoomIn2d", "zoomOut2d"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCategory:
    """Colour by category: `values` one id a point; `order` all ids, which fixes the colours; `names` what to show.

    Ids in `noise` are light grey, unnamed and below the others. `colours` and `shapes` override, as for verdicts.
    """

    values: Sequence[str]
    order: Sequence[str]
    names: Mapping[str, str] = field(default_factory=dict)
    noise: Set[str] = frozenset()
    colours: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)
    on_marks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ByNumber:
    """Colour by a metric: `values` one number a point, None where there is none (grey); `title` names it with unit."""

    values: Sequence[float | None]
    title: str


def by_verdict(values: Sequence[str], *, theme: Theme = "light") -> ByCategory:
    """Return the colouring by verdict, with a shape for each; anything else than a verdict is unread, hence noise."""
    verdicts = verdict_colours(theme)
    return ByCategory(
        values=[value if value in verdicts else "" for value in values],
        order=tuple(verdicts),
        names={"": "not read yet", "pass": "pass", "fail": "fail", "deferred": "deferred"},
        noise=frozenset({""}),
        colours=verdicts,
        shapes=VERDICT_SHAPES,
        on_marks=False,
    )


def map_figure(
    points: Sequence[tuple[float, float]],
    ids: Sequence[str],
    titles: Sequence[str],
    colour: ByCategory | ByNumber,
    *,
    ringed: Set[str] = frozenset(),
    theme: Theme = "light",
    height: int = HEIGHT,
) -> Figure:
    """Return the map: one WebGL trace a category, so that a selection knows what it holds; `customdata` are the ids.

    `points`, `ids`, `titles` and the colour's values go together by position. Titles come from traces and are escaped.
    Ids in `ringed` (what fits nowhere) carry a ring. The drag draws a lasso; zoom survives a change of colours.
    """
    figure = new_figure(theme, height=height)
    if not points:
        return say(figure, "No map yet: it needs traces with vectors and a layout.", theme)
    scene = _Scene(figure, points, ids, titles, ringed, theme)
    if isinstance(colour, ByCategory):
        _categories(scene, colour)
    else:
        _numbers(scene, colour)
    plain: dict[str, Any] = {"showgrid": False, "zeroline": False, "showticklabels": False}
    figure.update_layout(
        dragmode="lasso",
        uirevision="map",
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=axis(theme, **plain),
        yaxis=axis(theme, scaleanchor="x", **plain),
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": palette(theme).quiet, "activecolor": palette(theme).accent},
        newselection={"line": {"color": palette(theme).accent, "width": 2, "dash": "solid"}},
    )
    return figure


@dataclass(frozen=True, slots=True)
class _Scene:
    figure: Figure
    points: Sequence[tuple[float, float]]
    ids: Sequence[str]
    titles: Sequence[str]
    ringed: Set[str]
    theme: Theme


def _categories(scene: _Scene, colour: ByCategory) -> None:
    members: dict[str, list[int]] = {}
    for place, value in enumerate(colour.values):
        members.setdefault(value, []).append(place)
    known = [value for value in colour.order if value in members and value not in colour.noise]
    others = sorted(value for value in members if value not in known)
    for value in (*others, *known):  # noise first: later traces are drawn above
        _points(scene, members[value], colour.names.get(value, value), _category_marker(colour, value, scene.theme))
    if colour.on_marks and len(known) <= NAMED:
        _names(scene, {value: members[value] for value in known}, colour)
    if not colour.on_marks:
        _key(scene, colour, [*known, *others])


def _category_marker(colour: ByCategory, value: str, theme: Theme) -> dict[str, Any]:
    colours = palette(theme)
    if value in colour.noise:
        return {"color": colours.noise, "opacity": 0.75}
    shade = colour.colours.get(value) or mode_colour(value, colour.order, theme=theme)
    return {"color": shade, "symbol": colour.shapes.get(value, "circle"), "opacity": 0.85}


def _numbers(scene: _Scene, colour: ByNumber) -> None:
    known = [place for place, value in enumerate(colour.values) if value is not None]
    missing = [place for place, value in enumerate(colour.values) if value is None]
    if missing:
        _points(scene, missing, f"no {colour.title}", {"color": palette(scene.theme).noise, "opacity": 0.75})
    numbers = [value for value in colour.values if value is not None]
    if known:
        _points(scene, known, colour.title, _number_marker(numbers, colour.title, scene.theme), numbers)


def _number_marker(numbers: Sequence[float], title: str, theme: Theme) -> dict[str, Any]:
    colours = palette(theme)
    low, high = _ends(numbers)
    return {
        "color": list(numbers),
        "colorscale": [[i / (len(colours.scale) - 1), shade] for i, shade in enumerate(colours.scale)],
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "opacity": 0.9,
        "colorbar": {
            "title": {"text": safe(title), "font": {"size": FONT_SIZE - 1, "color": colours.quiet}},
            "tickfont": {"size": FONT_SIZE - 1, "color": colours.quiet},
            "thickness": 10,
            "len": 0.5,
            "outlinewidth": 0,
            "nticks": 5,
        },
    }


def _points(
    scene: _Scene, places: Sequence[int], name: str, marker: Mapping[str, Any], numbers: Sequence[float] | None = None
) -> None:
    colours = palette(scene.theme)
    said = [f"{safe(name)}: {number:,.4g}" for number in numbers] if numbers is not None else [safe(name)] * len(places)
    scene.figure.add_scattergl(
        x=[scene.points[place][0] for place in places],
        y=[scene.points[place][1] for place in places],
        mode="markers",
        name=safe(shortened(name, NAME_LIMIT)),
        customdata=[scene.ids[place] for place in places],
        hovertext=[_hover(scene, place, words) for place, words in zip(places, said, strict=True)],
        hoverinfo="text",
        marker={
            **marker,
            "size": _size(len(scene.points)),
            "line": {
                "color": colours.ink,
                "width": [1.6 if scene.ids[place] in scene.ringed else 0.0 for place in places],
            },
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.18}},
    )


def _hover(scene: _Scene, place: int, words: str) -> str:
    ring = "<br>fits nowhere well" if scene.ids[place] in scene.ringed else ""
    return f"{wrapped(scene.titles[place])}<br><b>{words}</b>{ring}<br>Draw around traces to list them"


def _names(scene: _Scene, members: Mapping[str, Sequence[int]], colour: ByCategory) -> None:
    """A category's name stands at the median of its points, which one far member does not move; large ones go first."""
    taken: list[tuple[float, float]] = []
    unit = max(_extent(scene.points, 0), _extent(scene.points, 1))
    for value in sorted(members, key=lambda value: -len(members[value])):
        x = median(scene.points[place][0] for place in members[value])
        y = median(scene.points[place][1] for place in members[value])
        lines = _lines_down((x / unit, y / unit), taken)
        taken.append((x / unit, y / unit - lines * LINE))
        _name(scene, (x, y), colour.names.get(value, value), lines)


def _name(scene: _Scene, at: tuple[float, float], name: str, lines: int) -> None:
    colours = palette(scene.theme)
    scene.figure.add_annotation(
        x=at[0],
        y=at[1],
        yshift=-lines * 16,
        text=f"<b>{safe(shortened(name, NAME_LIMIT))}</b>",
        showarrow=False,
        bgcolor=faded(colours.ground, 0.72),
        font={"color": colours.ink, "size": FONT_SIZE - 1},
    )


def _lines_down(at: tuple[float, float], taken: Sequence[tuple[float, float]]) -> int:
    """How many lines a name moves down (or up) so that it lies on no other; where nothing near is free it stays."""
    for lines in (0, 1, -1, 2, -2, 3, -3):
        y = at[1] - lines * LINE
        if all(abs(at[0] - x) > WIDE or abs(y - other) > LINE * 0.9 for x, other in taken):
            return lines
    return 0


def _extent(points: Sequence[tuple[float, float]], dimension: int) -> float:
    values = [point[dimension] for point in points]
    return max(values) - min(values) or 1.0


def _key(scene: _Scene, colour: ByCategory, values: Sequence[str]) -> None:
    """Categories that lie all over the map cannot carry names on it: a line of marks and words on top says them."""
    signs = {"circle": "●", "x": "✖", "diamond": "◆"}
    words = []
    for value in values:
        marker = _category_marker(colour, value, scene.theme)
        sign = signs.get(str(marker.get("symbol", "circle")), "●")
        words.append(f"<span style='color:{marker['color']}'>{sign}</span> {safe(colour.names.get(value, value))}")
    scene.figure.add_annotation(
        text="   ".join(words), x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="top", showarrow=False
    )


def _size(count: int) -> int:
    return next((size for limit, size in SIZES if count <= limit), SMALLEST)


def _ends(numbers: Sequence[float]) -> tuple[float, float]:
    if len(numbers) < 1 / EDGE:
        return min(numbers), max(numbers)
    cuts = quantiles(numbers, n=round(1 / EDGE), method="inclusive")
    return cuts[0], cuts[-1]
