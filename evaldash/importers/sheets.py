"""Workbooks (XLSX): every sheet is a table, its first row the headings."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Collection, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.base import Record
from evaldash.importers.table_rows import column_issue, row_record
from evaldash.importers.unpacking import Budget

if TYPE_CHECKING:
    from openpyxl import Workbook

WORKBOOK = "xl/workbook.xml"
ENTITY = b"<!ENTITY"  # no workbook needs one; a billion laughs does
CHECKED = 1 << 16  # bytes at the beginning of each part where entities would stand


def is_workbook(names: Collection[str]) -> bool:
    """Tell whether the files of an archive are those of a workbook."""
    return WORKBOOK in names


def sheet_records(file: IO[bytes], name: str, size: int, bounds: Limits) -> Iterator[Record | ImportIssue]:
    """Yield the rows of all sheets as objects; raises UnreadableSource for what is no sound workbook."""
    _check(file, Budget(name, max(size, 1), bounds))
    book = _opened(file, name)
    try:
        for sheet in book.worksheets:
            where = f"{sheet.title}, " if len(book.worksheets) > 1 else ""
            yield from _rows(sheet.iter_rows(values_only=True), name, where, bounds)
    finally:
        book.close()


def _check(file: IO[bytes], budget: Budget) -> None:
    """Raise UnreadableSource for a bomb: too much in it, or entities that blow up when they are read."""
    try:
        with zipfile.ZipFile(file) as archive:
            budget.count(budget.name, sum(member.file_size for member in archive.infolist()))
            parts = [member for member in archive.infolist() if member.filename.endswith((".xml", ".rels"))]
            for member in parts:
                with archive.open(member) as part:
                    if ENTITY in part.read(CHECKED):
                        raise UnreadableSource(
                            f"{budget.name} defines XML entities, which no workbook needs; save it anew"
                        )
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableSource(f"{budget.name} is a damaged workbook: {error}; save it anew") from error
    file.seek(0)


def _opened(file: IO[bytes], name: str) -> Workbook:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile, OSError) as error:
        raise UnreadableSource(f"{name} is no workbook that can be read: {error}; save it as XLSX or CSV") from error


def _rows(rows: Iterator[Sequence[Any]], name: str, where: str, bounds: Limits) -> Iterator[Record | ImportIssue]:
    columns: list[str] | None = None
    try:
        for number, cells in enumerate(rows, start=1):
            values = [_value(cell) for cell in cells]
            if not any(value not in (None, "") for value in values):
                continue
            if columns is None:
                columns = _headings(values)
                if reason := column_issue(columns, bounds.columns, least=1):
                    yield ImportIssue(source=name, record=f"{where}row {number}", reason=reason)
                    return
            else:
                yield row_record(name, f"{where}row {number}", columns, values)
    except (ValueError, KeyError, TypeError, SyntaxError, OSError, EOFError, zipfile.BadZipFile) as error:
        yield ImportIssue(source=name, record=f"{where}the rest", reason=f"the sheet is damaged: {error}; save it anew")


def _headings(values: Sequence[Json]) -> list[str]:
    """Return the headings; what stands under none is named by its place."""
    last = max((i for i, value in enumerate(values) if value not in (None, "")), default=-1)
    return [
        str(value).strip() if value not in (None, "") else f"column {i + 1}"
        for i, value in enumerate(values[: last + 1])
    ]


def _value(cell: Any) -> Json:
    """Return a cell as JSON has it; times as ISO text."""
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return cell.total_seconds()
    return cell if cell is None or isinstance(cell, bool | int | float | str) else str(cell)
