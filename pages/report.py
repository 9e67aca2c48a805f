"""Report: what fails, how often, what was done and what is not known, as a story to edit and to hand on."""

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.wording import headline, rate_words
from evaldash.ui.cached import get_rates, get_saturation, get_story
from evaldash.ui.context import Context, Store, load_context, need_project
from evaldash.ui.report_files import offer_files, put_masked
from evaldash.ui.report_sections import show_section


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
    st.write(f"Any failure: **{rate_words(get_rates(store, project)[0].rate, level=True)}**. {headline(found)}")
    left, right = st.columns([2.6, 1], gap="large")
    with right:
        masked = put_masked()
    with left:
        _story(context, store, project, masked)
    with right:
        offer_files(store, project, masked=masked)


def _story(context: Context, store: Store, project: Project, masked: bool) -> None:
    told = get_story(store, project, masked)
    for warning in told.warnings:
        st.warning(warning, icon=":material/priority_high:")
    for section in told.sections:
        show_section(context, told, section, masked=masked)


main()
