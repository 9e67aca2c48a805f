"""The codebook on a page: what a stranger needs to apply the failure modes, and files of it to hand over."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.reports.codebook import codebook_html, codebook_markdown
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import agree, count_of
from evaldash.storage.store import Store
from evaldash.ui.cached import get_codebook
from evaldash.ui.codebook_entry import entry_words
from evaldash.ui.context import escape
from evaldash.ui.taxonomy_blind import show_blind_test

MANY = 20  # modes above which each is folded


READ, TEST = "Read it", "Test it"


def show_codebook(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show every mode with definition, examples and near misses; or the test whether `who` can apply them."""
    if not now.taxonomy.modes:
        st.info(
            "There are no failure modes yet. Accept a suggestion, or make one on the board.", icon=":material/book:"
        )
        return
    part = st.segmented_control(
        "Codebook", (READ, TEST), default=READ, label_visibility="collapsed", key="codebook-part", required=True
    )
    if part == TEST:
        show_blind_test(store, project, who=who)
        return
    with st.spinner("Choosing examples by what the notes say …"):
        book = get_codebook(store, project)
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="center")
    undefined = sum(not entry.definition for entry in book.entries)
    left.caption(
        f"**{undefined}** of {count_of(len(book.entries), 'mode')} {agree(undefined, 'has', 'have')} no definition "
        "yet: could a stranger tell?"
        if undefined
        else "Each mode has a definition. The examples are the most central notes; near misses belong to another mode."
    )
    for column, label, text, ending in (
        (middle, "Markdown", codebook_markdown(book), "md"),
        (right, "To print (HTML)", codebook_html(book), "html"),
    ):
        column.download_button(
            label, text, file_name=f"codebook.{ending}", on_click="ignore", width="stretch", icon=":material/download:"
        )
    for number, entry in enumerate(book.entries, start=1):
        if len(book.entries) > MANY:
            with st.expander(f"{number}. {escape(entry.name)}"):
                st.markdown(entry_words(entry))
        else:
            st.markdown(f"##### {number}. {escape(entry.name)}")
            st.markdown(entry_words(entry))
