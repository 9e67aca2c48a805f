"""Tables of a report as CSV and XLSX; no cell of text is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Cell: TypeAlias = str | int | float | None
Table: TypeAlias = Sequence[Mapping[str, Cell]]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # beginnings that a spreadsheet takes for a formula
MOST_CHARACTERS = 32_767  # that a cell of a workbook holds
WIDTHS = {"text": 60, "query": 60, "definition": 60, "note": 60, "name": 32, "comment": 40}  # characters


def csv_text(rows: Table, columns: Sequence[str]) -> str:
    """Return rows as CSV with a heading; a text that begins as a formula gets a quote mark before it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(columns)
    writer.writerows([_told(row.get(name)) for name in columns] for row in rows)
    return target.getvalue()


def csv_archive(tables: Mapping[str, tuple[Sequence[str], Table]]) -> bytes:
    """Return tables (name -> columns, rows) as a zip of CSV files; the same tables give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (columns, rows) in tables.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), "\ufeff" + csv_text(rows, columns), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def workbook(tables: Mapping[str, tuple[Sequence[str], Table]]) -> bytes:
    """Return tables (name -> columns, rows) as the sheets of a workbook, headings frozen and filtered."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for name, (columns, rows) in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column, 16)
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(len(rows), 1) + 1}"
        sheet.append(list(columns))
        for row in rows:
            sheet.append([_kept(row.get(name)) for name in columns])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _kept(value: Cell) -> Cell:
    """Return a cell as a workbook may hold it: XML knows no control characters, and a cell has an end."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    told = ILLEGAL_CHARACTERS_RE.sub(" ", str(_told(value))).encode("utf-8", "replace").decode()
    return told if len(told) <= MOST_CHARACTERS else f"{told[: MOST_CHARACTERS - 1]}…"


def _told(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
