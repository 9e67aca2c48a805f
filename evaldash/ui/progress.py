"""Background work on a page: how far it is, a way to stop it, and its end; the page itself stays usable."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from evaldash.services import jobs
from evaldash.services.jobs import Job
from evaldash.storage.store import Store
from evaldash.ui.context import escape

REFRESH_SECONDS = 1.0


def watch_job(store: Store, job_id: str, *, on_done: Callable[[Job], None]) -> None:
    """Show a job until it ends; then the page runs once more and `on_done` shows what came of it."""
    job = jobs.find(store, job_id)
    if job is None:
        return
    if job.state == "running":
        st.fragment(_running, run_every=REFRESH_SECONDS)(store, job_id)
    elif job.state == "done":
        on_done(job)
    elif job.state == "cancelled":
        st.info(escape(_sentence(job.message)), icon=":material/cancel:")
    else:
        lost = "The work stopped with the app and did not end. Start it again: what was done stays."
        st.error(lost if job.state == "lost" else escape(_sentence(job.message)), icon=":material/error:")


def _running(store: Store, job_id: str) -> None:
    job = jobs.find(store, job_id)
    if job is None or job.state != "running":
        st.rerun()
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.progress(share, text=escape(_words(job)))
    if right.button("Stop", key=f"stop-{job_id}", disabled=job.cancel):
        jobs.ask_to_stop(store, job_id)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _words(job: Job) -> str:
    if job.cancel:
        return "stopping"
    elapsed = (job.updated_at - job.started_at).total_seconds()
    if not job.total or not 0.05 * job.total <= job.done < job.total or elapsed < 2:
        return job.message  # too early to tell, or all is read and the rest is tidying up
    left = elapsed * (job.total - job.done) / job.done
    return f"{job.message}: {100 * job.done / job.total:.0f} %, {_duration(left)} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
