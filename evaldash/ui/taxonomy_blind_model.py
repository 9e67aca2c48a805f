"""A model as second coder, on a page: what it would be sent and cost, the run, and what it took."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.blind_test import BlindTest
from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.jobs import Report, start_job
from evaldash.services import blind_model, jobs
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.context import show_error
from evaldash.ui.model_preview import configured_model, show_preview
from evaldash.ui.progress import watch_job

JOB = "blind-model"


def offer_model_test(store: Store, project: Project, *, who: str, number: int) -> None:
    """Show the run that goes on, and a way to let the configured model take the test; nothing without a model."""
    job = jobs.newest(store, project, kind=JOB)
    if job is not None and job.state != "done":
        watch_job(store, job.id, on_done=lambda _: None)
    settings = configured_model()
    if settings is None or (job is not None and job.state == "running"):
        return
    label = f"Let {settings.model} take the test"
    box = st.popover(label, icon=":material/cloud:", key="blind-model", on_change="rerun")
    if not box.open:
        return  # what would be sent is 30 traces and the codebook: put together when somebody asks
    with box:
        try:
            with st.spinner("Putting together what would be sent …"):
                found = blind_model.preview(store, project, seed=number)
        except EvaldashError as error:
            show_error(error)
            return
        show_preview(
            found,
            f"The codebook and **{count_of(len(found.texts), 'trace')}**, one a request,",
            more="It is told nothing of what people said of these traces.",
        )
        limit = st.number_input("At most, in US dollars", min_value=0.01, value=1.0, key="blind-model-limit")
        if st.button("Begin", key="blind-model-begin"):
            _start(store, project, limit, who, number)


def _start(store: Store, project: Project, limit: float, who: str, number: int) -> None:
    def work(report: Report) -> str:
        return blind_model.run_model_test(
            store, project, limit_usd=limit, seed=number, who=who, should_stop=report.should_stop,
            progress=lambda done, total: report(done, total, "the model reads"),
        ).id  # fmt: skip

    start_job(store, project, kind=JOB, message="the model reads", work=work, once=True)
    st.rerun()


def run_words(test: BlindTest) -> str:
    """Return what the run of a model took, and how many traces it gave no usable answer for."""
    run = test.run
    if run is None:
        return ""
    failed = f" No usable answer for {count_of(len(run.failed), 'trace')}." if run.failed else ""
    return (
        f"{run.model} at {run.host}, prompt {run.prompt}, {'masked' if run.redacted else 'not masked'}, "
        f"${run.cost_usd:.4f}, {run.seconds:.0f} s, started by {run.by}.{failed}"
    )
