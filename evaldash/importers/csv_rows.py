"""CSV and TSV: row 1 holds the headings; a row that is broken, or opens a quote and never closes it, is named alone."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue
from evaldash.errors import UnreadableSource
from evaldash.importers.base import Record
from evaldash.importers.byte_lines import Line, byte_lines
from evaldash.importers.json_text import RAW_SHOWN
from evaldash.importers.table_rows import column_issue, row_record

MAX_ROW_LINES = 20_000  # of one row; a quote that is open for longer was never closed
REREAD = 100_000  # lines read again behind quotes that were not closed; after so many, a row is one line
REREAD = 100_000  # lines read twice because of open quotes; after so many, a row is one line
Item = Record | ImportIssue


def table_records(source: str, blocks: Iterator[bytes], bounds: Limits) -> Iterator[Item]:
    """Yield the rows of a table as objects; raises UnreadableSource for what is no table."""
    lines = _Lines(byte_lines(blocks, bounds.record_bytes), bounds.record_bytes)
    csv.field_size_limit(bounds.record_bytes)
    first = lines.next_row()
    if first is None:
        raise UnreadableSource(f"{source} is no table: its first line is too long")
    delimiter = _delimiter(first)
    columns = [name.strip() for name in _header(source, lines, delimiter)]
    if reason := column_issue(columns, bounds.columns):
        raise UnreadableSource(f"{source}: {reason}")
    number = 1
    while not lines.at_end():
        number += 1
        item = _row(source, f"row {number}", lines, delimiter, columns)
        if item is not None:
            yield item


def _header(source: str, lines: _Lines, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(lines.row(), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration, _Broken) as error:
        raise UnreadableSource(f"{source} is no table: {error}") from error


def _row(source: str, label: str, lines: _Lines, delimiter: str, columns: list[str]) -> Item | None:
    """Return the next row, None for a blank one; of a broken one that spans lines only the first line is given up."""
    try:
        cells = next(csv.reader(lines.row(), delimiter=delimiter, strict=True))
    except StopIteration:
        return None
    except (csv.Error, _Broken) as error:
        raw = lines.give_back()
        why = "its quotes are not closed, or not in the right place" if isinstance(error, csv.Error) else str(error)
        return ImportIssue(source=source, record=label, reason=f"not a row of a table: {why}", raw=raw[:RAW_SHOWN])
    if not any(cell.strip() for cell in cells):
        return None
    item = row_record(source, label, columns, cells)
    if isinstance(item, ImportIssue):
        lines.give_back()
    return item


class _Broken(Exception):
    """A line that cannot be part of any row."""


class _Lines:
    """Lines as text; those of the row that is being read can be given back, all but its first."""

    def __init__(self, lines: Iterator[Line], longest: int) -> None:
        self._lines = lines
        self._longest = longest  # bytes of a row
        self._reread = 0
        self._waiting: deque[bytes | None] = deque()
        self._row: list[bytes | None] = []

    def at_end(self) -> bool:
        """Tell whether no line is left."""
        if not self._waiting:
            line = next(self._lines, None)
            if line is not None:
                self._waiting.append(line.content)
        return not self._waiting

    def next_row(self) -> str | None:
        """Return the line that comes next, without taking it."""
        self.at_end()
        content = self._waiting[0] if self._waiting else b""
        return None if content is None else content.decode("utf-8", "replace")

    def row(self) -> Iterator[str]:
        """Yield the lines of the next row, as many as are asked for; raises _Broken for one that is no text."""
        self._row = []
        length = 0
        most = MAX_ROW_LINES if self._reread < REREAD else 1
        while not self.at_end():
            content = self._waiting.popleft()
            self._row.append(content)
            length += len(content or b"")
            if content is None or length > self._longest:
                raise _Broken("longer than EVALDASH_MAX_RECORD_BYTES, or a quote is not closed")
            if len(self._row) > most:
                within = "its line" if most == 1 else f"{most:,} lines"
                raise _Broken(f"a quote that is not closed within {within}")
            yield _text(content) + "\n"

    def give_back(self) -> str:
        """Put the lines of the row back, all but the first, which is returned."""
        self._reread += len(self._row) - 1
        self._waiting.extendleft(reversed(self._row[1:]))
        return (self._row[0] or b"").decode("utf-8", "replace") if self._row else ""


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise _Broken(
            f"not UTF-8: byte 0x{byte:02x} at byte {error.start + 1} of the line; save it in UTF-8"
        ) from error


def _delimiter(head: str) -> str:
    count: Callable[[str], int] = head.count
    return max(",;\t|", key=count)
