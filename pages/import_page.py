"""Import: bring traces in, and what was said about them; learn what became of each record."""

import streamlit as st

from evaldash.ui.context import Context, load_context
from evaldash.ui.import_annotations import annotations_form
from evaldash.ui.import_choice import Choice, choose_sources
from evaldash.ui.import_feedback import feedback_form
from evaldash.ui.import_list import show_imports
from evaldash.ui.import_preview import show_preview
from evaldash.ui.import_run import show_last_import, start_import, upload_key, watch_import

TRACES, FEEDBACK, ANNOTATIONS = "Traces", "Feedback", "Annotations"
JOBS = {TRACES: "import", FEEDBACK: "feedback", ANNOTATIONS: "annotate"}
WORDS = {
    TRACES: "Drop whatever your tool exports; the format is recognised by what is in the file. Importing the same file "
    "again changes nothing. Files stay on this machine.",
    FEEDBACK: "Ratings, comments and support tickets from a file of their own are joined to their traces, by id or "
    "session. Joining the same file again changes nothing.",
    ANNOTATIONS: "A spreadsheet in which your team has coded before: verdicts and notes become annotations under the "
    "names of those who coded.",
}


def main() -> None:
    """Show the page: choose files, look at what they hold, import, report; below, the imports so far."""
    context = load_context()
    st.title("Import traces, and what was said about them")
    kind = st.segmented_control("What do you bring?", list(WORDS), default=TRACES, required=True, key="import-kind")
    if watch_import(context):
        return
    st.write(WORDS[kind])
    show_last_import(context, JOBS[kind])
    {TRACES: _traces, FEEDBACK: feedback_form, ANNOTATIONS: annotations_form}[kind](context)
    show_imports(context)


def _traces(context: Context) -> None:
    choice = choose_sources(context, key=upload_key("import"))
    if choice is None:
        return
    ready = show_preview(context, choice)
    if ready and st.button(_words(ready), type="primary", icon=":material/upload_file:"):
        start_import(context, ready)


def _words(choice: Choice) -> str:
    files = "1 file" if len(choice.sources) == 1 else f"{len(choice.sources)} files"
    return f"Import {files}"


main()
