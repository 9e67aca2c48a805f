"""Feedback in a file of its own: which column names the trace, what the others mean, how many rows fit."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.importers.feedback_rows import ROLES, columns_of, guess_roles
from evaldash.services.feedback import (
    FeedbackReport,
    FeedbackRequest,
    JoinChoice,
    first_feedback_rows,
    join_choices,
    join_feedback,
)
from evaldash.services.mappings import MappingKind
from evaldash.services.wording import count_of
from evaldash.ui.context import Context, escape, need_project, show_error
from evaldash.ui.import_mapping import edit_roles
from evaldash.ui.import_report import show_left_out
from evaldash.ui.import_run import start_feedback, upload_key
from evaldash.ui.import_upload import HASHING, Upload, upload_of

LOOKED_AT = 2_000  # rows of the preview
LEFT_OUT = "left out"


def feedback_form(context: Context) -> None:
    """Show the form; start joining when the person says so."""
    store, project = need_project(context)
    file = st.file_uploader(
        "Drop a file of ratings, comments or tickets",
        key=upload_key("feedback"),
        help="CSV, XLSX, Parquet, JSON or JSON Lines, with a row for each rating, comment or ticket.",
    )
    if file is None:
        return
    upload = upload_of(file, store, project)
    try:
        request = _request(context, upload)
        look = _look(upload, request)
    except EvaldashError as error:
        show_error(error)
        return
    _say(look, project)
    words = f"Join {count_of(look.joined, 'row')}" if look.joined < LOOKED_AT else "Join them"
    if st.button(words, type="primary", icon=":material/join_left:", disabled=not look.joined):
        start_feedback(context, project, upload.source, replace(request, dry_run=False, at_most=None))


def _request(context: Context, upload: Upload) -> FeedbackRequest:
    by_column = {choice.column: choice for choice in _choices(upload)}
    on = st.selectbox(
        "Which column names the trace or its session?",
        list(by_column),
        format_func=lambda column: f"{column}: fits {by_column[column].matched} of {by_column[column].rows} rows",
        key=f"join-{upload.id}",
    )
    rows = first_feedback_rows(upload.source)
    columns = columns_of(rows)
    roles = edit_roles(
        context,
        MappingKind.FEEDBACK,
        rows,
        guess=guess_roles(columns, join=on),
        roles=[LEFT_OUT, *(role for role in ROLES if role not in ("join", "ignore"))],
        rest=LEFT_OUT,
        fixed={on: "join"},
    )
    return FeedbackRequest(on=on, roles=roles, dry_run=True, at_most=LOOKED_AT, who=context.coder)


def _say(look: FeedbackReport, project: Project) -> None:
    missed = [*look.unmatched, *look.rejections]
    rows = look.joined + len(missed)
    st.markdown(
        f"**{look.joined:,} of {count_of(rows, 'row')}** fit a trace of {escape(project.name)}"
        + (" (of the first ones looked at)" if rows >= LOOKED_AT else "")
        + (f"; {len(missed):,} do not and will be left out." if missed else ".")
    )
    show_left_out(
        [{"source": item.source, "record": item.record, "reason": item.reason} for item in missed],
        len(missed),
        name="rows-that-do-not-fit",
    )


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=HASHING)
def _choices(upload: Upload) -> list[JoinChoice]:
    return join_choices(upload.store, upload.project, upload.source)


@st.cache_data(max_entries=8, show_spinner="Looking up the traces", hash_funcs=HASHING)
def _look(upload: Upload, request: FeedbackRequest) -> FeedbackReport:
    return join_feedback(upload.store, upload.project, upload.source, request)
