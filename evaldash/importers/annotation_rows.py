"""Annotations that a team made elsewhere, as rows of a CSV, XLSX or JSON Lines file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from evaldash.errors import UnreadableSource

COLUMNS = ("trace", "verdict", "code", "codes", "step", "mode", "comment")
MAX_BYTES = 200 * 2**20  # a spreadsheet of notes is far smaller; more is a mistake


def annotation_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (label of the record, columns by lower-case name) of a CSV, XLSX or JSON Lines file.

    Raises UnreadableSource, in one sentence, for a file that is none of these or lacks the columns trace and verdict.
    """
    data = _read(path)
    if data.startswith(b"PK"):
        yield from _xlsx_rows(path, data)
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSource(f"{path.name} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    yield from _json_rows(path, text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(path, text)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableSource(f"{path.name} is larger than {MAX_BYTES // 2**20} MB; split it")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"{path} cannot be opened: {error.strerror}") from error
    if not data.strip():
        raise UnreadableSource(f"{path.name} is empty; it needs the columns trace, verdict, code, step")
    return data


def _csv_rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    _check_columns(path, [name.strip().lower() for name in reader.fieldnames or ()])
    try:
        for number, row in enumerate(reader, start=2):
            yield f"row {number}", {str(name).strip().lower(): value for name, value in row.items()}
    except csv.Error as error:
        raise UnreadableSource(f"{path.name}, line {reader.line_num}: {error}") from error


def _json_rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if text.lstrip().startswith("["):
        items = _json(path, "the file", text)
        numbered = [(f"record {number}", item) for number, item in enumerate(items, start=1)]
    else:
        lines = enumerate(text.splitlines(), start=1)
        numbered = [(f"line {number}", _json(path, f"line {number}", line)) for number, line in lines if line.strip()]
    for record, item in numbered:
        if not isinstance(item, dict):
            raise UnreadableSource(f"{path.name}, {record}: expected an object with trace and verdict")
        yield record, {name.lower(): value for name, value in item.items()}


def _json(path: Path, where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableSource(f"{path.name}, {where}: not JSON ({error})") from error


def _xlsx_rows(path: Path, data: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise UnreadableSource(f"{path.name} is not a workbook that can be read: {error}") from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    names = [str(name or "").strip().lower() for name in next(rows, ())]
    _check_columns(path, names)
    for number, row in enumerate(rows, start=2):
        yield f"row {number}", dict(zip(names, row, strict=False))


def _check_columns(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in ("trace", "verdict") if name not in names]
    if missing:
        raise UnreadableSource(
            f"{path.name} has no column {missing[0]!r}; it has {', '.join(names)}; known are {', '.join(COLUMNS)}"
        )
