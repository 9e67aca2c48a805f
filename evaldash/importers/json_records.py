"""JSON as records: an array, JSON Lines, or whole objects one after the other; a broken one ends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue, Json
from evaldash.importers.base import Record
from evaldash.importers.byte_lines import Line, byte_lines
from evaldash.importers.json_frames import BLANK, EMPTY, Frames
from evaldash.importers.json_text import MAX_DEPTH, Broken, parsed_bytes, too_deep, too_long, why_broken

Item = Record | ImportIssue
BARE = (b"{", b"[")  # a line of which objects over many lines begin
LOOKED_AT = 5  # lines that tell JSON Lines with a broken first line from objects over many lines


def array_records(source: str, blocks: Iterator[bytes], bounds: Limits) -> Iterator[Item]:
    """Yield the elements of one JSON array without holding it whole."""
    frames = Frames(_behind_bracket(blocks), bounds.record_bytes)
    number = 0
    for frame in frames:
        if frame.whole:
            number += 1
            yield _of_content(source, f"record {number}", frame.content, bounds)
    if frames.endless:
        yield _endless(source, number)
    elif not frames.closed:
        reason = "the file ends in the middle; export it again"
        yield ImportIssue(source=source, record=f"record {number + 1}", reason=reason)
    elif frames.following:
        shown = frames.following.decode("utf-8", "replace")
        reason = f"something follows the end of the array and was not read: {shown!r}"
        yield ImportIssue(source=source, record=f"after record {number}", reason=reason)


def _behind_bracket(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield blocks from behind the first bracket."""
    for block in blocks:
        if begun := block.lstrip(BLANK):
            yield begun[1:]
            break
    yield from blocks


def object_records(source: str, blocks: Iterator[bytes], bounds: Limits) -> Iterator[Item]:
    """Yield JSON Lines, or, where lines alone are no records, JSON objects one after the other."""
    beginning = _Beginning(blocks, bounds.record_bytes)
    lines = (
        line for line in byte_lines(beginning, bounds.record_bytes) if line.content is None or line.content.strip()
    )
    first: list[Line] = []
    for line in lines:
        first.append(line)
        told = line.content is not None and (line.content.strip() in BARE or parsed_bytes(line.content) is not None)
        if told or beginning.full or len(first) >= LOOKED_AT:
            break
    taken = beginning.taken()
    if not _is_lines([line.content for line in first]):
        yield from _values(source, chain(taken, blocks), bounds)
        return
    for line in chain(first, lines):
        yield _of_content(source, f"line {line.number}", line.content, bounds)


class _Beginning:
    """Blocks that are remembered until they are taken, up to a size; None stands for those beyond."""

    def __init__(self, blocks: Iterator[bytes], most: int) -> None:
        self._blocks = blocks
        self._left = most  # bytes
        self._held: list[bytes | None] | None = []

    @property
    def full(self) -> bool:
        return self._left < 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            if self._held is not None and not self.full:
                self._left -= len(block)
                self._held.append(None if self.full else block)
            yield block

    def taken(self) -> list[bytes | None]:
        """Return what is remembered, and remember no more."""
        held, self._held = self._held or [], None
        return held


def _is_lines(first: list[bytes | None]) -> bool:
    """Tell whether records are lines: the last of these is a whole one, or all begin like one."""
    contents = [b"" if line is None else line.strip() for line in first]
    if contents[0] in BARE:
        return False
    begin = [content[:1] in BARE and content not in BARE for content in contents]
    whole = begin[-1] and parsed_bytes(contents[-1]) is not None
    return first[-1] is None or whole or (all(begin) and len(begin) > 1)


def _values(source: str, blocks: Iterator[bytes | None], bounds: Limits) -> Iterator[Item]:
    frames = Frames(blocks, bounds.record_bytes)
    number = 0
    for number, frame in enumerate(frames, start=1):
        yield _of_content(source, f"record {number}", frame.content, bounds)
    if frames.endless:
        yield _endless(source, number)
    elif frames.closed:
        reason = "a bracket that closes nothing; what follows was not read"
        yield ImportIssue(source=source, record=f"after record {number}", reason=reason)


def _endless(source: str, number: int) -> ImportIssue:
    reason = f"{EMPTY:,} commas with nothing between them; what follows was not read"
    return ImportIssue(source=source, record=f"after record {number}", reason=reason)


def _of_content(source: str, label: str, content: bytes | None, bounds: Limits) -> Item:
    if content is None:
        return ImportIssue(source=source, record=label, reason=too_long(bounds.record_bytes))
    found = parsed_bytes(content)
    return _checked(source, label, why_broken(content) if found is None else found.value)


def _checked(source: str, label: str, value: Json | Broken) -> Item:
    if isinstance(value, Broken):
        return ImportIssue(source=source, record=label, reason=value.reason, raw=value.raw)
    if too_deep(value):
        return ImportIssue(source=source, record=label, reason=f"nested deeper than {MAX_DEPTH} levels")
    return Record(label, value)
