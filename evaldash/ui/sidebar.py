"""The left side of every page: which project, and who is there."""

from __future__ import annotations

import streamlit as st

from evaldash.services.projects import list_projects
from evaldash.ui.context import Context, remember
from evaldash.ui.in_address import in_address


def sidebar(context: Context) -> None:
    """Show the choice of project and the name of the person."""
    with st.sidebar:
        names = [summary.name for summary in list_projects(context.store)]
        if context.project is not None:
            _choose_project(names, context.project.name)
        name = in_address(
            st.text_input,
            "Who is coding",
            name="coder",
            present=context.coder or "",
            placeholder="your name",
            help="Stands beside everything you write. Nobody else can change what you wrote.",
        )
        if name != (context.coder or ""):
            remember(coder=name or None)
            st.rerun()


def _choose_project(names: list[str], present: str) -> None:
    chosen = in_address(st.selectbox, "Project", names, name="project", present=present)
    if chosen != present:
        remember(project=chosen, batch=None, trace=None, filter=None, cycle=None)
        st.rerun()
