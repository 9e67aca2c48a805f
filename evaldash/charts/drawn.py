"""The charts of a report as drawings: rates with their intervals, new modes per batch, modes seen over the reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from evaldash.charts.svg import Drawing, clean, lines_of

WIDTH = 960
NAMES, PLOT, FIGURES = 300, (316, 690), 706  # px: where names end, where marks stand, where their numbers begin
ROW, TALL_ROW = 28, 42  # px for a name of one line or of two
LEAST_REACH = 0.1  # share; an axis that ends at 2 % makes noise look like a finding
LEFT, RIGHT, TOP, BOTTOM = 44, 930, 30, 44  # px: frame of the charts over batches and traces
LABELLED = 30  # batches whose bars carry a number


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRate:
    """A row: name, estimate with bounds (shares; None where not estimable), its numbers in words, colour, link."""

    name: str
    estimate: float | None
    low: float | None
    high: float | None
    words: str
    colour: str
    target: str = ""


class Point(Protocol):
    """A curve's point: that many modes, from `low` to `high`, after `traces` traces."""

    @property
    def traces(self) -> float: ...  # noqa: D102
    @property
    def modes(self) -> float: ...  # noqa: D102
    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102


def rates_drawing(rows: Sequence[DrawnRate], *, title: str) -> Drawing:
    """Return a row for each rate: a dot on its interval, name left, numbers right; rows with a target lead there."""
    names = [lines_of(row.name, NAMES) for row in rows]
    heights = [TALL_ROW if len(name) > 1 else ROW for name in names]
    drawing = Drawing(WIDTH, sum(heights) + 40, title)
    reach = min(max([LEAST_REACH, *((row.high or 0) * 1.05 for row in rows)]), 1.0)
    at = _scale(0, reach, *PLOT)
    bottom = sum(heights) + 6
    for share in _ticks(reach):
        drawing.line(at(share), 0, at(share), bottom, of="s-line")
        drawing.text(at(share), bottom + 18, f"{share * 100:.0f} %", of="f-quiet", anchor="middle")
    top = 0.0
    for row, name, height in zip(rows, names, heights, strict=True):
        _rate(drawing, row, name, top + height / 2, at)
        top += height
    return drawing


def batches_drawing(rows: Sequence[tuple[str, int, int, int]], *, title: str) -> Drawing:
    """Return a bar for each batch: label, traces read, new modes from random traces (full) and targeted (hatched)."""
    drawing = Drawing(WIDTH, 220, title)
    drawing.marks.append(
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" class="f-ground"/><rect width="2" height="6" class="f-accent"/></pattern></defs>'
    )
    head = max([1, *(random + targeted for _, _, random, targeted in rows)])
    up = _frame(drawing, head, "batch", "New failure modes per batch: ■ in random traces, ▨ in targeted ones")
    step = (RIGHT - LEFT) / max(len(rows), 6)
    for place, (label, read, random, targeted) in enumerate(rows):
        x, middle = LEFT + step * place + step * 0.15, LEFT + step * (place + 0.5)
        for low, high, fill, kind in (
            (0, random, "", "random"),
            (random, random + targeted, "url(#hatch)", "targeted"),
        ):
            if high > low:
                tip = f"Batch {label}: {read} read, {high - low} new in {kind} traces"
                of = "s-accent" if fill else "f-accent"
                drawing.bar(x, up(high), step * 0.7, up(low) - up(high), of=of, tip=tip, fill=fill)
        if len(rows) <= LABELLED:
            drawing.text(middle, up(random + targeted) - 5, str(random + targeted), anchor="middle")
        if place % -(-len(rows) // LABELLED) == 0:
            drawing.text(middle, drawing.height - BOTTOM + 18, label, of="f-quiet", anchor="middle")
    return drawing


def curve_drawing(
    cumulative: Sequence[tuple[int, int]], rarefied: Sequence[Point], ahead: Sequence[Point], *, title: str
) -> Drawing:
    """Return modes seen in the order of reading as steps, what any order gives as a band, the next batch dashed."""
    drawing = Drawing(WIDTH, 260, title)
    points = [*rarefied, *ahead]
    seen = max([1, *(modes for _, modes in cumulative), *(point.high for point in points)])
    read = max([1, *(traces for traces, _ in cumulative), *(point.traces for point in points)])
    up = _frame(drawing, seen, "traces read", "Failure modes seen: ━ as read, ┅ random traces in any order (95 %)")
    across = _scale(0, read, LEFT, RIGHT)
    for tick in _ticks(read, whole=True):
        drawing.text(across(tick), drawing.height - BOTTOM + 18, f"{tick:.0f}", of="f-quiet", anchor="middle")
    if rarefied:
        edge = [(p.traces, p.high) for p in rarefied] + [(p.traces, p.low) for p in reversed(rarefied)]
        drawing.path(_joined(edge, across, up) + "Z", of="f-quiet band")
        middle = [(p.traces, p.modes) for p in rarefied]
        drawing.path(_joined(middle, across, up), of="none s-quiet", width=1.5, dash="2 3")
    for bound in ("low", "modes", "high"):
        line = [(p.traces, getattr(p, bound)) for p in ahead]
        if len(line) > 1:
            drawing.path(_joined(line, across, up), of="none s-quiet", width=1, dash="6 4")
    if cumulative:
        steps = [(0.0, 0.0)]
        for traces, modes in cumulative:
            steps += [(traces, steps[-1][1]), (traces, modes)]
        drawing.path(_joined(steps, across, up), of="none s-accent", width=2.5)
        drawing.text(across(cumulative[-1][0]) + 4, up(cumulative[-1][1]) - 5, str(cumulative[-1][1]), of="f-ink bold")
    return drawing


def _rate(drawing: Drawing, row: DrawnRate, name: Sequence[str], y: float, at: Callable[[float], float]) -> None:
    if row.target:
        drawing.open_link(row.target)
    first = y + 4 - 8 * (len(name) - 1)
    for place, line in enumerate(name):
        drawing.text(0, first + 16 * place, line, tip=row.name)
    if row.target:
        drawing.close_link()
    if row.estimate is None or row.low is None or row.high is None:
        drawing.text(PLOT[0], y + 4, row.words, of="f-quiet")
        return
    tip = f"{clean(row.name)}: {row.words}"
    drawing.line(at(row.low), y, at(row.high), y, of=f"s-{row.colour} dim", width=4)
    drawing.dot(at(row.estimate), y, 5.5, of=f"f-{row.colour} s-ground", tip=tip)
    drawing.text(FIGURES, y + 4, row.words, of="f-ink")


def _frame(drawing: Drawing, head: float, across: str, words: str) -> Callable[[float], float]:
    """Draw grid, zero line and words; return where a count stands."""
    up = _scale(0, head * 1.08, drawing.height - BOTTOM, TOP + 8)
    for tick in _ticks(head, whole=True):
        drawing.line(LEFT, up(tick), RIGHT, up(tick), of="s-quiet" if tick == 0 else "s-line")
        drawing.text(LEFT - 8, up(tick) + 4, f"{tick:.0f}", of="f-quiet", anchor="end")
    drawing.text(0, 14, words, of="f-ink")
    drawing.text(RIGHT, drawing.height - 6, across, of="f-quiet", anchor="end")
    return up


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _ticks(top: float, *, whole: bool = False) -> list[float]:
    """Return at most seven ticks from 0 to `top`, in steps of 1, 2 or 5 times a power of ten."""
    step = 1.0 if whole else 0.01
    for factor in (2, 2.5, 2) * 8:
        if top / step <= 6:
            break
        step *= factor
    return [step * i for i in range(int(top / step + 1e-9) + 1)]


def _joined(
    points: Sequence[tuple[float, float]], across: Callable[[float], float], up: Callable[[float], float]
) -> str:
    return "M" + "L".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
