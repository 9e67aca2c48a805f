"""Trace files in, traces and issues out: importers know the domain, never storage nor a sibling package."""

from __future__ import annotations

from evaldash.importers.base import Importer, Record
from evaldash.importers.mapping import Mapping, guess_mapping
from evaldash.importers.reading import IMPORTERS, FileReading, Recognition, read_file, recognise
from evaldash.importers.sources import Skipped, SourceFile, expand, from_bytes

__all__ = [
    "IMPORTERS",
    "FileReading",
    "Importer",
    "Mapping",
    "Recognition",
    "Record",
    "Skipped",
    "SourceFile",
    "expand",
    "from_bytes",
    "guess_mapping",
    "read_file",
    "recognise",
]
