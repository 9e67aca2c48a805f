"""Saturation, the first question: how much is still unseen, what proves it, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from evaldash.charts.saturation import new_modes_figure
from evaldash.domain.stored import Project
from evaldash.services.cycles import Cycle
from evaldash.services.saturation import Saturation
from evaldash.services.taxonomy import history
from evaldash.services.wording import SURE, caveats, count_of, headline, percent, percent_up
from evaldash.stats.saturation import LOOK_EVERY, AdviceKind
from evaldash.storage.store import Store
from evaldash.ui.cached import get_chances, get_saturation, get_segment_fields
from evaldash.ui.context import escape, field_words, remember
from evaldash.ui.figures import pick_on_figure, theme
from evaldash.ui.saturation_cycle import asked_cycle
from evaldash.ui.trace_rows import show_trace_rows

NEXT_PAGE = {
    AdviceKind.START: ("pages/sample.py", "Draw a batch", ":material/casino:"),
    AdviceKind.GO_ON: ("pages/sample.py", "Draw the next batch", ":material/casino:"),
    AdviceKind.ELSEWHERE: ("pages/sample.py", "Draw with a random half", ":material/casino:"),
    AdviceKind.STOP: ("pages/report.py", "Read the report", ":material/description:"),
}


def show_unseen(store: Store, project: Project) -> None:
    """Show the sentence, the chart, what it leaves open, and the next step."""
    cycle = asked_cycle(store, project)
    version = _choose_version(store, project)
    found = get_saturation(store, project, version, cycle)
    _headline(found)
    if found.traces_read == 0:
        st.info("Read some traces first: bars and chances come from what was read.", icon=":material/edit_note:")
        st.page_link("pages/code.py", label="Read traces", icon=":material/edit_note:")
        return
    _advice(found)
    _needed(found)
    batch = _chart(found)
    if batch is not None:
        _firsts(store, project, found, batch)
    for line in caveats(found):
        st.caption(escape(line))
    st.caption(_basis(found))
    _thin(found)
    _segments(store, project, cycle)


def _choose_version(store: Store, project: Project) -> int | None:
    changes = history(store, project)
    if len(changes) < 2:
        return None
    names = {
        change.version: f"version {change.version}: {change.published or change.summary}"[:70] for change in changes
    }
    return st.selectbox(
        "Seen by the taxonomy of", [None, *sorted(names, reverse=True)], width=420,
        format_func=lambda item: "today" if item is None else names[item],
        help="Merging modes lowers the chance of something new, splitting raises it: compare like with like.",
    )  # fmt: skip


def _headline(found: Saturation) -> None:
    chance = found.chance
    estimate = "" if chance.estimate is None else f"{chance.estimate:.6f}"
    # Attributes that scripts and screen readers hold on to; all values are numbers of our own.
    st.html(
        f'<p data-testid="chance-next-new" data-estimate="{estimate}" data-upper="{chance.upper:.6f}" '
        f'data-traces="{chance.T}" style="font-size:1.25rem;margin:0;max-width:60rem">{headline(found)}</p>'
    )


def _advice(found: Saturation) -> None:
    st.info(found.advice.sentence, icon=":material/lightbulb:")
    page, label, icon = NEXT_PAGE[found.advice.kind]
    left, right, _ = st.columns([1, 2, 2], vertical_alignment="center")
    left.page_link(page, label=label, icon=icon)
    if right.button(
        "Search for rare grave failures", icon=":material/search:", type="tertiary",
        help="The chance bounds how often something comes, not how grave it is. One in 500 is not met by reading 100: "
             "search for it, or draw unhappy users, extremes and stress queries.",
    ):  # fmt: skip
        remember(filter=None)
        st.switch_page("pages/explore.py")


def _needed(found: Saturation) -> None:
    cells = st.columns(len(found.needed) + 2)
    for cell, need in zip(cells, found.needed, strict=False):
        cell.metric(
            f"Clean traces to the {need.eps * 100:.0f} % line",
            f"{need.more} more" if need.more else "reached",
            help=f"{need.total} random traces in all, if none of the next ones shows something new.",
        )
    ahead = found.expected
    cells[-2].metric(
        f"New modes in the next {ahead.traces}",
        f"{ahead.low:.0f} to {ahead.high:.0f}",
        help="A 95 % range for the next random traces; a rough figure, read beside the chance above.",
    )
    sure = found.modes_seen - found.loose_codes
    cells[-1].metric(
        "Failure modes seen",
        f"{sure}" if not found.loose_codes else f"{sure} to {found.modes_seen}",
        help=f"Fewest: every note without a mode ({found.loose_codes}) is a known one. Most: each is its own mode.",
    )


def _chart(found: Saturation) -> int | None:
    """Show the figure; return the batch whose bar was clicked, -1 for traces outside of batches."""
    rows = [
        {
            "batch": "none" if item.batch is None else str(item.batch),
            "strategy": found.strategies.get(item.batch or 0, ""),
            "judged": item.read,
            "failed": item.failed,
            "new, random": item.new_uniform,
            "new, targeted": item.new_targeted,
        }
        for item in found.batches
    ]
    figure = new_modes_figure(
        found.batches, found.cumulative, found.rarefied, found.ahead, theme=theme(), clickable=True
    )
    picked = pick_on_figure(figure, rows, key="saturation-chart", alt=_said(found, rows))
    return int(picked[0]) if picked else None


def _said(found: Saturation, rows: Sequence[dict[str, Any]]) -> str:
    bars = ", ".join(f"batch {row['batch']}: {row['new, random']} and {row['new, targeted']}" for row in rows[:20])
    return (
        f"New failure modes per batch in random and in targeted traces: {bars}. In all {found.modes_seen} kinds of "
        f"failure in {found.traces_read} read traces; the next {found.expected.traces} random ones should add "
        f"{found.expected.low:.0f} to {found.expected.high:.0f}."
    )


def _firsts(store: Store, project: Project, found: Saturation, batch: int) -> None:
    number = None if batch < 0 else batch
    firsts = [item for item in found.firsts if item.batch == number]
    name = "Outside of batches" if number is None else f"Batch {number}"
    st.subheader(f"{name}: {count_of(len(firsts), 'trace')} brought something new")
    if not firsts:
        st.write("All that failed in it had been seen before.")
        return
    more = {
        item.trace: {
            "new failure mode": "; ".join(found.names.get(kind, kind) for kind in item.kinds),
            "drawn": "at random" if item.uniform else "targeted",
        }
        for item in firsts
    }
    show_trace_rows(store, project, [item.trace for item in firsts], key=f"firsts-{batch}", more=more)


def _basis(found: Saturation) -> str:
    return (
        f"Taxonomy version {found.taxonomy_version} over the original reading order. The line counts all read traces; "
        "the band and what lies ahead speak for the random ones alone. Rule: stop when the bound is at most 10 % "
        f"(thorough: 5 %), looked at after every {LOOK_EVERY} random traces; simulated, it stops too early in about "
        "3 of 100 readings."
    )


def _thin(found: Saturation) -> None:
    if not found.thin:
        return
    with st.expander(f"{count_of(len(found.thin), 'thin mode')}: fewer than 5 traces each"):
        st.dataframe(
            [{"failure mode": found.names.get(mode, mode), "traces": count} for mode, count in found.thin],
            hide_index=True, width="stretch",
        )  # fmt: skip
        st.caption(
            "Their definitions have hardly been tried on anything: look for more of them before you build on them."
        )


def _segments(store: Store, project: Project, cycle: Cycle | None) -> None:
    fields = [field for field in get_segment_fields(store, project) if cycle is None or field != "version"]
    if not fields:
        return
    by = st.segmented_control("The same within", fields, key="saturation-by", format_func=field_words)
    if by is None:
        return
    found = get_chances(store, project, by, cycle)
    st.dataframe(
        [
            {
                by: item.segment,
                "random traces": item.T,
                "modes seen": item.modes_seen,
                "chance of something new": "too few" if item.chance is None else percent(item.chance.estimate or 0.0),
                f"at most ({SURE})": "" if item.chance is None else percent_up(item.chance.upper),
                "clean traces to the 10 % line": item.needed.more,
            }
            for item in found
        ],
        hide_index=True, width="stretch",
    )  # fmt: skip
    st.caption(
        f"Each stands alone: what another one showed does not count as seen in it. Fewer than {LOOK_EVERY} random "
        "traces say too little."
    )
