"""What became of a file, whatever was in it: a sentence, the rows that did not come in, the fields left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from evaldash.reports.tables import csv_text
from evaldash.services.jobs import Job
from evaldash.services.wording import count_of
from evaldash.ui.context import escape

SHOWN = 50  # rows or fields in a table
DONE = ":material/check_circle:"


def show_report(job: Job) -> None:
    """Show what a job of the page Import brought."""
    {"import": _of_import, "feedback": _of_feedback, "annotate": _of_annotations}[job.kind](job.result)


def show_left_out(rows: Sequence[Mapping[str, str]], count: int, *, name: str) -> None:
    """Show the rows that did not come in with their reasons, and offer them as a file."""
    if not rows:
        return
    with st.expander(f"{count_of(count, 'row')} left out, with reasons"):
        st.dataframe(rows[:SHOWN], hide_index=True, width="stretch")
        if count > SHOWN:
            st.caption(f"The first {SHOWN} of {count:,}.")
        data = _as_csv(rows)
        st.download_button("Download them with reasons", data, file_name=f"{name}.csv", mime="text/csv", key=name)


def show_not_understood(fields: Sequence[Mapping[str, Any]]) -> None:
    """Show, folded, which fields of traces had no place in a step, and where their text went."""
    if fields:
        with st.expander(f"{count_of(len(fields), 'field')} not understood"):
            st.caption("Their text stands in the metadata of each trace.")
            st.dataframe(fields[:SHOWN], hide_index=True, width="stretch")


def show_columns_left_out(fields: Sequence[Mapping[str, Any]]) -> None:
    """Name the columns of a table that had no meaning, and in how many rows something stands there."""
    if fields:
        named = ", ".join(f"{item['field']} ({count_of(item['rows'], 'row')})" for item in fields[:SHOWN])
        st.caption("Columns left out: " + escape(named))


def _of_import(report: Mapping[str, Any]) -> None:
    new, there, rejected = (report[name] for name in ("traces_new", "traces_duplicate", "records_rejected"))
    rest = "" if not rejected else f" {rejected:,} could not be read; the rest is in."
    updated = f", {report['traces_updated']:,} of them with new feedback" if report["traces_updated"] else ""
    st.success(
        f"**{count_of(new, 'trace')}** {'is' if new == 1 else 'are'} new, "
        f"**{there:,}** {'was' if there == 1 else 'were'} already there{updated}.{rest}",
        icon=DONE,
    )
    left, right, _ = st.columns([1, 1, 2])
    left.page_link("pages/explore.py", label="See what they are about", icon=":material/scatter_plot:")
    right.page_link("pages/sample.py", label="Draw a batch to read", icon=":material/casino:")
    if report["skipped"]:
        left_alone = "; ".join(f"{item['source']} ({item['reason']})" for item in report["skipped"])
        st.caption("Left alone: " + escape(left_alone))
    show_left_out(report["rejections"], rejected, name="rejected")
    show_not_understood(report["not_understood"])


def _of_feedback(report: Mapping[str, Any]) -> None:
    st.success(
        f"**{count_of(report['joined'], 'row')}** joined to {count_of(report['traces'], 'trace')}{_gained(report)}.",
        icon=DONE,
    )
    left_out = [*report["unmatched"], *report["rejections"]]
    show_left_out(left_out, len(left_out), name="not-joined")
    show_columns_left_out(report["not_understood"])


def _gained(report: Mapping[str, Any]) -> str:
    if report["traces_updated"] == report["traces"]:
        return ""
    return f"; new for {report['traces_updated']:,} of them" if report["traces_updated"] else "; all of it was there"


def _of_annotations(report: Mapping[str, Any]) -> None:
    there = f"; {report['annotations_unchanged']:,} were there already" if report["annotations_unchanged"] else ""
    st.success(
        f"**{count_of(report['annotations_new'], 'annotation')}** came in with "
        f"{count_of(report['codes_new'], 'note')}{there}.",
        icon=DONE,
    )
    st.page_link("pages/taxonomy.py", label="Group the notes", icon=":material/account_tree:")
    show_left_out(report["rejections"], len(report["rejections"]), name="not-taken-in")
    show_columns_left_out(report["not_understood"])


def _as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    return csv_text(rows, ["source", "record", "reason"])
