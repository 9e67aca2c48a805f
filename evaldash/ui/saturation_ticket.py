"""A failure mode as a ticket to copy."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.tickets import ticket
from evaldash.storage.store import Store


def offer_ticket(store: Store, project: Project, mode: str) -> None:
    """Offer the mode as Markdown; the copy button is that of the code block."""
    with st.popover("As a ticket", icon=":material/content_paste:"):
        st.code(ticket(store, project, mode, address=_address()), language="markdown", wrap_lines=True)


def _address() -> str:
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""
