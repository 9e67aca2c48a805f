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

DRAWN = "evaldash_sample_drawn"  # session key: what the last draw made, until it was shown
JOB = "evaldash_sample_job"  # session key: the draw of this tab that runs in the background


def start_draw(store: Store, project: Project, request: SampleRequest, *, reader: str | None, who: str | None) -> None:
    """Draw now, or start the work where it takes long."""
    st.session_state.pop(JOB, None)
    if not needs_embedding(store, project, request):
        _draw_now(store, project, request, reader=reader, who=who)
        return

    def work(report: Report) -> dict[str, object]:
        def progress(done: int, total: int) -> None:
            report(done, total, "making vectors")

        return _summary(draw_batch(store, project, request, coder=reader, who=who, progress=progress))

    st.session_state[JOB] = start_job(store, project, kind="sample", message="loading the model", work=work)


def _draw_now(store: Store, project: Project, request: SampleRequest, *, reader: str | None, who: str | None) -> None:
    """Draw, and run the page anew: how many traces are left stands above."""
    try:
        st.session_state[DRAWN] = _summary(draw_batch(store, project, request, coder=reader, who=who))
    except EvaldashError as error:
        show_error(error)
        return
    st.rerun()


def watch_draw(store: Store) -> None:
    """Show the draw just made, or the one that runs in the background and what came of it."""
    if DRAWN in st.session_state:
        _show(st.session_state.pop(DRAWN))
    if JOB in st.session_state:
        watch_job(store, st.session_state[JOB], on_done=_done)


def _done(job: Job) -> None:
    _show(job.result)


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
