"""Grouping in the background: vectors, clusters, a quick map at once, the better map when it is ready."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.jobs import Report, start_job
from evaldash.services import jobs
from evaldash.services.clustering import ClusterRequest, cluster, improve_map
from evaldash.services.embedding import TextChoice, missing_vectors
from evaldash.storage.store import Store
from evaldash.ui.progress import watch_job

TEXTS = {
    TextChoice.QUERY: "the first thing the user said",
    TextChoice.CONVERSATION: "the whole conversation",
    TextChoice.ANSWER: "the final answer",
}
METHODS = {"graph": "every trace in a group", "hdbscan": "dense groups; what fits none is said"}
QUERIES_PER_SECOND = 150  # short texts on two cores, measured 160 to 390
LONG_PER_SECOND = 5  # texts of 900 words in windows, measured 4.8
LOADING_SECONDS = 10  # of the model, the first time


def offer_grouping(store: Store, project: Project) -> None:
    """Show how to group the traces, or how far it is."""
    job = jobs.newest(store, project, kind="cluster")
    if job is not None and job.state != "done":
        watch_job(store, job.id, on_done=lambda _: None)
        if job.state == "running":
            return
    st.write(
        "Traces that say similar things can be grouped, so that you see what users do. It works without a network."
    )
    _form(store, project, "Group the traces", primary=True)


def regroup(store: Store, project: Project) -> None:
    """Offer to group again in another way."""
    with st.expander("Group again, in another way"):
        job = jobs.newest(store, project, kind="cluster")
        if job is not None and job.state == "running":
            watch_job(store, job.id, on_done=lambda _: None)
        else:
            _form(store, project, "Group again", primary=False)


def map_under_way(store: Store, project: Project) -> None:
    """Show that the better map is being drawn, if it is."""
    for kind in ("cluster", "map"):
        job = jobs.newest(store, project, kind=kind)
        if job is not None and job.state == "running":
            watch_job(store, job.id, on_done=lambda _: None)


def _form(store: Store, project: Project, label: str, *, primary: bool) -> None:
    with st.popover("How", icon=":material/tune:"):
        text = st.selectbox("What stands for a trace", list(TEXTS), format_func=TEXTS.__getitem__)
        method = st.selectbox("Method", list(METHODS), format_func=METHODS.__getitem__)
        seed = st.number_input("Seed", min_value=0, value=0, help="The same seed gives the same groups.")
    st.caption(_estimate(missing_vectors(store, project, text=text), text))
    if st.button(label, type="primary" if primary else "secondary", icon=":material/scatter_plot:"):
        _start(store, project, ClusterRequest(method=method, seed=int(seed), text=text))
        st.rerun()


def _start(store: Store, project: Project, request: ClusterRequest) -> None:
    def work(report: Report) -> int:
        row = cluster(store, project, request, progress=report, should_stop=report.should_stop)
        start_job(store, project, kind="map", message="drawing the map", work=draw)
        return len(row.clusters)

    def draw(report: Report) -> None:
        improve_map(store, project, progress=report, should_stop=report.should_stop)

    start_job(store, project, kind="cluster", message="loading the model", work=work)


def _estimate(missing: int, text: TextChoice) -> str:
    if missing == 0:
        return "All vectors are there; grouping takes seconds."
    rate = LONG_PER_SECOND if text is TextChoice.CONVERSATION else QUERIES_PER_SECOND
    seconds = LOADING_SECONDS + missing / rate
    return (
        f"{missing:,} texts have no vector yet: about {seconds:.0f} s."
        if seconds < 120
        else (
            f"{missing:,} texts have no vector yet: about {seconds / 60:.0f} minutes. You can go on working meanwhile."
        )
    )
