"""The sections of the report on the page: read, rewritten, given back to the figures."""

from __future__ import annotations

import streamlit as st

from evaldash.errors import EvaldashError
from evaldash.reports.page import section_html
from evaldash.reports.pictures import pictures
from evaldash.reports.story import Section, Story, paragraphs, whose
from evaldash.services.report_texts import reset_section, write_section
from evaldash.ui.context import Context, escape, need_project, show_error
from evaldash.ui.figures import theme

_EDITED = "report-edited"  # session key: the section being rewritten, with its project
_DRAFTS = "report-drafts"  # session key: what stands in the box of a section, kept over a change of pages
SHOWN = {"modes": ("rates",), "unknown": ("new-modes", "modes-seen")}
HEIGHT = 260  # px of the box


def show_section(context: Context, story: Story, section: Section, *, masked: bool) -> None:
    """Show one section; its text can be rewritten while nothing is masked, so that no placeholder becomes the text."""
    heading, button = st.columns([8, 1], vertical_alignment="bottom")
    heading.subheader(section.title)
    _, project = need_project(context)
    edited = f"{project.key}-{section.key}"
    if st.session_state.get(_EDITED) == edited and not masked:
        _edit(context, section, edited)
        return
    help_text = "Turn masking off to rewrite the text" if masked else "Rewrite this text"
    label = f"Edit: {section.title}"
    if button.button(
        "", key=f"edit-{section.key}", icon=":material/edit:", help=f"{label}. {help_text}", disabled=masked,
        type="tertiary",
    ):  # fmt: skip
        st.session_state[_EDITED] = edited
        st.rerun()
    for part in paragraphs(section.text):
        st.markdown("\n".join(f"- {escape(item)}" for item in part) if isinstance(part, list) else escape(part))
    if section.by is not None:
        st.caption(escape(whose(section)))
        if section.stale or section.overridden:
            with st.expander("What the figures say"):
                st.markdown(escape(section.computed))
    drawn = pictures(story)  # as pictures: Streamlit takes drawings out of HTML
    for name in SHOWN.get(section.key, ()):
        if name in drawn:
            st.image(drawn[name].picture(theme()), caption=drawn[name].title, width="stretch")
    extra = section_html(story, section.key, theme())
    if extra:
        st.html(extra)


def _edit(context: Context, section: Section, edited: str) -> None:
    """Show the box; `edited` tells the section from one of another project."""
    store, project = need_project(context)
    drafts = st.session_state.setdefault(_DRAFTS, {})
    box = f"report-text-{edited}"

    def keep() -> None:
        drafts[edited] = st.session_state[box]

    text = st.text_area(
        section.title, drafts.get(edited, section.text), key=box, height=HEIGHT, on_change=keep,
        label_visibility="collapsed",
    )  # fmt: skip
    st.caption('A blank line parts paragraphs; lines that begin with "- " are a list. Figures of your own are marked.')
    save, back, reset, _ = st.columns([1, 1, 2, 3])
    try:
        if save.button("Save", type="primary", key="report-save"):
            write_section(store, project, section.key, text, basis=section.computed, who=context.coder)
            _leave(edited)
        if back.button("Cancel", key="report-cancel"):
            _leave(edited)
        if section.by and reset.button("Let the figures speak", key="report-reset"):
            reset_section(store, project, section.key, who=context.coder)
            _leave(edited)
    except EvaldashError as error:
        show_error(error)


def _leave(edited: str) -> None:
    st.session_state[_DRAFTS].pop(edited, None)
    st.session_state.pop(_EDITED, None)
    st.rerun()
