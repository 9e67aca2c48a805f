"""Vectors by text hash and embedder: a text is embedded once, whatever it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from evaldash.domain.stored import Project
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import embedded_texts, vectors

Vector = NDArray[np.float32]


def known(connection: Connection, embedder: str, hashes: Sequence[str]) -> set[str]:
    """Return which texts have a vector of this embedder."""
    found: set[str] = set()
    for chunk in in_chunks(hashes):
        query = select(vectors.c.text_hash).where(vectors.c.embedder == embedder, vectors.c.text_hash.in_(chunk))
        found |= set(connection.execute(query).scalars())
    return found


def add(connection: Connection, embedder: str, rows: Mapping[str, Vector]) -> None:
    """Store vectors, float32 of shape (d,), for texts that have none yet."""
    fresh = set(rows) - known(connection, embedder, list(rows))
    if fresh:
        connection.execute(
            vectors.insert(),
            [
                {"text_hash": text, "embedder": embedder, "vector": rows[text].astype("<f4").tobytes()}
                for text in sorted(fresh)
            ],
        )


def load(connection: Connection, embedder: str, hashes: Sequence[str]) -> dict[str, Vector]:
    """Return the vectors that are there, by text hash."""
    found: dict[str, Vector] = {}
    for chunk in in_chunks(list(dict.fromkeys(hashes))):
        query = select(vectors.c.text_hash, vectors.c.vector).where(
            vectors.c.embedder == embedder, vectors.c.text_hash.in_(chunk)
        )
        found |= {row.text_hash: np.frombuffer(row.vector, dtype="<f4") for row in connection.execute(query)}
    return found


def set_texts(connection: Connection, project: Project, *, of: str, hashes: Mapping[str, str]) -> None:
    """Say which text (by hash) stands for each item: trace id or code id."""
    present = texts(connection, project, of=of)
    changed = {item: text for item, text in hashes.items() if present.get(item) != text}
    gone = [item for item in changed if item in present]
    for chunk in in_chunks(gone):
        connection.execute(
            embedded_texts.delete().where(
                embedded_texts.c.project == project.key, embedded_texts.c.of == of, embedded_texts.c.item.in_(chunk)
            )
        )
    if changed:
        connection.execute(
            embedded_texts.insert(),
            [{"project": project.key, "of": of, "item": item, "text_hash": text} for item, text in changed.items()],
        )


def texts(connection: Connection, project: Project, *, of: str) -> dict[str, str]:
    """Return the text hash of each item that has one."""
    query = select(embedded_texts.c.item, embedded_texts.c.text_hash).where(
        embedded_texts.c.project == project.key, embedded_texts.c.of == of
    )
    return {row.item: row.text_hash for row in connection.execute(query)}


def matrix(
    connection: Connection, project: Project, *, of: str, embedder: str, items: Sequence[str]
) -> tuple[list[str], Vector]:
    """Return the items that have a vector, in the order given, and their vectors as float32 (n, d)."""
    hashes = texts(connection, project, of=of)
    found = load(connection, embedder, [hashes[item] for item in items if item in hashes])
    present = [item for item in items if hashes.get(item) in found]
    if not present:
        return [], np.zeros((0, 0), dtype=np.float32)
    return present, np.stack([found[hashes[item]] for item in present])
