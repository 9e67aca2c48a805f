"""The page Import takes a project that was exported."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from evaldash.importers import from_bytes
from evaldash.services.archiving import export_project
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import ensure_project
from evaldash.storage.store import open_store


def preview() -> None:
    import os

    from evaldash.importers import SourceFile, expand
    from evaldash.ui.import_choice import Choice
    from evaldash.ui.import_preview import show_preview

    sources = [item for item in expand([os.environ["ARCHIVE"]]) if isinstance(item, SourceFile)]
    choice = Choice(sources=sources, skipped=(), project="harbour", unit="auto", version=None)
    assert show_preview(None, choice) == choice  # type: ignore[arg-type]


def test_an_exported_project_is_recognised_before_it_is_read(sqlite_url: str, tmp_path: Path, monkeypatch) -> None:
    store = open_store(sqlite_url)
    data = json.dumps({"messages": [{"role": "user", "content": "Berth 3?"}]}).encode()
    import_files(store, [from_bytes("harbour.jsonl", data)], ImportRequest(project="harbour"))
    export_project(store, ensure_project(store, "harbour"), tmp_path / "harbour.zip")
    store.close()
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "harbour.zip"))
    at = AppTest.from_function(preview, default_timeout=30).run()
    assert not at.exception
    assert "whole project" in at.markdown[0].value
