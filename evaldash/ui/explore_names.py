"""Names for groups by a model, where one is configured: asked for, looked at, taken one by one or all at once."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.jobs import Report, start_job
from evaldash.services import cluster_names, jobs
from evaldash.services.cluster_names import Proposed
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error
from evaldash.ui.explore_state import Visit
from evaldash.ui.model_preview import configured_model, show_preview
from evaldash.ui.progress import watch_job

KIND = "names"
LIMIT_USD = 0.5
ROW = 66  # px: two lines


def offer_names(visit: Visit) -> None:
    """Show what a model proposes, and a way to ask it; nothing where no model is configured."""
    store, project = visit.store, visit.project
    job = jobs.newest(store, project, kind=KIND)
    if job is not None and job.state != "done":
        watch_job(store, job.id, on_done=lambda _: None)
        if job.state == "running":
            return
    run, found = cluster_names.proposed_names(store, project)
    if run is not None and found:
        _proposed(visit, found, model=str(run.input.get("model", "a model")))
    settings = configured_model()
    if settings is None:
        return
    box = st.popover(f"Names by {settings.model}", icon=":material/cloud:", key="explore-names", on_change="rerun")
    if box.open:  # what would be sent is put together when somebody asks
        with box:
            _ask(store, project, visit.who)


def _proposed(visit: Visit, found: list[Proposed], *, model: str) -> None:
    with st.expander(f"{escape(model)} proposes {count_of(len(found), 'name')}", expanded=True):
        picked = st.dataframe(
            [{"proposed": one.name, "now": one.now} for one in found],
            hide_index=True,
            width="stretch",
            height=min(240, 38 + ROW * len(found)),
            on_select="rerun",
            selection_mode="multi-row",
            key=f"explore-names-{visit.map.stamp}",
            row_height=ROW,
            column_config={name: st.column_config.TextColumn(name, width=140) for name in ("proposed", "now")},
            alt="Names that the model proposes, beside the names of now",
        )["selection"]["rows"]
        only = [found[row].number for row in picked if row < len(found)]
        words = f"Take {count_of(len(only), 'name')}" if only else "Take them all"
        if st.button(words, icon=":material/done_all:"):
            cluster_names.take_names(visit.store, visit.project, only=only or None, who=visit.who)
            st.rerun()
        st.caption("Choose rows to take some only. A name can be changed on its group's card; yours always stays.")


def _ask(store: Store, project: Project, who: str | None) -> None:
    """Show what would be sent, where, and what it may cost at most."""
    try:
        preview, groups = cluster_names.preview_names(store, project)
    except EvaldashError as error:
        show_error(error)
        return
    show_preview(
        preview, f"Words and {count_of(len(preview.texts), 'user message')}, typical of {count_of(groups, 'group')},"
    )
    limit = st.number_input("At most, in US dollars", min_value=0.01, value=LIMIT_USD, key="explore-names-limit")

    def work(report: Report) -> int:
        made = cluster_names.propose_names(
            store, project, limit_usd=limit, who=who,
            progress=lambda done, total: report(done, total, "asking the model"), should_stop=report.should_stop,
        )  # fmt: skip
        return len(made.names)

    if st.button("Ask for names"):
        start_job(store, project, kind=KIND, message="asking the model", work=work, once=True)
        st.rerun()
