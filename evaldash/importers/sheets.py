"""Workbooks (XLSX): every sheet is a table, its first row the headings."""

from __future__ import annotations

import datetime
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.archive_members import zip_members
from evaldash.importers.base import Record
from evaldash.importers.table_rows import column_issue, row_record
from evaldash.importers.unpacking import Budget

if TYPE_CHECKING:
    from openpyxl import Workbook

WORKBOOK = "xl/workbook.xml"
SHEETS = "xl/worksheets/"  # parts that are read row by row; others are held in memory
HELD = 128 << 20  # bytes of a part that is held, as the texts of all sheets are
DESCRIBED = 8 << 20  # bytes of a part that says how the workbook is made; each takes some fifty times that in memory
DESCRIBING = (".rels", "styles.xml", "workbook.xml", "[Content_Types].xml", "theme1.xml")
READ = 1 << 16  # bytes read at once
GAP = 10_000  # blank rows one after the other, behind which nothing is looked for: a row may say it is number 10**15


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
            sheet.reset_dimensions()  # what a sheet says of its size is not to be trusted
            yield from _rows(sheet.iter_rows(values_only=True), name, where, bounds)
    finally:
        book.close()


def _check(file: IO[bytes], budget: Budget) -> None:
    """Raise UnreadableSource for a bomb: too much in it, or a document type, whose entities may blow up."""
    members = zip_members(file, budget.name, budget.limits.members)
    budget.count(budget.name, sum(member.file_size for member in members))
    for member in members:
        most = DESCRIBED if member.filename.endswith(DESCRIBING) else HELD
        if member.file_size > most and not member.filename.startswith(SHEETS):
            raise UnreadableSource(
                f"{budget.name} holds {member.file_size:,} bytes in {member.filename}, which must fit in memory; "
                "save it as CSV"
            )
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            for member in members:
                with archive.open(member) as part:
                    if _has_document_type(part):
                        raise UnreadableSource(
                            f"{budget.name} defines XML entities, which no workbook needs; save it anew"
                        )
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UnreadableSource(f"{budget.name} is a damaged workbook: {error}; save it anew") from error
    file.seek(0)


class _Seen(Exception):
    """Enough of a part was read."""


class _DocumentType(_Seen):
    """It has what no workbook needs."""


def _has_document_type(part: IO[bytes]) -> bool:
    """Tell whether XML declares a document type, in any encoding; nothing behind the first element is read."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _raising(_DocumentType)
    parser.StartElementHandler = _raising(_Seen)
    try:
        while block := part.read(READ):
            parser.Parse(block, False)
    except _DocumentType:
        return True
    except (_Seen, expat.ExpatError):  # what is no XML, like a picture, is not read as XML
        return False
    return False


def _raising(what: type[_Seen]) -> Callable[..., None]:
    def found(*_: object) -> None:
        raise what

    return found


def _opened(file: IO[bytes], name: str) -> Workbook:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile, OSError) as error:
        raise UnreadableSource(f"{name} is no workbook that can be read: {error}; save it as XLSX or CSV") from error


def _rows(rows: Iterator[Sequence[Any]], name: str, where: str, bounds: Limits) -> Iterator[Record | ImportIssue]:
    try:
        yield from _rows_under_headings(rows, name, where, bounds)
    # OverflowError: a date or number beyond what there is
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OverflowError,
        SyntaxError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        yield ImportIssue(source=name, record=f"{where}the rest", reason=f"the sheet is damaged: {error}; save it anew")


def _rows_under_headings(
    rows: Iterator[Sequence[Any]], name: str, where: str, bounds: Limits
) -> Iterator[Record | ImportIssue]:
    columns: list[str] | None = None
    blank = 0
    for number, cells in enumerate(rows, start=1):
        values = [_value(cell) for cell in cells]
        if not any(value not in (None, "") for value in values):
            blank += 1
            if blank > GAP:
                reason = f"{GAP:,} blank rows one after the other; what stands below was not looked for"
                yield ImportIssue(source=name, record=f"{where}row {number}", reason=reason)
                return
            continue
        blank = 0
        if columns is None:
            columns = _headings(values)
            if reason_ := column_issue(columns, bounds.columns, least=1):
                yield ImportIssue(source=name, record=f"{where}row {number}", reason=reason_)
                return
        else:
            yield row_record(name, f"{where}row {number}", columns, values)


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
