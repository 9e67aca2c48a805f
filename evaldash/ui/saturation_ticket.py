"""A failure mode as a ticket to copy."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.tickets import ticket
from evaldash.storage.store import Store
from evaldash.ui.context import app_address


def offer_ticket(store: Store, project: Project, mode: str) -> None:
    """Offer the mode as Markdown; the copy button is that of the code block."""
    with st.popover("As a ticket", icon=":material/content_paste:"):
        st.code(ticket(store, project, mode, address=app_address()), language="markdown", wrap_lines=True)
