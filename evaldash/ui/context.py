"""What a page works on: the store, the project, who is there, and what the address of the page says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import streamlit as st

from evaldash.config import DEMO_PROJECT, settings
from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.projects import find_project, project_names
from evaldash.storage.store import Store, open_store

__all__ = [
    "Context",
    "Store",
    "app_address",
    "escape",
    "field_words",
    "fresh",
    "load_context",
    "need_project",
    "remember",
    "show_error",
    "store_url",
    "turn_to",
]

OF_A_PROJECT = ("batch", "trace", "filter", "cycle", "search", "group", "colour")  # in another they mean something else
PARAMETERS = ("project", "coder", *OF_A_PROJECT)
_REMEMBERED = "evaldash_parameters"  # the one session key of this file: values of PARAMETERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The frame of a page. `project` is None only where there is none at all."""

    store: Store
    project: Project | None
    coder: str | None
    parameters: Mapping[str, str]


def store_url() -> str:
    """Return the address of the store this app works on."""
    return settings().database_url


@st.cache_resource(max_entries=2, show_spinner=False)
def _store(url: str) -> Store:
    return open_store(url)


def load_context() -> Context:
    """Return what this run of a page works on; raises EvaldashError where the store cannot be opened."""
    parameters = _parameters()
    store = _store(store_url())
    project = _project(store, parameters.get("project"))
    return Context(
        store=store,
        project=project,
        coder=parameters.get("coder") or settings().coder,
        parameters=parameters,
    )


def remember(**values: str | None) -> None:
    """Set or clear parameters; they stand in the address and go along from page to page."""
    kept = {**st.session_state.get(_REMEMBERED, {}), **values}
    st.session_state[_REMEMBERED] = {name: value for name, value in kept.items() if value}
    for name, value in values.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def turn_to(project: str) -> None:
    """Go over to another project; what the address says about the one before is forgotten."""
    remember(project=project, **dict.fromkeys(OF_A_PROJECT))


def need_project(context: Context) -> tuple[Store, Project]:
    """Return store and project, or show how to get one and end the page."""
    if context.project is None:
        st.info("There is no project yet. Import some traces, and they become one.", icon=":material/upload_file:")
        st.page_link("pages/import_page.py", label="Import traces", icon=":material/upload_file:")
        st.stop()
    return context.store, context.project


def fresh(context: Context) -> Context:
    """Return the context with the project as it is now, after something was written."""
    if context.project is None:
        return context
    return replace(context, project=find_project(context.store, context.project.name))


def app_address() -> str:
    """Return where this app is, as links from outside name it; empty where that is not known."""
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""


def show_error(error: EvaldashError) -> None:
    """Show what went wrong as its sentence; text of users and traces is not read as markup."""
    st.error(escape(str(error)), icon=":material/error:")


def escape(text: str) -> str:
    """Return `text` so that Streamlit's Markdown shows it as it is: no links, images, colours, icons or formulas."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in text)


def field_words(field: str) -> str:
    """Return the name of a field for a label, in which Streamlit reads Markdown: `metadata.plan` is called plan."""
    return escape(field.partition(".")[2] or field)


def _parameters() -> dict[str, str]:
    """Take the address's parameters, keep those of the page before, and write them all into the address."""
    here = {name: st.query_params[name] for name in PARAMETERS if st.query_params.get(name)}
    kept = {**st.session_state.get(_REMEMBERED, {}), **here}
    st.session_state[_REMEMBERED] = kept
    for name, value in kept.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    return kept


def _project(store: Store, wanted: str | None) -> Project | None:
    """Return the wanted project; else the environment's, the newest of one's own, the demo."""
    names = project_names(store)
    own = [name for name in names if name != DEMO_PROJECT]
    candidates = [name for name in (wanted, settings().project) if name in names]
    name = next(iter([*candidates, *reversed(own), *names]), None)
    return None if name is None else find_project(store, name)
