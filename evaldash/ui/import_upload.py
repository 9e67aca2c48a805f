"""A file that was dropped, with the project it is looked at for; looks are cached while both stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaldash.domain.stored import Project
from evaldash.importers import SourceFile, from_bytes
from evaldash.ui.context import Store, store_url

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and where it would go; `id` tells one upload from another."""

    id: str
    source: SourceFile
    store: Store
    project: Project


def upload_of(file: UploadedFile, store: Store, project: Project) -> Upload:
    """Return a dropped file for a project."""
    return Upload(file.file_id, from_bytes(file.name, file.getvalue()), store, project)


def _key(upload: Upload) -> tuple[str, int, int, str]:
    return store_url(), upload.project.key, upload.project.revision, upload.id


HASHING: dict[str | type[Any], Callable[[Any], Any]] = {Upload: _key}  # for st.cache_data
