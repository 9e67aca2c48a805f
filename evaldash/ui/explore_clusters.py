"""The groups beside the map: name, size, share failed, what is typical; a click selects one, a person may rename it."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.browse import heads_of
from evaldash.services.clustering import rename_cluster
from evaldash.storage.clusterings import ClusterRow
from evaldash.storage.store import Store
from evaldash.ui.context import escape, remember
from evaldash.ui.explore_data import Exploration

TYPICAL_CHARS = 160


def show_clusters(store: Store, project: Project, found: Exploration, *, who: str | None) -> None:
    """Show the clusters as a table, and the chosen one as a card."""
    assert found.clustering is not None
    clusters = found.clustering.clusters
    rows = [
        {"group": cluster.label, "size": cluster.size, "failed": _failed(found, cluster), "number": cluster.number}
        for cluster in clusters
    ]
    chosen = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=330,
        on_select="rerun",
        selection_mode="single-row",
        key="explore-clusters",
        column_config={"number": st.column_config.NumberColumn("no.", width="small")},
    )
    picked = chosen["selection"]["rows"]
    if picked and picked[0] < len(clusters):
        _card(store, project, found, clusters[picked[0]], who)
    else:
        st.caption("Choose a group to see what is typical of it.")


def _failed(found: Exploration, cluster: ClusterRow) -> str:
    failed, judged = found.failed_of(cluster)
    return f"{failed} of {judged} read" if judged else "none read"


def _card(store: Store, project: Project, found: Exploration, cluster: ClusterRow, who: str | None) -> None:
    with st.container(border=True):
        st.markdown(f"**{escape(cluster.label)}** · {cluster.size} traces · {_failed(found, cluster)}")
        for head in heads_of(store, project, cluster.representatives):
            st.caption(f"“{escape(' '.join(head.query.split())[:TYPICAL_CHARS])}”")
        left, right = st.columns(2)
        if left.button("Show these", icon=":material/filter_alt:", width="stretch"):
            remember(filter=f"cluster = {cluster.number}")
            st.rerun()
        with right.popover("Rename", width="stretch"):
            name = st.text_input("Name", value=cluster.label, key=f"cluster-name-{cluster.number}")
            if st.button("Save the name") and name.strip() != cluster.label:
                rename_cluster(store, project, cluster.number, name, who=who)
                st.rerun()
