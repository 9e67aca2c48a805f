"""What one takes along from the page Report: the formats, tables and pictures, masked or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.reporting import picture_archive, report_bytes
from evaldash.storage.store import Store
from evaldash.ui.cached import get_story
from evaldash.ui.context import app_address

KINDS = {"KEY": "key", "CARD": "card number", "EMAIL": "e-mail address", "PHONE": "phone number"}
FILES = (  # label, format, file name, type of content
    ("Markdown", "md", "report.md", "text/markdown"),
    ("XLSX: all tables", "xlsx", "report.xlsx", "application/vnd.openxmlformats"),
    ("CSV: the same tables", "csv", "report-tables.zip", "application/zip"),
    ("JSON", "json", "report.json", "application/json"),
)


def put_masked() -> bool:
    """Ask whether personal data are masked in what is shown and taken along."""
    st.subheader("What goes out")
    return st.toggle(
        "Mask personal data",
        key="report-masked",
        help="Keys, card numbers, e-mail addresses and phone numbers become placeholders; who coded is hidden. Names "
        "of people inside a text are not recognised: read it before you send it.",
    )


def offer_files(store: Store, project: Project, *, masked: bool) -> None:
    """Offer the files; each is made when it is asked for."""
    story = get_story(store, project, masked)
    if masked:
        st.caption(_masked_words(story.masked))
    make = partial(report_bytes, store, project, mask=masked, address=app_address())
    _file("One HTML file", "report.html", "text/html", partial(make, format="html"), is_first=True)
    for label, kind, name, content in FILES:
        _file(label, name, content, partial(make, format=kind))
    _file("Charts: SVG and PNG", "report-charts.zip", "application/zip", partial(picture_archive, story))
    st.caption("The HTML file loads nothing from anywhere, works offline, and prints.")


def _file(label: str, name: str, content: str, make: Callable[[], bytes], *, is_first: bool = False) -> None:
    st.download_button(
        label,
        make,
        file_name=name,
        mime=content,
        key=f"file-{name}",
        icon=":material/download:",
        type="primary" if is_first else "secondary",
        on_click="ignore",
        width="stretch",
    )


def _masked_words(counts: Mapping[str, int]) -> str:
    said = ", ".join(f"{KINDS.get(kind, kind)}: {number}" for kind, number in counts.items())
    return f"Masked in the story: {said}." if said else "Nothing in the story looks like personal data."
