"""Values of a trace's metadata in a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, case, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from evaldash.storage.schema import traces


class MetadataWord(ColumnElement[str]):
    """A metadata value as a word: true and false are these words on both databases; SQLite extracts 1 and 0."""

    inherit_cache = False
    type = Text()

    def __init__(self, name: str) -> None:
        self.word = traces.c.metadata[name].as_string()
        kind = func.json_type(traces.c.metadata, f'$."{name}"')
        self.sqlite_word = case((kind.in_(("true", "false")), kind), else_=self.word)


@compiles(MetadataWord)
def _write_word(element: MetadataWord, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.word, **options)


@compiles(MetadataWord, "sqlite")
def _write_word_for_sqlite(element: MetadataWord, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.sqlite_word, **options)
