"""The work behind the page Import: in the background, with progress, and its report afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.trace import Unit
from evaldash.importers import Skipped, SourceFile
from evaldash.jobs import Report, start_job
from evaldash.services.annotating import StepCounting, annotate_source
from evaldash.services.feedback import FeedbackRequest, join_feedback
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.jobs import find
from evaldash.services.projects import find_project
from evaldash.ui.context import Context, remember, turn_to
from evaldash.ui.import_choice import Choice
from evaldash.ui.import_report import show_report
from evaldash.ui.progress import watch_job

JOB = "evaldash_import_job"  # session key: the id of the newest job of this tab
PROJECT = "evaldash_import_project"  # session key: the project to turn to when the import has ended


def start_import(context: Context, choice: Choice) -> None:
    """Start the import of traces."""
    request = ImportRequest(
        project=choice.project,
        format=choice.format,
        mapping=choice.mapping,
        unit=Unit(choice.unit),
        version=choice.version,
        coder=context.coder,
    )
    sources: list[SourceFile | Skipped] = [*choice.sources, *choice.skipped]

    def work(report: Report) -> dict[str, Any]:
        done = import_files(context.store, sources, request, progress=report, should_stop=report.should_stop)
        return done.as_json()

    st.session_state[PROJECT] = " ".join(choice.project.split())
    _start(context, None, "import", "reading", work)


def start_feedback(context: Context, project: Project, source: SourceFile, request: FeedbackRequest) -> None:
    """Start joining a file of feedback."""

    def work(report: Report) -> dict[str, Any]:
        joined = join_feedback(context.store, project, source, request, progress=report, should_stop=report.should_stop)
        return joined.as_json()

    _start(context, project, "feedback", "joining", work)


def start_annotations(
    context: Context, project: Project, source: SourceFile, *, coder: str, steps: StepCounting
) -> None:
    """Start taking in annotations; they are written together, so there is nothing to stop halfway."""

    def work(_report: Report) -> dict[str, Any]:
        return annotate_source(context.store, project, source, coder=coder, steps=steps).as_json()

    _start(context, project, "annotate", "taking in annotations", work)


def watch_import(context: Context) -> bool:
    """Show work that is under way; tell whether there is some."""
    job = find(context.store, st.session_state[JOB]) if JOB in st.session_state else None
    if job is None or job.state != "running":
        _open_project(context)
        return False
    watch_job(context.store, job.id, on_done=show_report)
    return True


def show_last_import(context: Context, kind: str) -> None:
    """Show what became of the newest work of this tab, if it was of this kind."""
    job = find(context.store, st.session_state[JOB]) if JOB in st.session_state else None
    if job is not None and job.kind == kind:
        watch_job(context.store, job.id, on_done=show_report)


def upload_key(kind: str) -> str:
    """Return the key of an uploader: a new one after each job, so that what was taken in is off the page."""
    return f"upload-{kind}-{st.session_state.get(JOB, '')}"


def _open_project(context: Context) -> None:
    """Turn to the project of an import that has ended: a new one is there only now, and not if nothing came in."""
    name = st.session_state.pop(PROJECT, None)
    if name is None or find_project(context.store, name) is None:
        return
    if context.project is None or context.project.name != name:
        turn_to(name)
    remember(project=name)
    st.rerun()


def _start(
    context: Context, project: Project | None, kind: str, message: str, work: Callable[[Report], dict[str, Any]]
) -> None:
    st.session_state[JOB] = start_job(context.store, project, kind=kind, message=message, work=work)
    st.rerun()
