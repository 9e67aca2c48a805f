"""Where JSON values begin and end in a stream of bytes, found without parsing them: brackets outside of strings.

So a broken value costs only itself, one that is too long is passed over without being held, and the parser gets bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

QUOTE, OPENS, CLOSES, COMMA, BACKSLASH = 1, 2, 3, 4, 5
_MARKS = {b'"': QUOTE, b"{": OPENS, b"[": OPENS, b"}": CLOSES, b"]": CLOSES, b",": COMMA, b"\\": BACKSLASH}
_KINDS = bytes(_MARKS.get(bytes([byte]), 0) for byte in range(256))
_STEP = np.array([0, 0, 1, -1, 0, 0], dtype=np.int64)  # what each kind adds to the depth
BLANK = b" \t\r\n"
EMPTY = 1_000_000  # commas with nothing between them, behind which nothing is looked for
FOLLOWING = 40  # bytes behind the end of an array that are looked at


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes of one value; `content` is None where it is too long, `whole` False where the stream ends in it."""

    content: bytes | None
    whole: bool = True


class Frames:
    """Values one after the other, apart by commas or nothing; the `]` that closes an array around them ends them."""

    def __init__(self, blocks: Iterator[bytes | None], longest: int) -> None:
        self.closed = False
        self.endless = False  # nothing but commas
        self.following = b""  # what stands behind the closing bracket, its beginning
        self._blocks = blocks
        self._longest = longest  # bytes
        self._held: list[bytes] = []
        self._length = 0
        self._depth = 0
        self._in_string = False
        self._empty = 0

    def __iter__(self) -> Iterator[Frame]:
        carried = b""
        for block in self._blocks:
            if block is None:  # bytes of a value that were passed over
                self._held, self._length = [], self._longest + 1
                continue
            data = carried + block
            # A backslash at the end may escape what comes next; two of them escape nothing.
            cut = len(data) - (len(data) - len(data.rstrip(b"\\"))) % 2
            carried = data[cut:]
            yield from self._of_block(data[:cut])
            if self.closed:
                self._follow()
            if self.closed or self.endless:
                return
        if carried:
            self._hold(carried)
        last = self._taken()
        if last is None or last.strip(BLANK):
            yield Frame(last, whole=False)

    def _of_block(self, data: bytes) -> Iterator[Frame]:
        start = 0
        for end, kind in self._ends(data):
            self.closed = kind == CLOSES and self._depth < 0
            self._hold(data[start:end] if kind == COMMA or self.closed else data[start : end + 1])
            start = end + 1
            value = self._taken()
            if value is None or value.strip(BLANK):
                self._empty = 0
                yield Frame(value)
            self._empty += 1
            self.endless = self._empty > EMPTY
            if self.closed or self.endless:
                self.following = data[start:]
                return
        self._hold(data[start:])

    def _ends(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the places at which a value ends, with what stands there; keeps the depth for the next block."""
        places, kinds = _marks(data)
        if not len(places):
            return
        outside = ((np.cumsum(kinds == QUOTE) + self._in_string) & 1) == 0
        self._in_string = not outside[-1]
        depths = np.cumsum(_STEP[kinds] * outside) + self._depth
        ends = outside & (((kinds == CLOSES) & (depths <= 0)) | ((kinds == COMMA) & (depths == 0)))
        for index in np.flatnonzero(ends).tolist():
            self._depth = int(depths[index])
            yield int(places[index]), int(kinds[index])
        self._depth = int(depths[-1])

    def _hold(self, part: bytes) -> None:
        self._length += len(part)
        if self._length <= self._longest:
            self._held.append(part)
        else:
            self._held = []

    def _taken(self) -> bytes | None:
        value = b"".join(self._held) if self._length <= self._longest else None
        self._held, self._length = [], 0
        return value

    def _follow(self) -> None:
        """Look at what stands behind the array."""
        seen = self.following.lstrip(BLANK)
        while len(seen) < FOLLOWING and (block := next(self._blocks, None)):
            seen = (seen + block).lstrip(BLANK)
        self.following = seen[:FOLLOWING]


def _marks(data: bytes) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.uint8]]]:
    """Return the places of brackets, commas, and quotes that are not escaped, with what each is."""
    kinds = np.frombuffer(data.translate(_KINDS), dtype=np.uint8)
    places = np.flatnonzero(kinds != 0)
    kinds = kinds[places]
    slashes = kinds == BACKSLASH
    if slashes.any():
        kinds[_escaped(places, slashes)] = BACKSLASH
    return places, kinds


def _escaped(places: np.ndarray[Any, np.dtype[np.int64]], slashes: np.ndarray[Any, np.dtype[np.bool_]]) -> Any:
    """Tell for each place whether an odd number of backslashes stands right before it."""
    behind = np.zeros(len(places), dtype=bool)  # right behind a backslash
    behind[1:] = slashes[:-1] & (np.diff(places) == 1)
    order = np.arange(len(places))
    begins = np.maximum.accumulate(np.where(slashes & ~behind, order, 0))  # of the run of backslashes
    odd = np.zeros(len(places), dtype=bool)
    odd[1:] = ((order - begins) & 1)[:-1] == 0
    return behind & odd & ~slashes
