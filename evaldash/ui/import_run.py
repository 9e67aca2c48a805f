"""The import itself: in the background, with progress, and its report afterwards."""

from __future__ import annotations

import csv
import io
from typing import Any

import streamlit as st

from evaldash.domain.trace import Unit
from evaldash.importers import Skipped, SourceFile
from evaldash.jobs import Report, start_job
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.jobs import Job, find
from evaldash.ui.context import Context, escape
from evaldash.ui.import_choice import Choice
from evaldash.ui.progress import watch_job

JOB = "evaldash_import_job"  # session key: the id of the import of this tab
SHOWN_REJECTIONS = 50


def start_import(context: Context, choice: Choice) -> None:
    """Start the import in the background."""
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

    st.session_state[JOB] = start_job(context.store, None, kind="import", message="reading", work=work)


def watch_import(context: Context) -> bool:
    """Show an import that is under way; tell whether there is one."""
    job = find(context.store, st.session_state[JOB]) if JOB in st.session_state else None
    if job is None or job.state != "running":
        return False
    watch_job(context.store, job.id, on_done=_report)
    return True


def show_last_import(context: Context) -> None:
    """Show what became of the import of this tab, if there was one."""
    if JOB in st.session_state:
        watch_job(context.store, st.session_state[JOB], on_done=_report)


def _report(job: Job) -> None:
    report = job.result
    rejected = report["records_rejected"]
    rest = "" if not rejected else f" {rejected} could not be read; the rest is in."
    st.success(
        f"**{report['traces_new']}** traces are new, **{report['traces_duplicate']}** were already there"
        f"{_updated(report)}.{rest}",
        icon=":material/check_circle:",
    )
    left, right, _ = st.columns([1, 1, 2])
    left.page_link("pages/explore.py", label="See what they are about", icon=":material/scatter_plot:")
    right.page_link("pages/sample.py", label="Draw a batch to read", icon=":material/casino:")
    if report["skipped"]:
        st.caption(
            "Left alone: " + escape("; ".join(f"{item['source']} ({item['reason']})" for item in report["skipped"]))
        )
    if rejected:
        _show_rejections(report["rejections"], rejected)


def _updated(report: dict[str, Any]) -> str:
    return f", {report['traces_updated']} of them with new feedback" if report["traces_updated"] else ""


def _show_rejections(rejections: list[dict[str, str]], count: int) -> None:
    st.dataframe(rejections[:SHOWN_REJECTIONS], hide_index=True, width="stretch")
    if count > SHOWN_REJECTIONS:
        st.caption(f"The first {SHOWN_REJECTIONS} of {count}.")
    st.download_button(
        "Download them with reasons", _as_csv(rejections), file_name="rejected.csv", mime="text/csv", on_click="ignore"
    )


def _as_csv(rejections: list[dict[str, str]]) -> str:
    """Return the rejections as CSV; a cell that a spreadsheet would take for a formula begins with a quote mark."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["source", "record", "reason"])
    for item in rejections:
        cells = [item["source"], item["record"], item["reason"]]
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return out.getvalue()
