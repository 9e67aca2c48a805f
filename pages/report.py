"""Report: what fails, how often, and what is not known, to read here and to hand on."""

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.wording import headline, rate_words
from evaldash.ui.cached import get_rates, get_report, get_saturation
from evaldash.ui.context import Store, load_context, need_project
from evaldash.ui.rates import show_rates


def main() -> None:
    """Show the page."""
    context = load_context()
    store, project = need_project(context)
    st.title("Report")
    found = get_saturation(store, project, None)
    if found.traces_read == 0:
        st.info("A report needs read traces. Draw a batch, read it, and come back.", icon=":material/edit_note:")
        st.page_link("pages/code.py", label="Read traces", icon=":material/edit_note:")
        return
    rates = get_rates(store, project)
    st.write(f"Any failure: **{rate_words(rates[0].rate)}**. {headline(found)}")
    left, right, _ = st.columns([1, 1, 3])
    text = get_report(store, project, "md")
    left.download_button(
        "Markdown",
        text,
        file_name="report.md",
        mime="text/markdown",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )
    right.download_button(
        "JSON", get_report(store, project, "json"), file_name="report.json", mime="application/json", on_click="ignore"
    )
    view = st.segmented_control("Show", ["The report", "Rates", "Rates by segment"], default="The report")
    if view == "Rates":
        show_rates(rates[1:], [rate.mode for rate in rates[1:] if rate.mode], key="report-rates", most=40)
        st.caption("Dots with 95 % intervals, each for its mode alone; where intervals overlap, so may the ranks.")
    elif view == "Rates by segment":
        _segments(store, project)
    else:
        with st.container(border=True):
            st.markdown(text)


def _segments(store: Store, project: Project) -> None:
    by = st.text_input(
        "By which field", value="version", help="version, cluster, format, session, metadata.NAME or tag.NAME"
    )
    rows = get_rates(store, project, by.strip() or "version")
    st.dataframe(
        [{"failure mode": row.name, by: row.segment, "rate": rate_words(row.rate)} for row in rows],
        hide_index=True,
        width="stretch",
    )
    st.caption("Small groups have wide intervals: compare them, not the middle figures.")


main()
