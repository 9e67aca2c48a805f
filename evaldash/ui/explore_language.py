"""What the model of the groups cannot read, said where the groups are, with the way to a model that can."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.foreign import Foreign, foreign_traces, said_languages
from evaldash.storage.store import Store
from evaldash.ui.cached import BY_URL
from evaldash.ui.context import escape
from evaldash.ui.explore_data import MapData
from evaldash.ui.explore_state import Visit


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_URL)
def load_foreign(store: Store, project_key: int, stamp: str, _project: Project, _data: MapData) -> Foreign | None:  # noqa: ARG001
    """Return what the model of the groups with this stamp cannot read."""
    return foreign_traces(store, _project, _data.row)


def say_foreign(visit: Visit) -> None:
    """Say that groups rest on a language the model does not know; nothing where it knows them all."""
    data = visit.map
    found = load_foreign(visit.store, visit.project.key, data.stamp, visit.project, data)
    if found is None:
        return
    names = [f"“{item.label}”" if item.label[:1] != "“" else item.label for item in data.row.clusters
             if item.number in found.groups]  # fmt: skip
    where = f": see {escape(names[0])}" if len(names) == 1 else f": see {len(names)} of the groups" if names else ""
    st.info(
        f"About {max(1, round(100 * found.share))} % of the traces are not in English "
        f"({said_languages(found.languages)}). The model that made the groups reads English only, so it puts them "
        f"together by their language, not by what they ask{where}. A multilingual model groups them by subject: name "
        "one below, under **Group again, in another way**, *How*.",
        icon=":material/translate:",
    )


def language_of_group(visit: Visit, number: int) -> str | None:
    """Return what is to be said of a group that is held together by its languages; None for all others."""
    data = visit.map
    found = load_foreign(visit.store, visit.project.key, data.stamp, visit.project, data)
    if found is None or number not in found.groups:
        return None
    return f"Mostly {said_languages(found.groups[number])}: held together by language, not by subject."
