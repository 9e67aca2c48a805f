"""The groups beside the map: name, size, share failed, trend; the chosen one as a card one can rename and mark."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services.browse import heads_of
from evaldash.services.clustering import rename_cluster
from evaldash.services.groups import GroupFailures, edge_of, failures_of_groups
from evaldash.services.surprising import mark_surprising, surprising_uses, unmark_surprising
from evaldash.storage.clusterings import ClusterRow
from evaldash.storage.store import Store
from evaldash.ui.context import escape
from evaldash.ui.explore_data import load_trend
from evaldash.ui.explore_language import language_of_group
from evaldash.ui.explore_names import offer_names
from evaldash.ui.explore_state import Visit, group_selection
from evaldash.ui.tracemap import Selection

SAID_CHARS = 150
HEIGHT, BESIDE_A_CARD = 502, 238  # px
ROW, HEADER = 66, 38  # px; Streamlit breaks lines in rows of more than 4 rem only, and a name is to be read whole


def show_groups(visit: Visit) -> None:
    """Show the groups as a table and the chosen one as a card."""
    store, project, data, state = visit.store, visit.project, visit.map, visit.state
    failures = failures_of_groups(store, project, data.cluster_of)
    trend = load_trend(store, project, data.stamp, data)
    marked = {use.number for use in surprising_uses(store, project) if use.clustering == data.row.key}
    clusters = data.row.clusters
    rows = [
        {
            "group": f"★ {item.label}" if item.number in marked else item.label,
            "size": item.size,
            **({"failed": failures.get(item.number, GroupFailures()).short()} if failures else {}),
            **({} if trend is None else {"share over time": trend.shares(item.number)}),
        }
        for item in clusters
    ]
    key = f"explore-groups-{state.turn}"

    def chosen() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        nothing = Selection(id=f"{key}-none", chosen=None)
        state.selection = (group_selection(data, clusters[picked[0]].number) if picked else None) or nothing

    place = next((i for i, item in enumerate(clusters) if item.number == state.selection.group), None)
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=min(HEIGHT if place is None else BESIDE_A_CARD, HEADER + ROW * len(rows)),
        row_height=ROW,
        on_select=chosen,
        selection_mode="single-row",
        selection_default=None if place is None else {"selection": {"rows": [place]}},
        key=key,
        column_config={
            "group": st.column_config.TextColumn(
                "group", width=156 + (0 if failures else 64) + (70 if trend is None else 0)
            ),
            "failed": st.column_config.TextColumn("failed", width=64, help="Of the traces read; the card says more."),
            "size": st.column_config.NumberColumn("size", width=48, format="localized"),
            "share over time": st.column_config.BarChartColumn("over time", width=60, y_min=0),
        },
        alt="The groups with their size, how many of the read ones failed, and their share over time",
    )
    offer_names(visit)
    if place is None:
        st.caption("Choose a group, here or on the map, to see what is typical of it.")
    else:
        _card(visit, clusters[place], failures.get(clusters[place].number, GroupFailures()))


def _card(visit: Visit, cluster: ClusterRow, failures: GroupFailures) -> None:
    store, project, data = visit.store, visit.project, visit.map
    total = len(data.row.items)
    with st.container(border=True):
        st.markdown(
            f"**{escape(cluster.label)}** · {cluster.size:,} of {total:,} traces ({100 * cluster.size / total:.0f} %)"
        )
        st.caption(failures.sentence())
        if language := language_of_group(visit, cluster.number):
            st.caption(language)
        _said("Typical", store, project, cluster.representatives[:3])
        _said("At its edge", store, project, edge_of(data.row, cluster))
        left, right = st.columns(2)
        with left.popover("Rename", width="stretch", icon=":material/edit:"):
            _rename(visit, cluster)
        with right.popover("Surprising use", width="stretch", icon=":material/star:"):
            _surprising(visit, cluster)


def _said(title: str, store: Store, project: Project, ids: Sequence[str]) -> None:
    heads = heads_of(store, project, ids)
    if heads:
        lines = [f"“{escape(shorten(head.query, SAID_CHARS, placeholder=' …'))}”" for head in heads]
        st.caption(f"**{title}**  \n" + "  \n".join(lines))


def _rename(visit: Visit, cluster: ClusterRow) -> None:
    name = st.text_input("Name", value=cluster.label, key=f"cluster-name-{cluster.number}")
    if st.button("Save the name") and name.strip() != cluster.label:
        rename_cluster(visit.store, visit.project, cluster.number, name, who=visit.who)
        st.rerun()


def _surprising(visit: Visit, cluster: ClusterRow) -> None:
    store, project, data, who = visit.store, visit.project, visit.map, visit.who
    here = [
        use
        for use in surprising_uses(store, project)
        if use.number == cluster.number and use.clustering == data.row.key
    ]
    st.caption("Something users do that nobody planned for. The report can tell it.")
    name = st.text_input("Name", value=here[0].name if here else cluster.label, key=f"use-name-{cluster.number}")
    sentence = st.text_area(
        "In a sentence", value=here[0].sentence if here else "", key=f"use-sentence-{cluster.number}",
        placeholder="People paste whole e-mails and ask for a polite reply.",
    )  # fmt: skip
    if st.button("Save" if here else "Mark as surprising use", key=f"use-save-{cluster.number}", disabled=not who):
        mark_surprising(store, project, cluster.number, name=name, sentence=sentence, who=who)
        st.rerun()
    if here and st.button("No longer", key=f"use-drop-{cluster.number}", disabled=not who):
        unmark_surprising(store, project, here[0].id, who=who)
        st.rerun()
    if not who:
        st.caption("Say who you are on the left first.")
