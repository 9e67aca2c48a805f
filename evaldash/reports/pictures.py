"""The charts of a report by name: `rates`, `new-modes`, `modes-seen`; those without data are left out."""

from __future__ import annotations

from evaldash.charts.drawn import DrawnRate, batches_drawing, curve_drawing, rates_drawing
from evaldash.charts.svg import Drawing, slot
from evaldash.domain.counting import count_of
from evaldash.reports.story import Story

MOST_ROWS = 30  # modes in the chart; all of them stand in the table


def pictures(story: Story) -> dict[str, Drawing]:
    """Return the drawings of a report."""
    drawn = {}
    if story.modes:
        drawn["rates"] = _rates(story)
    if story.curve.bars:
        new = sum(random + targeted for _, _, random, targeted in story.curve.bars)
        title = f"New failure modes per batch: {new} in {count_of(len(story.curve.bars), 'batch', 'batches')}"
        drawn["new-modes"] = batches_drawing(story.curve.bars, title=title)
    if story.curve.cumulative:
        read, seen = story.curve.cumulative[-1]
        title = f"Failure modes seen over the reading: {seen} after {count_of(read, 'trace')}"
        drawn["modes-seen"] = curve_drawing(
            story.curve.cumulative, story.curve.rarefied, story.curve.ahead, title=title
        )
    return drawn


def _rates(story: Story) -> Drawing:
    shown = sorted(story.modes, key=lambda mode: (-(mode.share.estimate or 0), -mode.traces))[:MOST_ROWS]
    rows = [
        DrawnRate(
            name=mode.name,
            estimate=mode.share.estimate,
            low=mode.share.low,
            high=mode.share.high,
            words=mode.share.words,
            colour=slot(mode.place),
            target=f"mode-{mode.id}" if mode.examples else "",
        )
        for mode in shown
    ]
    return rates_drawing(rows, title=f"Rates of the {len(shown)} most frequent failure modes, with 95 % intervals")
