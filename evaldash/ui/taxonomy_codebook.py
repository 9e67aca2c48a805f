"""The codebook on a page: what a stranger needs to apply the failure modes, and files of it to hand over."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.reports.codebook import CodebookEntry, codebook_html, codebook_markdown
from evaldash.services.taxonomy import TaxonomyView
from evaldash.storage.store import Store
from evaldash.ui.cached import get_codebook
from evaldash.ui.context import escape

MANY = 20  # modes above which each is folded


def show_codebook(store: Store, project: Project, now: TaxonomyView) -> None:
    """Show every mode with definition, examples and near misses."""
    if not now.taxonomy.modes:
        st.info(
            "There are no failure modes yet. Accept a suggestion, or make one on the board.", icon=":material/book:"
        )
        return
    with st.spinner("Choosing examples by what the notes say …"):
        book = get_codebook(store, project)
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="center")
    undefined = sum(not entry.definition for entry in book.entries)
    left.caption(
        f"**{undefined}** of {len(book.entries)} modes have no definition yet: could a stranger tell?"
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
                _entry(entry)
        else:
            st.markdown(f"##### {number}. {escape(entry.name)}")
            _entry(entry)


def _entry(entry: CodebookEntry) -> None:
    lines = [escape(entry.definition) or "*No definition yet.*"]
    lines += [f"**Applies when** {escape(entry.applies_when)}"] if entry.applies_when else []
    lines += [f"**Does not apply when** {escape(entry.not_when)}"] if entry.not_when else []
    lines += [f"Example: “{escape(note)}”" for note in entry.examples]
    lines += [f"Near miss: “{escape(miss.text)}” is *{escape(miss.mode)}*" for miss in entry.near_misses]
    st.markdown("  \n".join(line.replace("\n", " ") for line in lines))
