"""Bytes become records, one at a time: JSON arrays, JSON Lines, single objects, tables. A bad record ends nothing."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.base import Record
from evaldash.importers.json_text import MAX_DEPTH, MAX_RECORD, RAW_SHOWN, Broken, Scanner, parsed, too_deep, why_broken
from evaldash.importers.otlp_protobuf import MAX_BYTES, is_otlp, otlp_records
from evaldash.importers.sources import SourceFile

BLOCK = 1 << 18  # bytes read at once
MAX_CELL = 16 << 20  # characters in one cell of a table
MAX_COLUMNS = 1_000
SNIFF = 4_096  # bytes that tell JSON from a table
Item = Record | ImportIssue


@dataclass(slots=True)
class Counter:
    """How many bytes of a source were read, for progress."""

    bytes: int = 0


@dataclass(slots=True)
class _Text:
    """The text of a source in blocks, strict UTF-8 (or UTF-16 with its mark), with what was read counted."""

    source: SourceFile
    counter: Counter
    encoding: str = field(default="utf-8-sig")

    def blocks(self) -> Iterator[str]:
        with self._opened() as file:
            decoder = codecs.getincrementaldecoder(self.encoding)()
            while True:
                block = file.read(BLOCK)
                self.counter.bytes += len(block)
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError as error:
                    raise self._not_text(self.counter.bytes - len(block) + error.start) from error
                if "\0" in text:
                    raise self._not_text(self.counter.bytes - len(block))
                if text:
                    yield text
                if not block:
                    return

    def head(self) -> str:
        """Return the beginning, enough to tell JSON from a table."""
        with self._opened() as file:
            block = file.read(SNIFF)
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.encoding = "utf-16"
        try:
            return codecs.getincrementaldecoder(self.encoding)().decode(block)
        except UnicodeDecodeError as error:
            raise self._not_text(error.start) from error

    def first_bytes(self) -> bytes:
        """Return the beginning as it is."""
        with self._opened() as file:
            return file.read(SNIFF)

    def whole(self) -> bytes:
        """Return the whole of a binary file, up to the most that one may hold and a byte more."""
        with self._opened() as file:
            data = file.read(MAX_BYTES + 1)
        self.counter.bytes = len(data)
        return data

    def _opened(self) -> BinaryIO:
        try:
            return self.source.open()
        except OSError as error:
            raise UnreadableSource(f"{self.source.name} cannot be opened: {error.strerror}") from error

    def _not_text(self, at: int) -> UnreadableSource:
        return UnreadableSource(
            f"{self.source.name} is not text in UTF-8 (near byte {at}); export it as JSON, JSON Lines or CSV in UTF-8"
        )


def read_records(source: SourceFile, counter: Counter) -> Iterator[Item]:
    """Yield the records of a file, each with where it stands; what cannot be read is an issue at its place.

    Raises UnreadableSource for a file that is empty, binary, or no JSON and no table.
    """
    text = _Text(source, counter)
    if is_otlp(text.first_bytes()):
        yield from otlp_records(text.whole())
        return
    head = text.head()
    start = head.lstrip()[:1]
    if not start:
        raise UnreadableSource(f"{source.name} is empty; export the traces again")
    if "\0" in head:
        raise UnreadableSource(f"{source.name} is a binary file; export it as JSON, JSON Lines or CSV")
    if start == "[" and not _one_list_a_line(head):
        yield from _array(source, text)
    elif start in ("{", "["):
        yield from _objects(source, text)
    else:
        yield from _table(source, text)


def _one_list_a_line(head: str) -> bool:
    """Tell whether a file is JSON Lines whose records are lists: a whole list on its first line, another below it."""
    first, _, rest = head.lstrip().partition("\n")
    return rest.lstrip()[:1] == "[" and parsed(first.strip()) is not None


def _array(source: SourceFile, text: _Text) -> Iterator[Item]:
    """Yield the elements of one JSON array without holding it whole."""
    scanner = Scanner(text.blocks())
    scanner.skip("[")
    number = 0
    while (mark := scanner.peek()) not in ("]", ""):
        number += 1
        value = scanner.value()
        yield _checked(source, f"record {number}", value)
        if isinstance(value, Broken):
            return
        scanner.skip(",")
    if mark == "":
        yield ImportIssue(
            source=source.name, record=f"record {number + 1}", reason="the file ends in the middle; export it again"
        )
        return
    scanner.skip("]")
    if scanner.peek():
        reason = f"something follows the end of the array and was not read: {scanner.sample()!r}"
        yield ImportIssue(source=source.name, record=f"after record {number}", reason=reason)


def _objects(source: SourceFile, text: _Text) -> Iterator[Item]:
    """Yield JSON Lines, or, where a line alone is no record, JSON objects one after the other."""
    lines = _lines(text)
    first_number, first = next(lines, (1, ""))
    if parsed(first) is not None:
        yield _line(source, first_number, first)
        for number, line in lines:
            yield _line(source, number, line)
        return
    scanner = Scanner(text_again for text_again in _rejoined(first, lines))
    number = 0
    while scanner.peek():
        number += 1
        value = scanner.value()
        yield _checked(source, f"record {number}", value)
        if isinstance(value, Broken):
            return
        scanner.skip(",")


def _rejoined(first: str, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    yield first + "\n"
    for _, line in lines:
        yield line + "\n"


def _line(source: SourceFile, number: int, line: str) -> Item:
    found = parsed(line)
    return _checked(source, f"line {number}", why_broken(line) if found is None else found.value)


def _lines(text: _Text) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1."""
    rest, number = "", 0
    for block in text.blocks():
        parts = (rest + block).split("\n")
        rest = parts.pop()
        for part in parts:
            number += 1
            if part.strip():
                yield number, part
        if len(rest) > MAX_RECORD:
            raise UnreadableSource(
                f"{text.source.name}, line {number + 1}: longer than {MAX_RECORD >> 20} million characters"
            )
    if rest.strip():
        yield number + 1, rest


def _checked(source: SourceFile, label: str, value: Json | Broken) -> Item:
    if isinstance(value, Broken):
        return ImportIssue(source=source.name, record=label, reason=value.reason, raw=value.raw)
    if too_deep(value):
        return ImportIssue(source=source.name, record=label, reason=f"nested deeper than {MAX_DEPTH} levels")
    return Record(label, value)


def _table(source: SourceFile, text: _Text) -> Iterator[Item]:
    """Yield the rows of a CSV or TSV file as objects, row 1 being the headings."""
    csv.field_size_limit(MAX_CELL)
    lines = (line for _, line in _all_lines(text))
    head = next(lines, "")
    reader = csv.reader(_again(head, lines), delimiter=_delimiter(head), strict=True)
    try:
        columns = [name.strip() for name in next(reader)]
    except (csv.Error, StopIteration) as error:
        raise UnreadableSource(f"{source.name} is no table: {error}") from error
    _check_columns(source, columns)
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield ImportIssue(source=source.name, record=f"row {number}", reason=f"not a row of a table: {error}")
            return
        if any(cell.strip() for cell in cells):
            yield _row(source, number, columns, cells)


def _row(source: SourceFile, number: int, columns: list[str], cells: list[str]) -> Item:
    if len(cells) > len(columns):
        reason = f"{len(cells)} cells for {len(columns)} columns; a quote or separator is wrong"
        return ImportIssue(source=source.name, record=f"row {number}", reason=reason, raw=str(cells)[:RAW_SHOWN])
    return Record(f"row {number}", dict(zip(columns, cells, strict=False)))


def _check_columns(source: SourceFile, columns: list[str]) -> None:
    if len(columns) > MAX_COLUMNS:
        raise UnreadableSource(f"{source.name} has {len(columns)} columns; a table of traces has at most {MAX_COLUMNS}")
    if len(columns) < 2:
        raise UnreadableSource(f"{source.name} is neither JSON nor a table: its first line is {columns[0][:60]!r}")
    # The index of a data frame stands first, and may stand among the columns as well.
    twice = {name for name in columns[1:] if columns.count(name) > 1 + (name == columns[0])}
    if twice:
        raise UnreadableSource(f"{source.name} has the column {min(twice)!r} twice; rename one")


def _all_lines(text: _Text) -> Iterator[tuple[int, str]]:
    """Yield every line with its end, blank ones too: a cell may hold them."""
    rest, number = "", 0
    for block in text.blocks():
        parts = (rest + block).split("\n")
        rest = parts.pop()
        for part in parts:
            number += 1
            yield number, f"{part}\n"
        if len(rest) > MAX_RECORD:
            raise UnreadableSource(
                f"{text.source.name}, line {number + 1}: longer than {MAX_RECORD >> 20} million characters"
            )
    if rest:
        yield number + 1, rest


def _again(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield head
    yield from lines


def _delimiter(head: str) -> str:
    count: Callable[[str], int] = head.count
    return max(",;\t|", key=count)
