"""The left side of every page: which project, and who is there."""

from __future__ import annotations

import streamlit as st

from evaldash.services.projects import project_names
from evaldash.ui.context import Context, escape, remember, turn_to
from evaldash.ui.in_address import in_address


def sidebar(context: Context) -> None:
    """Show the choice of project and the name of the person; over the page, that a project of the address is none."""
    if context.project is not None:
        _say_if_missing(context.parameters.get("project"), context.project.name)
    with st.sidebar:
        if context.project is not None:
            _choose_project(project_names(context.store), context.project.name)
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
        turn_to(chosen)
        st.rerun()


def _say_if_missing(wanted: str | None, present: str) -> None:
    if wanted is not None and wanted != present:
        st.warning(f"There is no project {escape(wanted)}; choose one on the left.", icon=":material/search_off:")
