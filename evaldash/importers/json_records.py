"""JSON as records: an array, JSON Lines, or whole objects one after the other; a broken one ends nothing."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue, Json
from evaldash.importers.base import Record
from evaldash.importers.byte_lines import Line, byte_lines
from evaldash.importers.json_text import MAX_DEPTH, Broken, Scanner, parsed_bytes, too_deep, why_broken

Item = Record | ImportIssue
LOOKED_AT = 5  # lines that tell JSON Lines with a broken first line from objects over many lines


def array_records(source: str, blocks: Iterator[bytes], bounds: Limits) -> Iterator[Item]:
    """Yield the elements of one JSON array without holding it whole."""
    scanner = Scanner(_texts(blocks), bounds.record_bytes)
    scanner.skip("[")
    number = 0
    while (mark := scanner.peek()) not in ("]", ""):
        number += 1
        value = scanner.value()
        yield _checked(source, f"record {number}", value)
        if isinstance(value, Broken) and value.ends:
            return
        if scanner.peek() not in (",", "]", ""):
            reason = f"no comma between records: {scanner.sample()!r}; the rest was not read"
            yield ImportIssue(source=source, record=f"after record {number}", reason=reason)
            return
        scanner.skip(",")
    if mark == "":
        reason = "the file ends in the middle; export it again"
        yield ImportIssue(source=source, record=f"record {number + 1}", reason=reason)
        return
    scanner.skip("]")
    if scanner.peek():
        reason = f"something follows the end of the array and was not read: {scanner.sample()!r}"
        yield ImportIssue(source=source, record=f"after record {number}", reason=reason)


def object_records(source: str, blocks: Iterator[bytes], bounds: Limits) -> Iterator[Item]:
    """Yield JSON Lines, or, where lines alone are no records, JSON objects one after the other."""
    lines = (line for line in byte_lines(blocks, bounds.record_bytes) if line.content is None or line.content.strip())
    first: list[Line] = []
    for line in lines:
        first.append(line)
        if line.content is None or parsed_bytes(line.content) is not None or len(first) >= LOOKED_AT:
            break
    last = first[-1].content
    by_line = last is None or (last.lstrip()[:1] in (b"{", b"[") and parsed_bytes(last) is not None)
    if by_line:
        for line in chain(first, lines):
            yield _of_line(source, line, bounds)
        return
    yield from _values(source, (line.content or b"" for line in chain(first, lines)), bounds)


def _values(source: str, lines: Iterator[bytes], bounds: Limits) -> Iterator[Item]:
    scanner = Scanner(_texts(line + b"\n" for line in lines), bounds.record_bytes)
    number = 0
    while scanner.peek():
        number += 1
        value = scanner.value()
        yield _checked(source, f"record {number}", value)
        if isinstance(value, Broken) and value.ends:
            return
        scanner.skip(",")


def _texts(blocks: Iterator[bytes]) -> Iterator[str]:
    """Yield blocks as text; a byte that is no UTF-8 becomes a mark that the record it stands in is refused by."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _of_line(source: str, line: Line, bounds: Limits) -> Item:
    label = f"line {line.number}"
    if line.content is None:
        return ImportIssue(source=source, record=label, reason=too_long(bounds))
    found = parsed_bytes(line.content)
    return _checked(source, label, why_broken(line.content) if found is None else found.value)


def too_long(bounds: Limits) -> str:
    """Return why a record that is too long is refused."""
    return f"longer than {bounds.record_bytes:,} bytes, which no trace is; raise EVALDASH_MAX_RECORD_BYTES to read it"


def _checked(source: str, label: str, value: Json | Broken) -> Item:
    if isinstance(value, Broken):
        return ImportIssue(source=source, record=label, reason=value.reason, raw=value.raw)
    if too_deep(value):
        return ImportIssue(source=source, record=label, reason=f"nested deeper than {MAX_DEPTH} levels")
    return Record(label, value)
