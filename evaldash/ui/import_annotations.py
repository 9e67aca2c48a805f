"""Spreadsheets in which a team coded before: who coded, what would come in, which rows fit no trace."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.annotating import AnnotateReport, StepCounting, annotate_source
from evaldash.services.wording import count_of
from evaldash.ui.context import Context, escape, need_project, show_error
from evaldash.ui.import_report import show_columns_left_out, show_left_out
from evaldash.ui.import_run import start_annotations, upload_key
from evaldash.ui.import_upload import HASHING, Upload, upload_of

COUNTING = {
    StepCounting.INDEX: "As evaldash shows them, from 1",
    StepCounting.SOURCE0: "As they stand in the source, from 0",
    StepCounting.SOURCE1: "As they stand in the source, from 1",
}


def annotations_form(context: Context) -> None:
    """Show the form; take the annotations in when the person says so."""
    store, project = need_project(context)
    file = st.file_uploader(
        "Drop a spreadsheet of annotations",
        key=upload_key("annotate"),
        help="CSV, XLSX or JSON Lines with the columns trace, verdict (pass, fail, deferred), and any of code, step, "
        "mode, comment, coder. Several rows for one trace are several failures.",
    )
    if file is None:
        return
    left, right = st.columns(2)
    coder = left.text_input(
        "Who coded these?", value=context.coder or "", help="A column coder or annotator goes before this."
    )
    steps = right.selectbox("How the file counts steps", list(COUNTING), format_func=COUNTING.__getitem__)
    if not coder.strip():
        st.info("Say who coded these, and they are kept under that name.", icon=":material/person:")
        return
    upload = upload_of(file, store, project)
    try:
        look = _look(upload, coder, steps)
    except EvaldashError as error:
        show_error(error)
        return
    _say(look, project)
    words = f"Take in {count_of(look.annotations_new, 'annotation')}"
    if st.button(words, type="primary", icon=":material/playlist_add_check:", disabled=not look.annotations_new):
        start_annotations(context, project, upload.source, coder=coder, steps=steps)


def _say(look: AnnotateReport, project: Project) -> None:
    verdicts = ", ".join(f"{count} {verdict.value}" for verdict, count in look.verdicts.most_common())
    coders = ", ".join(f"{coder} ({count:,})" for coder, count in look.coders.most_common())
    traces = look.annotations_new + look.annotations_unchanged
    said = [
        f"**{count_of(traces, 'trace')}** of {escape(project.name)} {'is' if traces == 1 else 'are'} annotated here"
    ]
    said.append(f": {verdicts}; by {escape(coders)}. " if traces else ". ")
    said.append(f"New: {count_of(look.annotations_new, 'annotation')} with {count_of(look.codes_new, 'note')}. ")
    if look.modes:
        said.append(f"Failure modes named: {escape(', '.join(sorted(look.modes)))}.")
    st.markdown("".join(said))
    rejections = look.as_json()["rejections"]
    show_left_out(rejections, len(rejections), name="rows-that-cannot-be-used")
    show_columns_left_out(look.as_json()["not_understood"])


@st.cache_data(max_entries=8, show_spinner="Looking up the traces", hash_funcs=HASHING)
def _look(upload: Upload, coder: str, steps: StepCounting) -> AnnotateReport:
    return annotate_source(upload.store, upload.project, upload.source, coder=coder, steps=steps, dry_run=True)
