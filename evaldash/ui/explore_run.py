"""Grouping in the background: vectors, clusters, a quick map at once, the better map when it is ready."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.embedding import get_embedder
from evaldash.errors import EvaldashError
from evaldash.jobs import Report, start_job
from evaldash.services import jobs
from evaldash.services.cluster_changes import changes_in_words
from evaldash.services.cluster_levels import levels, use_level
from evaldash.services.cluster_placing import place_new
from evaldash.services.clustering import ClusterRequest, cluster, improve_map
from evaldash.services.embedding import TextChoice
from evaldash.services.embedding_times import Estimate
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error
from evaldash.ui.explore_data import count_newcomers, load_estimate
from evaldash.ui.explore_state import Visit
from evaldash.ui.progress import watch_job

TEXTS = {
    TextChoice.QUERY: "the first thing the user said",
    TextChoice.CONVERSATION: "the whole conversation",
    TextChoice.ANSWER: "the final answer",
    TextChoice.NOTES: "what was noted on it",
}
METHODS = {"graph": "every trace in a group", "hdbscan": "dense groups; what fits none is said"}
LEVEL = "explore-level"  # session key of the slider
EMBEDDERS = {"minilm": "better", "static": "fast, somewhat coarser"}


def offer_grouping(visit: Visit) -> None:
    """Show how to group the traces, or how far it is."""
    store, project = visit.store, visit.project
    job = jobs.newest(store, project, kind="cluster")
    if job is not None and job.state != "done":
        watch_job(store, job.id, on_done=lambda _: None)
        if job.state == "running":
            return
    st.write(
        "Traces that say similar things can be grouped, so that you see what users do. It works without a network."
    )
    _form(visit, "Group the traces", primary=True)


def regroup(visit: Visit) -> None:
    """Offer to group again in another way."""
    store, project = visit.store, visit.project
    with st.expander("Group again, in another way"):
        job = jobs.newest(store, project, kind="cluster")
        if job is not None and job.state == "running":
            watch_job(store, job.id, on_done=lambda _: None)
        else:
            _form(visit, "Group again", primary=False)


def map_under_way(visit: Visit) -> None:
    """Show what can be done to the groups at once, coarser, finer, new traces; and how far the better map is."""
    store, project = visit.store, visit.project
    _level(store, project)
    _newcomers(visit)
    moved = changes_in_words(visit.map.row.changes)
    if moved:
        st.caption(escape(moved))
    for kind in ("cluster", "map"):
        job = jobs.newest(store, project, kind=kind)
        if job is not None and job.state == "running":
            watch_job(store, job.id, on_done=lambda _: None)


def _level(store: Store, project: Project) -> None:
    offered = levels(store, project)
    if offered is None or len(offered.counts) < 2:
        return

    def choose() -> None:
        use_level(store, project, st.session_state[LEVEL])

    st.session_state[LEVEL] = offered.present  # the slider stands where the groups are, and stays the same slider
    st.select_slider(
        "Groups: coarser ◂ ▸ finer",
        options=offered.counts,
        key=LEVEL,
        on_change=choose,
        help=f"Each finer group lies inside one coarser group. It began with {offered.chosen}.",
    )


def _newcomers(visit: Visit) -> None:
    store, project = visit.store, visit.project
    count = count_newcomers(store, project, visit.map.stamp)
    if not count:
        return
    words = "1 trace came" if count == 1 else f"{count:,} traces came"
    if st.button(f"{words} later: put into these groups", icon=":material/add_location_alt:"):
        _run(store, project, "cluster", "embedding new traces", lambda _: place_new(store, project))
        st.rerun()


def _form(visit: Visit, label: str, *, primary: bool) -> None:
    store, project = visit.store, visit.project
    with st.popover("How", icon=":material/tune:"):
        text = st.selectbox("What stands for a trace", list(TEXTS), format_func=TEXTS.__getitem__)
        method = st.selectbox("Method", list(METHODS), format_func=METHODS.__getitem__)
        seed = st.number_input("Seed", min_value=0, value=0, help="The same seed gives the same groups.")
        other = _other_model(visit)
    if other:
        _offer(visit, label, ClusterRequest(method=method, seed=int(seed), text=text, embedder=other), primary=primary)
        return
    times = load_estimate(store, project, None if visit.data is None else visit.data.stamp, text)
    embedder = _embedder(times)
    st.caption(_sentence(times))
    if st.button(label, type="primary" if primary else "secondary", icon=":material/scatter_plot:"):
        wanted = ClusterRequest(method=method, seed=int(seed), text=text)
        first = ClusterRequest(method=method, seed=int(seed), text=text, embedder=embedder)
        _start(store, project, first, then=wanted if embedder != "minilm" else None)
        st.rerun()


def _other_model(visit: Visit) -> str:
    """Ask for a model that is not ours; the one that made the present groups stands there."""
    used = "" if visit.data is None else str(visit.data.row.parameters.get("embedder", ""))
    return st.text_input(
        "Another model",
        value="" if used in EMBEDDERS else used,
        placeholder="st:/models/multilingual",
        help="MiniLM reads English only. Any sentence-transformers folder, after st:, or a name of one that is on this "
        "machine; or openai:MODEL, for an endpoint that speaks OpenAI's embeddings. Empty: MiniLM.",
    ).strip()


def _offer(visit: Visit, label: str, request: ClusterRequest, *, primary: bool) -> None:
    """Offer to group by a model that a person named, or say what is wrong with its name."""
    try:
        get_embedder(request.embedder)
    except EvaldashError as error:
        show_error(error)
        return
    st.caption(f"Vectors are made by {escape(request.embedder)}; how long that takes is not known.")
    if st.button(label, type="primary" if primary else "secondary", icon=":material/scatter_plot:"):
        _start(visit.store, visit.project, request, then=None)
        st.rerun()


def _embedder(times: Estimate) -> str:
    """Ask for fast or better vectors where there is a wait to be saved."""
    if times.advised == "minilm":
        return "minilm"
    return st.radio(
        "Vectors",
        ["static", "minilm"],
        format_func=lambda name: f"{EMBEDDERS[name]}: about {_time(_seconds(times, name))}",
        help="With the fast ones you see groups soon; the better ones are made afterwards and take their place.",
    )


def _start(store: Store, project: Project, request: ClusterRequest, *, then: ClusterRequest | None) -> None:
    """Group, draw the better map, and where fast vectors stood in, do both again with the better ones."""

    def work(report: Report) -> int:
        row = cluster(store, project, request, progress=report, should_stop=report.should_stop)
        _run(store, project, "map", "drawing the map", draw)
        return len(row.clusters)

    def draw(report: Report) -> None:
        improve_map(store, project, progress=report, should_stop=report.should_stop)
        if then is not None:
            _start(store, project, then, then=None)

    _run(store, project, "cluster", "loading the model", work)


def _run(store: Store, project: Project, kind: str, message: str, work: Callable[[Report], object]) -> None:
    start_job(store, project, kind=kind, message=message, work=work, once=True)


def _seconds(times: Estimate, embedder: str) -> float:
    return times.seconds if embedder == "minilm" else times.seconds_fast


def _sentence(times: Estimate) -> str:
    if times.missing == 0:
        return "All vectors are there; grouping takes seconds."
    if times.advised == "minilm":
        return f"{times.missing:,} texts have no vector yet: about {_time(times.seconds)}."
    return f"{times.missing:,} texts have no vector yet. You can go on working meanwhile."


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
