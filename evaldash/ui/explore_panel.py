"""The right side of the page Explore: groups, fields to narrow down by, two versions, time."""

from __future__ import annotations

import streamlit as st

from evaldash.ui.explore_clusters import show_groups
from evaldash.ui.explore_fields import show_fields
from evaldash.ui.explore_growth import show_time, show_versions
from evaldash.ui.explore_search import Asked
from evaldash.ui.explore_state import Visit

GROUPS, FIELDS, VERSIONS, TIME = "Groups", "Fields", "Versions", "Time"


def show_panel(visit: Visit, asked: Asked) -> None:
    """Show one of the views; only the chosen one is computed."""
    view = st.segmented_control(
        "Beside the map", [GROUPS, FIELDS, VERSIONS, TIME], default=GROUPS, label_visibility="collapsed", required=True
    )
    if view == GROUPS:
        show_groups(visit)
    elif view == FIELDS:
        show_fields(visit, asked)
    elif view == VERSIONS:
        show_versions(visit, asked)
    else:
        show_time(visit)
