"""Saturation: how likely the next trace is to show a failure mode nobody has seen."""

import streamlit as st

from evaldash.charts.saturation import new_modes_figure
from evaldash.domain.stored import Project
from evaldash.services.saturation import Saturation
from evaldash.services.taxonomy import history
from evaldash.services.wording import caveats, headline
from evaldash.ui.cached import get_saturation
from evaldash.ui.context import Store, load_context, need_project
from evaldash.ui.figures import show_figure, theme


def main() -> None:
    """Show the page: the sentence, the chart that proves it, what it leaves open, what to do."""
    context = load_context()
    store, project = need_project(context)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.title("What is still unseen")
    with right:
        version = _choose_version(store, project)
    found = get_saturation(store, project, version)
    _headline(found)
    if found.traces_read == 0:
        st.info("Read some traces first: bars and chances come from what was read.", icon=":material/edit_note:")
        st.page_link("pages/code.py", label="Read traces", icon=":material/edit_note:")
        return
    st.info(found.advice.sentence, icon=":material/lightbulb:")
    _chart(found)
    _needed(found)
    for line in caveats(found):
        st.caption(line)
    st.caption(
        f"Seen by taxonomy version {found.taxonomy_version}, over the original reading order. Failure modes: "
        f"{found.modes_seen} kinds seen, notes without a mode counted as one each ({found.loose_codes}). "
        "A chance bounds how often something comes, not how grave it is."
    )


def _choose_version(store: Store, project: Project) -> int | None:
    versions = [change.version for change in history(store, project)]
    if len(versions) < 2:
        return None
    names = {change.version: f"version {change.version}" for change in history(store, project)}
    names |= {
        change.version: f"version {change.version}, {change.published}"
        for change in history(store, project)
        if change.published
    }
    return st.selectbox(
        "Taxonomy", [None, *reversed(versions)], format_func=lambda item: "today's" if item is None else names[item]
    )


def _headline(found: Saturation) -> None:
    chance = found.chance
    estimate = "" if chance.estimate is None else f"{chance.estimate:.6f}"
    # Attributes that scripts and screen readers hold on to; all values are numbers of our own.
    st.html(
        f'<p data-testid="chance-next-new" data-estimate="{estimate}" data-upper="{chance.upper:.6f}" '
        f'data-traces="{chance.T}" style="font-size:1.25rem;margin:0">{headline(found)}</p>'
    )


def _chart(found: Saturation) -> None:
    rows = [
        {
            "batch": item.batch,
            "strategy": found.strategies.get(item.batch or 0, ""),
            "judged": item.read,
            "failed": item.failed,
            "new, random": item.new_uniform,
            "new, targeted": item.new_targeted,
        }
        for item in found.batches
    ]
    figure = new_modes_figure(found.batches, found.cumulative, found.rarefied, theme=theme())
    said = ", ".join(f"batch {row['batch']}: {row['new, random']} and {row['new, targeted']}" for row in rows[:20])
    show_figure(figure, rows, key="saturation-chart", alt=f"New failure modes per batch, random and targeted: {said}")


def _needed(found: Saturation) -> None:
    ahead = found.expected
    cells = st.columns(len(found.needed) + 1)
    for cell, need in zip(cells, found.needed, strict=False):
        cell.metric(
            f"Random traces without a surprise to the {need.eps * 100:.0f} % line",
            f"{need.more}" if need.more else "reached",
            help=f"{need.total} random traces in all, if none of the next ones shows something new.",
        )
    cells[-1].metric(
        f"New modes to expect in the next {ahead.traces}",
        f"{ahead.low:.0f} to {ahead.high:.0f}",
        help="A 95 % range for the next random traces; a rough figure, read beside the chance above.",
    )


main()
