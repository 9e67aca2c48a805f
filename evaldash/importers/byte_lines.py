"""Lines out of blocks of bytes, with their numbers; one that is too long is passed over and named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BLOCK = 1 << 18  # bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number from 1, without its end; `content` is None for one that is too long."""

    number: int
    content: bytes | None


def byte_lines(blocks: Iterable[bytes], longest: int) -> Iterator[Line]:
    """Yield all lines, blank ones too; of one longer than `longest` bytes nothing is held."""
    held: list[bytes] = []  # blocks of a line that is not whole yet
    length, number = 0, 0
    for block in blocks:
        parts = block.split(b"\n")
        for part in parts[:-1]:
            number += 1
            length += len(part)
            yield Line(number, b"".join([*held, part]).removesuffix(b"\r") if length <= longest else None)
            held, length = [], 0
        length += len(parts[-1])
        if length <= longest:
            held.append(parts[-1])
        else:
            held = []
    if length:
        yield Line(number + 1, b"".join(held) if length <= longest else None)
