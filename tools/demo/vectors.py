"""Embeds what the users of the demo first say, so that the demo opens without waiting for the model.

    python -m tools.demo.vectors

A text without a vector here is embedded when the demo is loaded.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from evaldash.embedding import DEFAULT_EMBEDDER
from evaldash.importers import expand
from evaldash.services.demo import VECTORS
from evaldash.services.embedding import TextChoice, embed_traces
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import ensure_project
from evaldash.storage import vectors
from evaldash.storage.store import open_store
from tools.demo.written import FOLDER


def main(folder: Path = FOLDER) -> None:
    """Write the vectors of all first questions, in the order of their texts' hashes."""
    with tempfile.TemporaryDirectory() as temporary:
        store = open_store(f"sqlite:///{temporary}/demo.db")
        project = ensure_project(store, "demo")
        import_files(
            store, expand([str(path) for path in sorted(folder.glob("*.jsonl"))]), ImportRequest(project="demo")
        )
        embed_traces(store, project)
        with store.read() as connection:
            hashes = sorted(set(vectors.texts(connection, project, of=TextChoice.QUERY.value).values()))
            found = vectors.load(connection, DEFAULT_EMBEDDER, hashes)
        store.close()
    np.savez(folder / VECTORS, hashes=np.array(hashes), vectors=np.stack([found[text] for text in hashes]))
    print(f"{len(hashes)} vectors of {DEFAULT_EMBEDDER}")


if __name__ == "__main__":
    main()
