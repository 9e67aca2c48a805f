"""Import: bring traces in, see them as they will look, and learn what became of each record."""

import streamlit as st

from evaldash.ui.context import load_context, remember
from evaldash.ui.import_choice import Choice, choose_sources
from evaldash.ui.import_preview import show_preview
from evaldash.ui.import_run import show_last_import, start_import, watch_import


def main() -> None:
    """Show the page: choose files, look at the first traces, import, report."""
    context = load_context()
    st.title("Import traces")
    st.write(
        "Files stay on this machine. JSON, JSON Lines and CSV are read, whatever tool wrote them; "
        "importing the same file again changes nothing."
    )
    if watch_import(context):
        return
    show_last_import(context)
    choice = choose_sources(context)
    if choice is None:
        return
    if show_preview(choice) and st.button(_words(choice), type="primary", icon=":material/upload_file:"):
        remember(project=choice.project)
        start_import(context, choice)
        st.rerun()


def _words(choice: Choice) -> str:
    files = "1 file" if len(choice.sources) == 1 else f"{len(choice.sources)} files"
    return f"Import {files}"


main()
