"""Overview: where the analysis stands, and the one next step."""

from datetime import datetime

import streamlit as st

from evaldash.charts.saturation import new_modes_figure
from evaldash.services.overview import Figures, LoopStep, NextStep, Overview
from evaldash.services.wording import SURE, count_of, percent, percent_up, rate_words
from evaldash.ui.cached import get_overview
from evaldash.ui.context import escape, load_context, remember
from evaldash.ui.figures import show_figure, theme
from evaldash.ui.rates import show_rates

MARKS = {"done": ":material/check_circle:", "under way": ":material/clock_loader_40:", "open": ":material/circle:"}
FILES = {"import": "pages/import_page.py"}  # pages whose file is called otherwise than their address


def main() -> None:
    """Show the page."""
    context = load_context()
    if context.project is None:
        _welcome()
        return
    found = get_overview(context.store, context.project)
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.title(escape(context.project.name))
    with right:
        _next(found.next_step)
    st.write(_sentence(found.figures))
    _loop(found)
    if found.figures.saturation.traces_read:
        _charts(found.figures)
    if found.lately:
        with st.expander("Lately"):
            st.table([_event(*event) for event in found.lately])


def _welcome() -> None:
    st.title("Find out how your product really fails")
    st.write(
        "Bring in traces of your LLM product, read a sample of them, note what goes wrong in your own words, group the "
        "notes into failure modes, and see how much is still unseen."
    )
    st.page_link("pages/import_page.py", label="Import traces", icon=":material/upload_file:")


def _sentence(found: Figures) -> str:
    chance = found.saturation.chance
    failed = found.rates.overall.rate
    modes = len(found.taxonomy.taxonomy.modes)
    parts = [f"**{count_of(found.traces, 'trace')}**", f"**{found.saturation.traces_read:,}** judged"]
    if failed.estimate is not None:
        parts.append(f"failed: **{rate_words(failed, level=True)}**")
    parts.append(f"**{count_of(modes, 'failure mode')}**")
    if chance.estimate is not None:
        parts.append(
            f"chance that the next one shows a new one **{percent(chance.estimate)}** "
            f"({chance.L} of {chance.T}; at most {percent_up(chance.upper)}, {SURE})"
        )
    return " · ".join(parts)


def _next(step: NextStep) -> None:
    if st.button(step.words, type="primary", icon=":material/arrow_forward:", width="stretch"):
        if step.batch is not None:
            remember(batch=str(step.batch), trace=None)
        st.switch_page(_file(step.page))


def _loop(found: Overview) -> None:
    for column, step in zip(st.columns(len(found.loop)), found.loop, strict=True):
        with column:
            _loop_step(step)


def _loop_step(step: LoopStep) -> None:
    st.page_link(_file(step.page), label=step.name, icon=MARKS[step.state], help=f"{step.state}: {step.detail}")
    st.caption(step.detail)


def _charts(found: Figures) -> None:
    left, right = st.columns(2, gap="large")
    order = [mode.id for mode in found.taxonomy.taxonomy.modes]
    with left:
        st.subheader("Most frequent failure modes")
        show_rates(found.rates.rates[1:], order, key="overview-rates", most=6)
        for note in found.rates.notes:
            st.caption(escape(note))
    with right:
        st.subheader("New failure modes per batch")
        rows = [
            {
                "batch": item.batch,
                "judged": item.read,
                "new, random": item.new_uniform,
                "new, targeted": item.new_targeted,
            }
            for item in found.saturation.batches
        ]
        figure = new_modes_figure(found.saturation.batches, theme=theme(), height=300)
        show_figure(
            figure, rows, key="overview-new", alt=f"New failure modes in {count_of(len(rows), 'batch', 'batches')}"
        )


def _event(at: datetime, who: str, what: str) -> dict[str, str]:
    """Return a row of a table, in whose cells Streamlit reads Markdown."""
    return {"when": f"{at:%d %b %H:%M}", "who": escape(who), "what": escape(what)}


def _file(page: str) -> str:
    return FILES.get(page, f"pages/{page}.py")


main()
