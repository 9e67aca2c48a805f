"""Vectors by text hash and embedder: a text is embedded once, whatever it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from evaldash.domain.stored import Project
from evaldash.storage.bulk import CHUNK, add_missing, in_chunks
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
    add_missing(
        connection,
        vectors,
        [
            {"text_hash": text, "embedder": embedder, "vector": rows[text].astype("<f4").tobytes()}
            for text in sorted(rows)
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
    present: dict[str, str] = {}
    for chunk in in_chunks(list(hashes)):
        query = _texts(project, of).where(embedded_texts.c.item.in_(chunk))
        present |= {row.item: row.text_hash for row in connection.execute(query)}
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
    return {row.item: row.text_hash for row in connection.execute(_texts(project, of))}


def _texts(project: Project, of: str) -> Select[tuple[str, str]]:
    return select(embedded_texts.c.item, embedded_texts.c.text_hash).where(
        embedded_texts.c.project == project.key, embedded_texts.c.of == of
    )


def items_with_vector(connection: Connection, project: Project, *, of: str, embedder: str) -> set[str]:
    """Return the items whose text is known and has a vector of this embedder."""
    query = (
        select(embedded_texts.c.item)
        .join(vectors, vectors.c.text_hash == embedded_texts.c.text_hash)
        .where(embedded_texts.c.project == project.key, embedded_texts.c.of == of, vectors.c.embedder == embedder)
    )
    return set(connection.execute(query).scalars())


def matrix(
    connection: Connection, project: Project, *, of: str, embedder: str, items: Sequence[str]
) -> tuple[list[str], Vector]:
    """Return the items that have a vector, in the order given, and their vectors as float32 (n, d).

    Read in blocks: beside the result no more than some hundred vectors are held.
    """
    hashes = texts(connection, project, of=of)
    there = items_with_vector(connection, project, of=of, embedder=embedder)
    present = [item for item in items if item in there]
    result = np.zeros((0, 0), dtype=np.float32)
    for number, block in enumerate(in_chunks(present)):
        found = load(connection, embedder, [hashes[item] for item in block])
        if number == 0:
            result = np.empty((len(present), len(next(iter(found.values())))), dtype=np.float32)
        for row, item in enumerate(block, start=number * CHUNK):
            result[row] = found[hashes[item]]
    return present, result
