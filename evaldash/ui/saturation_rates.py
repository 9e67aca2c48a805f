"""How often each failure comes: overall, by segment, and for agents from which step to which."""

from __future__ import annotations

import streamlit as st

from evaldash.charts.heat import Cell, heat_figure
from evaldash.domain.stored import Project
from evaldash.services.cycles import Cycle
from evaldash.services.rates import SMALL_CELL, ModeRate, RateTable, segments_of
from evaldash.services.transitions import Transitions
from evaldash.services.wording import count_of, rank_words, rate_words
from evaldash.storage.store import Store
from evaldash.ui.cached import get_rate_table, get_segment_fields, get_taxonomy, get_transitions
from evaldash.ui.context import escape, field_words
from evaldash.ui.figures import pick_on_figure, theme
from evaldash.ui.rates import pick_rate
from evaldash.ui.saturation_cycle import asked_cycle
from evaldash.ui.saturation_ticket import offer_ticket
from evaldash.ui.trace_rows import show_trace_rows

MOST_MODES = 60
MODE = "rates-mode"  # session key of the field that names a mode
PICKED = "rates-picked"  # session key: the mode whose dot was clicked on last
SEPARATOR = "\x1f"  # between row and column in a cell's key


def show_rate_view(store: Store, project: Project) -> None:
    """Show the rates, and what one can break them down by."""
    cycle = asked_cycle(store, project)
    table = get_rate_table(store, project, None, cycle)
    if not table.rates or not table.overall.rate.n:
        st.info("Rates come from read traces. Draw a batch with a random half and read it.", icon=":material/casino:")
        st.page_link("pages/sample.py", label="Draw a batch", icon=":material/casino:")
        return
    st.html(f'<p style="font-size:1.25rem;margin:0">Any failure: {rate_words(table.overall.rate, level=True)}.</p>')
    fields = [field for field in get_segment_fields(store, project) if cycle is None or field != "version"]
    by = st.segmented_control(
        "Look at", ["all", *fields, "steps"], default="all", key="rates-by", required=True, format_func=_field_words
    )
    if by == "all":
        _overall(store, project, table, cycle)
    elif by == "steps":
        _steps(store, project, get_transitions(store, project, cycle))
    else:
        table = get_rate_table(store, project, by, cycle)
        _heat(store, project, table, by, cycle)
    for note in table.notes:
        st.caption(escape(note))


def _field_words(field: str) -> str:
    return {"all": "Everything", "steps": "Step to step (agents)"}.get(field, f"By {field_words(field)}")


def _overall(store: Store, project: Project, table: RateTable, cycle: Cycle | None) -> None:
    modes = table.rates[1:]
    order = [mode.id for mode in get_taxonomy(store, project).taxonomy.modes]
    names = {item.mode: item.name for item in modes}
    picked = pick_rate(modes, order, key="rates-all", most=MOST_MODES)
    if picked != st.session_state.get(PICKED):  # a new click; between clicks the field below may say another mode
        st.session_state[PICKED] = picked
        if picked in names:
            st.session_state[MODE] = picked
    st.caption(f"Each interval is at 95 % for its mode alone. {rank_words(modes)}")
    chosen = st.selectbox(
        "Traces and ticket of a mode", [item.mode for item in modes], index=None, key=MODE,
        placeholder="Choose a failure mode", format_func=lambda mode: names.get(mode, ""), width=420,
    )  # fmt: skip
    if chosen is not None:
        offer_ticket(store, project, chosen)
        now = get_taxonomy(store, project)
        traces = _of_cycle(store, project, [code.trace for code in now.by_mode.get(chosen, ())], cycle)
        show_trace_rows(store, project, traces, key=f"mode-{chosen}")


def _of_cycle(store: Store, project: Project, traces: list[str], cycle: Cycle | None) -> list[str]:
    if cycle is None:
        return traces
    version_of = segments_of(store, project, "version", traces)
    return [trace for trace in traces if version_of.get(trace) == cycle.cycle]


def _heat(store: Store, project: Project, table: RateTable, by: str, cycle: Cycle | None) -> None:
    held = [rate for rate in table.rates if rate.mode is not None]
    columns = list(dict.fromkeys(rate.segment or "" for rate in table.rates))
    by_count: dict[str, int] = {}
    for rate in held:
        by_count[rate.mode or ""] = by_count.get(rate.mode or "", 0) + rate.count
    names = {rate.mode or "": rate.name for rate in held}
    rows = [names[mode] for mode in sorted(by_count, key=lambda mode: -by_count[mode])]
    cells = [_rate_cell(rate) for rate in held]
    figure = heat_figure(cells, rows, columns, theme=theme(), empty="No failure modes yet.")
    listed = [
        {"failure mode": rate.name, by: rate.segment, "rate": rate_words(rate.rate), "traces": rate.count}
        for rate in table.rates
    ]
    said = "; ".join(f"{cell.row}, {cell.column}: {cell.words}" for cell in cells[:30])
    picked = pick_on_figure(figure, listed, key=f"heat-{by}", alt=f"Rates of failure modes by {by}. {said}")
    st.caption(
        f"Share of the segment's traces; in brackets: fewer than {SMALL_CELL} traces, which say next to nothing. Many "
        "cells are looked at together here, so some differ by chance alone: compare the intervals in the table."
    )
    if picked:
        mode, segment = str(picked[0]).split(SEPARATOR, 1)
        _cell_traces(store, project, mode, segment, by=by, cycle=cycle)


def _rate_cell(rate: ModeRate) -> Cell:
    found = rate.rate
    small = found.n < SMALL_CELL or found.estimate is None
    text = f"{rate.count}" if found.estimate is None else f"{found.estimate * 100:.0f} % of {found.n}"
    return Cell(
        row=rate.name, column=rate.segment or "", value=found.estimate or 0.0, text=text, words=rate_words(found),
        key=f"{rate.mode}{SEPARATOR}{rate.segment}", is_small=small,
    )  # fmt: skip


def _cell_traces(store: Store, project: Project, mode: str, segment: str, *, by: str, cycle: Cycle | None) -> None:
    now = get_taxonomy(store, project)
    traces = _of_cycle(store, project, list(dict.fromkeys(code.trace for code in now.by_mode.get(mode, ()))), cycle)
    segment_of = segments_of(store, project, by, traces)
    inside = [trace for trace in traces if segment_of.get(trace) == segment]
    name = next((item.name for item in now.taxonomy.modes if item.id == mode), mode)
    st.subheader(f"{escape(name)}, {field_words(by)} {escape(segment)}: {count_of(len(inside), 'trace')}")
    show_trace_rows(store, project, inside, key=f"cell-{mode}-{segment}")


def _steps(store: Store, project: Project, found: Transitions) -> None:
    cells = [
        Cell(
            row=before, column=wrong, value=float(len(traces)), text=str(len(traces)),
            words=f"{count_of(len(traces), 'trace')}: right up to {before}, first wrong at {wrong}",
            key=f"{before}{SEPARATOR}{wrong}",
        )
        for (before, wrong), traces in found.cells.items()
    ]  # fmt: skip
    figure = heat_figure(
        cells, found.rows, found.columns, theme=theme(),
        empty="No failure has a step marked yet: press s at the desk where it first went wrong.",
    )  # fmt: skip
    listed = [{"last right": cell.row, "first wrong": cell.column, "traces": int(cell.value)} for cell in cells]
    said = "; ".join(cell.words for cell in sorted(cells, key=lambda cell: -cell.value)[:10])
    st.caption("Rows: the last step that went right. Columns: where it first went wrong.")
    picked = pick_on_figure(figure, listed, key="steps", alt=f"Where failed traces first went wrong. {said}")
    unplaced = (
        f" {count_of(found.unplaced, 'failed trace')} without a marked step are not in it." if found.unplaced else ""
    )
    st.caption(f"Counts of {count_of(found.placed, 'failed trace')} of both streams, not rates.{unplaced}")
    if picked:
        before, wrong = str(picked[0]).split(SEPARATOR, 1)
        st.subheader(escape(f"{before} → {wrong}"))
        show_trace_rows(store, project, found.cells.get((before, wrong), ()), key=f"step-{before}-{wrong}")
