"""The full-text index: which traces hold some words, on SQLite (FTS5) and PostgreSQL (tsvector).

The index holds no second copy of the text: what it was made from is read out of the steps again, when a trace goes
(FTS5 asks for it) or a snippet is shown. Characters of scripts that put no spaces between words are words of their
own, and a word in such a script is a phrase of them; so words of two characters are found as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, column, delete, func, insert, intersect, select, table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from evaldash.domain.searching import Chunk, chunks_of, folded, spaced, words_of_steps
from evaldash.errors import FilterSyntaxError
from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import trace_steps, traces
from evaldash.storage.text import storable

AT_ONCE = 200  # traces read or written together: some megabytes of text
PIECE = 50_000  # characters of one tsvector: it counts positions up to 16,383, and holds 1 MB at most
OVERLAP = 200  # characters that two pieces share, so that phrases across the cut are found

_index = table("trace_search", column("rowid"), column("trace"), column("words"), column("trace_search"))


def add(connection: Connection, items: Iterable[tuple[int, str]]) -> None:
    """Index the words (of `words_of_steps`) of traces, given as (trace key, words)."""
    if connection.dialect.name == "sqlite":
        rows = [(key, _indexed(words)) for key, words in items]
        if rows:
            connection.exec_driver_sql("INSERT INTO trace_search (rowid, words) VALUES (?, ?)", rows)
        return
    pieces = [{"trace": key, "words": piece} for key, words in items for piece in _pieces(folded(words))]
    if pieces:
        connection.execute(
            text("INSERT INTO trace_search (trace, words) VALUES (:trace, to_tsvector('simple', :words))"), pieces
        )


def forget(connection: Connection, chosen: ColumnElement[bool]) -> None:
    """Take traces out of the index, before they are deleted; `chosen` is a condition on `traces`.

    FTS5 wants the words of each trace that goes. Where more go than stay, those that stay are indexed anew instead.
    """
    if connection.dialect.name != "sqlite":
        return  # the rows go with their traces
    query = select(func.count(case((chosen, 1))), func.count()).select_from(traces)
    going, total = connection.execute(query).one()
    if going > total - going:
        connection.execute(insert(_index).values(trace_search="delete-all"))
        _add_all(connection, ~chosen)
        return
    for items in _words_of(connection, chosen):
        rows = [(key, _indexed(words)) for key, words in items]
        connection.exec_driver_sql(
            "INSERT INTO trace_search (trace_search, rowid, words) VALUES ('delete', ?, ?)", rows
        )


def rebuild(connection: Connection) -> None:
    """Make the index anew from all steps: after an upgrade, which may have changed what is indexed."""
    if connection.dialect.name == "sqlite":
        connection.execute(insert(_index).values(trace_search="delete-all"))
    else:
        connection.execute(delete(_index))
    _add_all(connection, None)


def add_stored(connection: Connection, chosen: ColumnElement[bool]) -> None:
    """Index traces whose steps are stored already; `chosen` is a condition on `traces`."""
    _add_all(connection, chosen)


def settle(connection: Connection) -> None:
    """Make the index fast after many traces came in: PostgreSQL sorts in what waits, and counts what is there."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT gin_clean_pending_list('ix_trace_search_words')")
        connection.exec_driver_sql("ANALYZE traces, trace_steps, feedback, trace_search")


def prefer_index(connection: Connection) -> None:
    """Have this transaction look words up in the index, however many traces hold them.

    PostgreSQL does not count what it costs to unpack the words of each trace, and would rather read all of them.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")


def holds(words: str) -> ColumnElement[bool]:
    """Return the condition that a trace holds all the words; FilterSyntaxError where there is nothing to look for."""
    chunks = chunks_of(words)
    if not chunks:
        raise FilterSyntaxError(f"the search {words!r} holds no letter and no digit; only words are found")
    return _ByDatabase(sqlite=_sqlite_condition(chunks), postgresql=_postgres_condition(chunks))


class _ByDatabase(ColumnElement[bool]):
    """One condition, written for each database."""

    inherit_cache = False

    def __init__(self, **conditions: ColumnElement[bool]) -> None:
        self.conditions = conditions


@compiles(_ByDatabase)
def _compile(element: _ByDatabase, compiler: SQLCompiler, **options: Any) -> str:
    written: str = compiler.process(element.conditions[compiler.dialect.name], **options)
    return f"({written})"


def _sqlite_condition(chunks: Sequence[Chunk]) -> ColumnElement[bool]:
    wanted = " AND ".join(f'"{" ".join(chunk.words)}"{"*" if chunk.is_prefix else ""}' for chunk in chunks)
    return traces.c.key.in_(select(_index.c.rowid).where(_index.c.trace_search.op("MATCH")(wanted)))


def _postgres_condition(chunks: Sequence[Chunk]) -> ColumnElement[bool]:
    # One question per chunk: the pieces of a trace may each hold a part of what is looked for.
    wanted = [
        func.to_tsquery("simple", " <-> ".join(chunk.words) + (":*" if chunk.is_prefix else "")) for chunk in chunks
    ]
    # OFFSET 0 keeps each question whole: asked trace by trace, it would unpack the words of each.
    found = (select(_index.c.trace).where(_index.c.words.op("@@")(query)).offset(0) for query in wanted)
    return traces.c.key.in_(intersect(*found))


def _add_all(connection: Connection, chosen: ColumnElement[bool] | None) -> None:
    for items in _words_of(connection, chosen):
        add(connection, items)


def _words_of(connection: Connection, chosen: ColumnElement[bool] | None) -> Iterator[list[tuple[int, str]]]:
    query = select(traces.c.key).order_by(traces.c.key)
    keys = list(connection.execute(query if chosen is None else query.where(chosen)).scalars())
    for some in in_chunks(keys, AT_ONCE):
        found = connection.execute(select(trace_steps).where(trace_steps.c.trace.in_(some))).all()
        yield [(row.trace, words_of_steps(row.content)) for row in found]


def _indexed(words: str) -> str:
    return spaced(storable(words))


def _pieces(words: str) -> Iterator[str]:
    for start in range(0, max(len(words), 1), PIECE - OVERLAP):
        yield words[start : start + PIECE]
