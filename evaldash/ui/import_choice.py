"""What to import: files dragged in or a path on this machine, and into which project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from evaldash.config import DEMO_PROJECT
from evaldash.errors import EvaldashError
from evaldash.importers import Mapping, Skipped, SourceFile, find, from_bytes, opened
from evaldash.ui.context import Context, show_error

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

OPENED = "evaldash_import_opened"  # session key: the files of this tab's uploads, by the ids of the uploads
UNITS = {
    "auto": "As the source has it; single turns of a session become one conversation",
    "trace": "As the source has it, always",
    "session": "Everything of a session is one conversation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person chose to import."""

    sources: Sequence[SourceFile]
    skipped: Sequence[Skipped]
    project: str
    unit: str
    version: str | None
    format: str | None = None
    mapping: Mapping | None = None


def choose_sources(context: Context, *, key: str) -> Choice | None:
    """Show the fields; return the choice once there is something to read. A new `key` begins with an empty form."""
    files = st.file_uploader(
        "Drop files here",
        accept_multiple_files=True,
        key=key,
        help="JSON, JSON Lines, CSV, XLSX, Parquet, .eval logs, .zip, .gz, .tar.gz; several at once are fine.",
    )
    path = st.text_input("Or a file or folder on this machine", placeholder="/path/to/traces", key=f"path-{key}")
    try:
        found = _found(files or [], path.strip())
    except EvaldashError as error:
        show_error(error)
        return None
    sources = [item for item in found if isinstance(item, SourceFile)]
    if not sources:
        return None
    left, right = st.columns(2)
    named = context.parameters.get("project")
    default = named if named and named != DEMO_PROJECT else _project_name(sources[0])  # the demo stays the demo
    project = left.text_input("Project", value=default, help="Traces go into this project; a new name makes a new one.")
    version = right.text_input(
        "Version of your product", placeholder="as the traces say", help="Lets you compare versions later."
    )
    with st.expander("What becomes one trace"):
        unit = st.radio("Unit", list(UNITS), format_func=UNITS.__getitem__, label_visibility="collapsed")
    return Choice(
        sources=sources,
        skipped=[item for item in found if isinstance(item, Skipped)],
        project=project.strip() or default,
        unit=unit,
        version=version.strip() or None,
    )


def _project_name(source: SourceFile) -> str:
    """Return the name of the file or folder that was named, without its ending."""
    return Path(source.root or source.name).name.split(".")[0]


def _found(files: Sequence[UploadedFile], path: str) -> list[SourceFile | Skipped]:
    return [*_uploaded(files), *(opened(find([path])) if path else [])]


def _uploaded(files: Sequence[UploadedFile]) -> list[SourceFile | Skipped]:
    """Return what was dropped in, archives opened once: the page runs again with every click."""
    ids = [file.file_id for file in files]
    kept = st.session_state.get(OPENED)
    if kept is None or kept[0] != ids:
        found = list(opened([from_bytes(file.name, file.getvalue()) for file in files]))
        kept = st.session_state[OPENED] = (ids, found)
    return list(kept[1])
