"""The saturation figure: new failure modes per batch, and all modes seen as reading goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from evaldash.charts.frame import FONT_SIZE, axis, count_ticks, faded, new_figure, say
from evaldash.charts.palette import Theme, palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 520  # px, both panels
BARS_HEIGHT = 220  # px, where there is no line to show
MOST_POINTS = 400  # of the line of modes seen
LABELLED = 30  # batches; beyond, the numbers on the bars would run into each other
NARROW = 8  # batches; fewer leave their bars as wide as eighths, or one bar fills the panel
SPLIT = 0.46  # share of the height that the bars end at; the line stands above


class Batch(Protocol):
    """What one batch brought; `batch` is None for traces that were read outside of any batch."""

    @property
    def batch(self) -> int | None: ...  # noqa: D102
    @property
    def read(self) -> int: ...  # noqa: D102
    @property
    def new_uniform(self) -> int: ...  # noqa: D102
    @property
    def new_targeted(self) -> int: ...  # noqa: D102


class Expected(Protocol):
    """The modes to be expected in `traces` random traces, with the band at the 0.95 level."""

    @property
    def traces(self) -> float: ...  # noqa: D102
    @property
    def modes(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102


def new_modes_figure(
    batches: Sequence[Batch],
    cumulative: Sequence[tuple[int, int]] = (),
    rarefaction: Sequence[Expected] = (),
    ahead: Sequence[Expected] = (),
    *,
    theme: Theme = "light",
    height: int | None = None,
    clickable: bool = False,
) -> Figure:
    """Return bars of new modes per batch (random full, targeted hatched) under the line of all modes seen.

    `cumulative` holds (traces read, modes seen) from (0, 0), `rarefaction` the order-free curve of the random traces;
    without `cumulative` the bars stand alone; `ahead` goes on from where that ends, over one batch.
    `customdata` of a bar is its batch number, -1 where it has none; hover says what a click does where the figure is
    `clickable`.
    """
    with_line = len(cumulative) > 1
    figure = new_figure(theme, height=height or (HEIGHT if with_line else BARS_HEIGHT))
    if not batches:
        return say(figure, "Nothing read yet. New failure modes appear here batch by batch.", theme)
    click = "<br>Click: the traces of this batch" if clickable else ""
    _bars(figure, batches, theme, top=SPLIT if with_line else 1.0, click=click)
    if with_line:
        _band(figure, rarefaction, theme)
        _onward(figure, ahead, theme)
        _line(figure, cumulative, theme, (*rarefaction, *ahead))
    return figure


def _bars(figure: Figure, batches: Sequence[Batch], theme: Theme, *, top: float, click: str) -> None:
    colours = palette(theme)
    highest = max(item.new_uniform + item.new_targeted for item in batches)
    head = max(highest, 1) * 1.22  # room for the numbers above the bars
    _bar(figure, [item.new_uniform for item in batches], batches, "random", theme, click=click)
    _bar(figure, [item.new_targeted for item in batches], batches, "targeted", theme, click=click)
    if len(batches) <= LABELLED:
        _numbers(figure, [item.new_uniform + item.new_targeted for item in batches], theme)
    spare = max(NARROW - len(batches), 0)
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        xaxis=axis(
            theme,
            "batch",
            domain=[0, 1],
            anchor="y",
            range=[-0.6, len(batches) - 0.4 + spare],
            showgrid=False,
            zeroline=False,
            **_batch_ticks(batches),
        ),
        yaxis=axis(theme, domain=[0, top - 0.1 if top < 1 else 1.0], range=[0, head], **count_ticks(head)),
    )
    hint = f"<b>New failure modes per batch</b>   <span style='color:{colours.accent}'>■</span> random"
    if any(item.new_targeted for item in batches):
        hint += f"   <span style='color:{colours.accent}'>▨</span> targeted"
    _heading(figure, hint, top - 0.1 if top < 1 else 1.0)


def _bar(
    figure: Figure, counts: Sequence[int], batches: Sequence[Batch], stream: str, theme: Theme, *, click: str
) -> None:
    colours = palette(theme)
    hatched = stream == "targeted"
    figure.add_bar(
        x=list(range(len(counts))),
        y=list(counts),
        name=stream,
        customdata=[-1 if item.batch is None else item.batch for item in batches],
        marker={
            "color": faded(colours.accent, 0.12) if hatched else colours.accent,
            "line": {"color": colours.accent, "width": 1 if hatched else 0},
            "pattern": {"shape": "/" if hatched else "", "fgcolor": colours.accent, "size": 6, "solidity": 0.35},
        },
        hovertext=[_bar_words(item, count, stream) + click for item, count in zip(batches, counts, strict=True)],
        hoverinfo="text",
    )


def _bar_words(item: Batch, count: int, stream: str) -> str:
    where = "Outside of batches" if item.batch is None else f"Batch {item.batch}"
    modes = "1 new mode" if count == 1 else f"{count} new modes"
    return f"<b>{where}</b>: {item.read} read<br>{modes} in {stream} traces"


def _numbers(figure: Figure, totals: Sequence[int], theme: Theme) -> None:
    figure.add_scatter(
        x=list(range(len(totals))),
        y=list(totals),
        mode="text",
        text=[str(total) for total in totals],
        textposition="top center",
        textfont={"color": palette(theme).ink, "size": FONT_SIZE},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _batch_ticks(batches: Sequence[Batch]) -> dict[str, object]:
    every = -(-len(batches) // LABELLED)
    shown = range(0, len(batches), every)
    words = ["none" if batches[i].batch is None else str(batches[i].batch) for i in shown]
    return {"tickmode": "array", "tickvals": list(shown), "ticktext": words}


def _band(figure: Figure, rarefaction: Sequence[Expected], theme: Theme) -> None:
    if not rarefaction:
        return
    colours = palette(theme)
    x = [point.traces for point in rarefaction]
    edges = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "xaxis": "x2", "yaxis": "y2"}
    figure.add_scatter(x=x, y=[point.high for point in rarefaction], name="band high", **edges)
    figure.add_scatter(
        x=x,
        y=[point.low for point in rarefaction],
        name="band low",
        fill="tonexty",
        fillcolor=faded(colours.quiet, 0.18),
        **edges,
    )
    figure.add_scatter(
        x=x,
        y=[point.modes for point in rarefaction],
        name="expected",
        mode="lines",
        line={"color": colours.quiet, "width": 1.5, "dash": "dot"},
        hovertext=[_band_words(point) for point in rarefaction],
        hoverinfo="text",
        xaxis="x2",
        yaxis="y2",
    )


def _onward(figure: Figure, ahead: Sequence[Expected], theme: Theme) -> None:
    """What the next batch should add: a fan of bounds, outlined and not filled, so that it is not taken for seen."""
    if len(ahead) < 2:
        return
    colours = palette(theme)
    x = [point.traces for point in ahead]
    for name, y in (("ahead low", [p.low for p in ahead]), ("ahead high", [p.high for p in ahead])):
        line = {"color": colours.quiet, "width": 1, "dash": "dash"}
        figure.add_scatter(x=x, y=y, name=name, mode="lines", line=line, hoverinfo="skip", xaxis="x2", yaxis="y2")
    figure.add_scatter(
        x=x,
        y=[point.modes for point in ahead],
        name="ahead",
        mode="lines",
        line={"color": colours.quiet, "width": 1.5, "dash": "dash"},
        hovertext=[
            f"{point.traces:.0f} random traces should show {point.low:.0f} to {point.high:.0f} modes" for point in ahead
        ],
        hoverinfo="text",
        xaxis="x2",
        yaxis="y2",
    )


def _band_words(point: Expected) -> str:
    return (
        f"{point.traces:.0f} random traces, whatever their order,<br>show {point.modes:.1f} modes "
        f"({point.low:.1f} to {point.high:.1f}, 95 %)"
    )


def _line(figure: Figure, cumulative: Sequence[tuple[int, int]], theme: Theme, rarefaction: Sequence[Expected]) -> None:
    colours = palette(theme)
    read, seen = cumulative[-1]
    drawn = _thinned(cumulative)
    figure.add_scatter(
        x=[traces for traces, _ in drawn],
        y=[modes for _, modes in drawn],
        name="seen",
        mode="lines",
        line={"color": colours.accent, "width": 2.5, "shape": "hv"},
        hovertext=[f"modes seen: {modes}<br>traces read: {traces}" for traces, modes in drawn],
        hoverinfo="text",
        xaxis="x2",
        yaxis="y2",
    )
    right = max((point.traces for point in rarefaction), default=0)
    top = max([seen, 1, *(point.high for point in rarefaction)]) * 1.08
    figure.update_layout(
        xaxis2=axis(
            theme,
            "traces read",
            domain=[0, 1],
            anchor="y2",
            range=[0, max(read * 1.1, right * 1.03)],
            showgrid=False,
            **count_ticks(read),
        ),
        yaxis2=axis(theme, domain=[SPLIT + 0.12, 1], anchor="x2", range=[0, top], **count_ticks(top)),
    )
    figure.add_annotation(
        text=f"<b>{seen}</b>", x=read, y=seen, xref="x2", yref="y2", xanchor="left", yanchor="bottom", showarrow=False
    )
    hint = f"<b>Failure modes seen</b>   <span style='color:{colours.accent}'>━</span> in the order of reading"
    if rarefaction:  # the words say what is drawn: nobody has to hunt for a legend
        mark = f"<span style='color:{colours.quiet}'>┅</span>"
        hint += f"   {mark} random traces in any order, 95 % band; dashed: the next batch"
    _heading(figure, hint, 1.0)


def _thinned(cumulative: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the points where the line steps, and enough others to point at: the browser draws each of them."""
    every = -(-len(cumulative) // MOST_POINTS)
    last = len(cumulative) - 1
    return [
        point
        for place, point in enumerate(cumulative)
        if place % every == 0 or place == last or point[1] != cumulative[place - 1][1]
    ]


def _heading(figure: Figure, words: str, y: float) -> None:
    figure.add_annotation(
        text=words, x=0, y=y, xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=6, showarrow=False
    )
