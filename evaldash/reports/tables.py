"""Tables of a report as CSV and XLSX; no cell of text is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Cell: TypeAlias = str | int | float | None
Table: TypeAlias = Sequence[Mapping[str, Cell]]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # beginnings that a spreadsheet takes for a formula
MOST_CHARACTERS = 32_767  # that a cell of a workbook holds
WIDTHS = {  # characters
    "section": 30, "text": 100, "written": 24, "query": 60, "definition": 60, "applies_when": 40, "not_when": 40,
    "note": 70, "name": 34, "mode_name": 34, "modes": 40, "comment": 40, "method": 30, "started_at": 26, "at": 26,
    "filter": 24, "caveats": 80, "inclusion_probability": 20, "notes_without_mode": 18,
}  # fmt: skip
LINE, HIGHEST = 15, 405  # points of a line, and of the highest row there may be
WRAPPED = ("text", "section", "definition", "applies_when", "not_when", "note", "comment")  # columns of whole sentences
TALL = {"section", "definition"}  # columns of sheets with high rows, in which everything begins at the top
PERCENT = {
    "estimate": "0.0%",
    "low": "0.0%",
    "high": "0.0%",
    "level": "0%",
    "inclusion_probability": "0.00%",
    "n_eff": "0.0",
}


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
        _set_for_print(sheet)
        is_tall = not TALL.isdisjoint(columns)
        cells = [_cell_maker(sheet, column, is_tall=is_tall) for column in columns]
        sheet.append([_heading(sheet, column) for column in columns])
        for number, row in enumerate(rows, start=2):
            lines = max((_lines(row.get(column), WIDTHS[column]) for column in columns if column in WRAPPED), default=1)
            if lines > 1:
                sheet.row_dimensions[number].height = min(lines * LINE, HIGHEST)
            sheet.append([make(_kept(row.get(name))) for name, make in zip(columns, cells, strict=True)])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _set_for_print(sheet: Any) -> None:
    """Across the page and as wide as it is, the headings on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _lines(value: Cell, width: int) -> int:
    """Estimate the lines of a text that breaks at `width` characters: not every program fits rows to their text."""
    return sum(-(-max(len(line), 1) // width) for line in str(value or "").split("\n"))


def _heading(sheet: Any, column: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=column)
    cell.font = Font(bold=True)
    return cell


def _cell_maker(sheet: Any, column: str, *, is_tall: bool) -> Callable[[Cell], Any]:
    """Return what puts a value of a column into a cell: sentences break into lines, shares read as percent."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    if column not in WRAPPED and column not in PERCENT and not is_tall:
        return lambda value: value
    top = Alignment(wrap_text=column in WRAPPED, vertical="top")

    def make(value: Cell) -> Any:
        cell = WriteOnlyCell(sheet, value=value)
        if column in PERCENT:
            cell.number_format = PERCENT[column]
        else:
            cell.alignment = top
        return cell

    return make


def _kept(value: Cell) -> Cell:
    """Return a cell as a workbook may hold it: XML knows no control characters, and a cell has an end."""
    if not isinstance(value, str):
        return value
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    told = ILLEGAL_CHARACTERS_RE.sub(" ", str(_told(value))).encode("utf-8", "replace").decode()
    return told if len(told) <= MOST_CHARACTERS else f"{told[: MOST_CHARACTERS - 1]}…"


def _told(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
