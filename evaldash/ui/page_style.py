"""The few measures that Streamlit's theme has no setting for."""

from __future__ import annotations

import streamlit as st

CSS = """<style>
[data-testid="stMainBlockContainer"] { padding: 2.2rem 2.5rem 3rem; }
[data-testid="stSidebar"] { width: 232px !important; min-width: 232px !important; }
[data-testid="stSidebarHeader"] { height: 2.5rem; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-map-part-"]) { position: absolute; }
[data-testid="stElementContainer"][class*="st-key-evaldash_"] { opacity: 1 !important; } /* they redraw themselves */
[data-testid="stCaptionContainer"] { color: inherit; opacity: .78; } /* Streamlit's own is too faint for AA */
/* Streamlit's own file leaves formulas in cells as they are; the exports of the pages do not. */
[data-testid="stElementToolbarButton"]:has(button[aria-label^="Download as CSV"]) { display: none; }
[role="radio"][aria-checked="true"] p { color: light-dark(#1f6391, #8cc3e8); }
/* Where the keyboard is: Streamlit's own is a faint shade for links and fields, and nothing at all for the page. */
:root { --ring: light-dark(#1f6391, #8cc3e8); }
:is(a, button, summary, main):focus-visible { outline: 2px solid var(--ring) !important; outline-offset: 1px; }
main:focus-visible { outline-offset: -2px !important; }
[data-testid="stSelectbox"] [role="group"]:focus-within, [data-testid$="RootElement"]:focus-within {
  border-color: var(--ring) !important; }
</style>"""


def set_measures() -> None:
    """Give the page its width: reading needs room, and so do maps and tables."""
    st.html(CSS)
