"""Bytes become records, one at a time: JSON, tables, binary formats. A bad record ends nothing."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from evaldash.config import Limits, limits
from evaldash.domain.trace import ImportIssue
from evaldash.errors import UnreadableSource
from evaldash.importers.archive_members import zip_members
from evaldash.importers.base import Record
from evaldash.importers.byte_lines import BLOCK
from evaldash.importers.csv_rows import table_records
from evaldash.importers.inspect_archive import inspect_records, is_inspect
from evaldash.importers.json_records import array_records, object_records
from evaldash.importers.json_text import parsed
from evaldash.importers.otlp_protobuf import MAX_BYTES, is_otlp, otlp_records
from evaldash.importers.parquet import MARK, parquet_records
from evaldash.importers.sheets import is_workbook, sheet_records
from evaldash.importers.sources import SourceFile
from evaldash.importers.unpacking import Budget, next_bytes

HEAD = 4_096  # bytes that tell what a file is
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
ENCODINGS = {  # by the mark at the beginning; that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NULS = 0.01  # share of the first bytes that may be NUL, as one in a cell; more is no text
FOREIGN = 0.05  # share of the first bytes that may be no UTF-8: more is another encoding, or no text at all
Item = Record | ImportIssue


@dataclass(slots=True)
class Counter:
    """How many bytes of a source were read, for progress."""

    bytes: int = 0


def read_records(source: SourceFile, counter: Counter) -> Iterator[Item]:
    """Yield the records of a file, each with where it stands; what cannot be read is an issue at its place.

    Raises UnreadableSource for a file that is empty, binary, or no JSON and no table.
    """
    some = False
    try:
        for item in _items(source, counter, limits()):
            some = True
            yield item
    except UnreadableSource as error:  # found far into the file: what came before stays
        if not some:
            raise
        yield ImportIssue(source=source.name, record="the rest", reason=str(error))
    if source.has_changed():
        reason = "the file was changed while it was read; import it again"
        yield ImportIssue(source=source.name, record="the file", reason=reason)


def _items(source: SourceFile, counter: Counter, bounds: Limits) -> Iterator[Item]:
    head = _head(source)
    if head.startswith(MARK):
        yield from _binary(source, counter, parquet_records(_open(source), source.name, source.size, bounds))
    elif head.startswith(ZIP):
        yield from _binary(source, counter, _of_zip(source, bounds))
    elif is_otlp(head):
        yield from otlp_records(_whole(source, counter))
    else:
        yield from _of_text(source, head, counter, bounds)


def _of_text(source: SourceFile, head: bytes, counter: Counter, bounds: Limits) -> Iterator[Item]:
    blocks = _blocks(source, counter, head)
    text = _checked_text(source, head)
    start = text.lstrip()[:1]
    if not start:
        raise UnreadableSource(f"{source.name} is empty; export the traces again")
    if start == "[" and not _one_list_a_line(text):
        yield from array_records(source.name, blocks, bounds)
    elif start in ("{", "["):
        yield from object_records(source.name, blocks, bounds)
    else:
        yield from table_records(source.name, blocks, bounds)


def _head(source: SourceFile) -> bytes:
    with _open(source) as file:
        return file.read(HEAD)


def _checked_text(source: SourceFile, head: bytes) -> str:
    """Return the beginning as text; UnreadableSource for what is binary or in another encoding."""
    if encoding := _marked_encoding(head):
        return head[: len(head) // 4 * 4].decode(encoding, "ignore")
    text = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode(head)
    foreign = [place for place, char in enumerate(text) if "\udc80" <= char <= "\udcff"]
    odd = len(foreign) > FOREIGN * len(text)
    if head.count(b"\0") > (0 if odd else NULS * len(head)):
        raise UnreadableSource(f"{source.name} is a binary file; export it as JSON, JSON Lines, CSV, XLSX or Parquet")
    if odd:
        raise UnreadableSource(
            f"{source.name} is not text in UTF-8 (near character {foreign[0] + 1}), perhaps in Windows-1252; "
            "save it as JSON, JSON Lines or CSV in UTF-8"
        )
    return text


def _marked_encoding(head: bytes) -> str | None:
    return next((encoding for mark, encoding in ENCODINGS.items() if head.startswith(mark)), None)


def _blocks(source: SourceFile, counter: Counter, head: bytes) -> Iterator[bytes]:
    """Yield the content as UTF-8 without a mark in front, and count what was read."""
    encoding = _marked_encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    with _open(source) as file:
        first = True
        while True:
            try:
                block = next_bytes(file, BLOCK)
            except OSError as error:
                raise UnreadableSource(f"{source.name} cannot be read further: {error.strerror}") from error
            counter.bytes += len(block)
            if not block:
                return
            if decoder:
                block = decoder.decode(block).encode()
            elif first:
                block = block.removeprefix(codecs.BOM_UTF8)
            first = False
            yield block


def _one_list_a_line(head: str) -> bool:
    """Tell whether a file is JSON Lines whose records are lists: a whole list on its first line, another below it."""
    first, _, rest = head.lstrip().partition("\n")
    return rest.lstrip()[:1] == "[" and parsed(first.strip()) is not None


def _of_zip(source: SourceFile, bounds: Limits) -> Iterator[Item]:
    with _open(source) as file:
        names = {member.filename for member in zip_members(file, source.name, bounds.members)}
    if is_workbook(names):
        yield from sheet_records(_open(source), source.name, source.size, bounds)
    elif is_inspect(names):
        yield from inspect_records(source, Budget(source.name, max(source.size, 1), bounds))
    else:
        raise UnreadableSource(f"{source.name} is an archive within what was read; unpack it first")


def _binary(source: SourceFile, counter: Counter, records: Iterator[Item]) -> Iterator[Item]:
    """Yield records; how far a binary file was read is not known before its end."""
    yield from records
    counter.bytes = source.size


def _whole(source: SourceFile, counter: Counter) -> bytes:
    """Return the whole of a binary file, up to the most that one may hold and a byte more."""
    with _open(source) as file:
        data = file.read(MAX_BYTES + 1)
    counter.bytes = len(data)
    return data


def _open(source: SourceFile) -> BinaryIO:
    try:
        return source.open()
    except OSError as error:
        raise UnreadableSource(f"{source.name} cannot be opened: {error.strerror}") from error
