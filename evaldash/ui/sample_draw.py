"""Drawing: at once, or in the background where vectors must be made first."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.jobs import Report, start_job
from evaldash.services.jobs import Job
from evaldash.services.sampling import Sample, SampleRequest, draw_batch, needs_embedding
from evaldash.storage.store import Store
from evaldash.ui.context import escape, remember, show_error
from evaldash.ui.progress import watch_job

# Session keys, each with a project's: what the last draw made, until it was shown, and the draw of this tab that runs
# in the background.
DRAWN = "evaldash_sample_drawn"
JOB = "evaldash_sample_job"


def start_draw(store: Store, project: Project, request: SampleRequest, *, reader: str | None, who: str | None) -> None:
    """Draw now, or start the work where it takes long."""
    st.session_state.pop(_key(JOB, project), None)
    if not needs_embedding(store, project, request):
        _draw_now(store, project, request, reader=reader, who=who)
        return

    def work(report: Report) -> dict[str, object]:
        def progress(done: int, total: int) -> None:
            report(done, total, "making vectors")

        return _summary(draw_batch(store, project, request, coder=reader, who=who, progress=progress))

    job = start_job(store, project, kind="sample", message="loading the model", work=work)
    st.session_state[_key(JOB, project)] = job


def _draw_now(store: Store, project: Project, request: SampleRequest, *, reader: str | None, who: str | None) -> None:
    """Draw, and run the page anew: how many traces are left stands above."""
    try:
        st.session_state[_key(DRAWN, project)] = _summary(draw_batch(store, project, request, coder=reader, who=who))
    except EvaldashError as error:
        show_error(error)
        return
    st.rerun()


def watch_draw(store: Store, project: Project) -> None:
    """Show the draw just made, or the one that runs in the background and, once, what came of it.

    The address names its batch from then on, until a person chooses another.
    """
    drawn, job_key = st.session_state.pop(_key(DRAWN, project), None), _key(JOB, project)

    def done(job: Job) -> None:
        del st.session_state[job_key]
        _show(job.result)

    if drawn is not None:
        _show(drawn)
    if job_key in st.session_state:
        watch_job(store, st.session_state[job_key], on_done=done)


def _key(name: str, project: Project) -> str:
    return f"{name}_{project.key}"


def _summary(sample: Sample) -> dict[str, object]:
    notes = list(sample.notes)
    return {"batch": sample.batch, "size": len(sample.traces), "frame": sample.frame_size, "notes": notes}


def _show(drawn: dict[str, object]) -> None:
    number, notes = drawn["batch"], drawn["notes"]
    st.success(f"Batch {number} holds {drawn['size']:,} of {drawn['frame']:,} traces.", icon=":material/check:")
    for note in notes if isinstance(notes, list) else []:
        st.caption(escape(str(note)))
    remember(batch=str(number), trace=None)
    st.page_link("pages/code.py", label=f"Read batch {number}", icon=":material/edit_note:")
