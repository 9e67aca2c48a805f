"""A dialog for how traces look in this project: what stands on top, how a known tool's result is shown."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.template import View
from evaldash.errors import EvaldashError
from evaldash.services.templates import known_tools, metadata_names, project_template, save_template
from evaldash.storage.store import Store
from evaldash.ui.context import show_error

AUTOMATIC = "as it fits"
WORDS = {
    View.EMAIL: "e-mail",
    View.TABLE: "table",
    View.RECORD: "names and values",
    View.DOCUMENTS: "documents",
    View.MARKDOWN: "formatted text",
    View.CODE: "code",
    View.TEXT: "plain text",
    View.JSON: "JSON tree",
}


def edit_template(store: Store, project: Project, *, who: str | None) -> None:
    """Open the dialog."""
    _dialog(store, project, who)


@st.dialog("How traces look in this project", width="large")
def _dialog(store: Store, project: Project, who: str | None) -> None:
    template = project_template(store, project)
    st.caption("Everybody who reads this project's traces sees them so. Nothing chosen: what fits best.")
    names = list(dict.fromkeys([*template.top, *metadata_names(store, project)]))
    top = st.multiselect("Above a trace, in this order", names, default=list(template.top), key="template-top")
    tools = list(dict.fromkeys([*template.tools, *known_tools(store, project)]))
    rows = [{"tool": tool, "its result is shown as": _word(template.tools.get(tool))} for tool in tools]
    edited = st.data_editor(
        rows,
        hide_index=True,
        num_rows="dynamic",
        width="stretch",
        key="template-tools",
        column_config={
            "its result is shown as": st.column_config.SelectboxColumn(
                options=[AUTOMATIC, *WORDS.values()], default=AUTOMATIC
            )
        },
    )
    if st.button("Save", type="primary", key="template-save"):
        value = {
            "top": top,
            "tools": {row["tool"]: _view(row["its result is shown as"]) for row in edited if _is_set(row)},
        }
        try:
            save_template(store, project, value, who=who)
        except EvaldashError as error:
            show_error(error)
        else:
            st.rerun()


def _word(view: View | None) -> str:
    return AUTOMATIC if view is None else WORDS[view]


def _view(word: str) -> str:
    return next(view.value for view, name in WORDS.items() if name == word)


def _is_set(row: Mapping[str, str | None]) -> bool:
    return bool(row.get("tool")) and row.get("its result is shown as") in WORDS.values()
