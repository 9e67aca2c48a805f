"""Trace files in, traces and issues out: importers know the domain, never storage nor a sibling package."""

from __future__ import annotations

from evaldash.importers.archives import expand, opened
from evaldash.importers.base import Importer, Part, Record
from evaldash.importers.kept import kept_of
from evaldash.importers.mapping import Mapping, guess_mapping
from evaldash.importers.reading import (
    IMPORTERS,
    FileReading,
    Recognition,
    Told,
    first_rows,
    read_file,
    recognise,
    whole_traces,
)
from evaldash.importers.sources import Skipped, SourceFile, find, from_bytes
from evaldash.importers.spool import Spool

__all__ = [
    "IMPORTERS",
    "FileReading",
    "Importer",
    "Mapping",
    "Part",
    "Recognition",
    "Record",
    "Skipped",
    "SourceFile",
    "Spool",
    "Told",
    "expand",
    "find",
    "first_rows",
    "from_bytes",
    "guess_mapping",
    "kept_of",
    "opened",
    "read_file",
    "recognise",
    "whole_traces",
]
