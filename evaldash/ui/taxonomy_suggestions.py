"""Suggested failure modes as cards with the notes they rest on; nothing changes before a person accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Suggestion
from evaldash.errors import EvaldashError
from evaldash.jobs import Report, start_job
from evaldash.services import jobs, review, suggesting
from evaldash.services.model_runs import preview_model_run
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.context import show_error
from evaldash.ui.model_preview import configured_model, show_preview
from evaldash.ui.progress import watch_job
from evaldash.ui.taxonomy_runs import show_runs
from evaldash.ui.workshop.review import show_review


def show_suggestions(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the newest suggestion as cards, and a way to make one."""
    job = jobs.newest(store, project, kind="suggest")
    running = job is not None and job.state == "running"
    if job is not None and job.state != "done":
        watch_job(store, job.id, on_done=lambda _: None)
    found = review.open_review(store, project, now)
    if not running:
        _offer(store, project, now, who, primary=found is None or not found.cards)
    if found is not None and not running:
        show_review(store, project, now, who=who)
    show_runs(store, project)


def _offer(store: Store, project: Project, now: TaxonomyView, who: str, *, primary: bool) -> None:
    kind: Literal["primary", "secondary"] = "primary" if primary and now.uncategorised else "secondary"
    words = f"Suggest modes for {count_of(len(now.uncategorised), 'note')}"
    if not now.uncategorised:
        st.success("Every note has a failure mode.", icon=":material/done_all:")
        words = "Look for changes to the modes there are"
    if st.button(words, type=kind, icon=":material/auto_awesome:", help="On this machine, by what the notes say."):
        _start(store, project, lambda _: suggesting.suggest_locally(store, project, who=who))
    settings = configured_model()
    if settings is None:
        return
    box = st.popover(f"Ask {settings.model}", icon=":material/cloud:", key="ask-model", on_change="rerun")
    if not box.open:
        return  # thousands of notes are put together and redacted when somebody asks
    with box:
        try:
            with st.spinner("Putting together what would be sent …"):
                found = preview_model_run(store, project)
        except EvaldashError as error:
            show_error(error)
            return
        show_preview(found, f"**{count_of(len(found.texts), 'note')}**")
        limit = st.number_input("At most, in US dollars", min_value=0.01, value=1.0)
        if st.button("Ask"):
            _start(store, project, lambda report: _ask(store, project, limit, who, report))


def _ask(store: Store, project: Project, limit: float, who: str, report: Report) -> Suggestion:
    return suggesting.suggest_by_model(
        store, project, limit_usd=limit, who=who,
        progress=lambda done, total: report(done, total, "asking the model"), should_stop=report.should_stop,
    )  # fmt: skip


def _start(store: Store, project: Project, suggest: Callable[[Report], Suggestion]) -> None:
    start_job(
        store, project, kind="suggest", message="grouping the notes", work=lambda report: suggest(report).id, once=True
    )
    st.rerun()
