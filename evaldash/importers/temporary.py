"""Nameless copies on disk of what can be read only once, so that one can jump in it and read it again."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO, BinaryIO

from evaldash.errors import UnreadableSource
from evaldash.importers.unpacking import CutOff, next_bytes

COPIED = 1 << 20  # bytes copied at once
Opener = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy: how to open it, its bytes, and why it ends early where it does."""

    open: Opener
    size: int
    cut: str | None = None


class Copies:
    """Many copies in one file, which has no name and goes when nobody can open a copy any more."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()  # pages preview a source while a job reads it

    def put(self, file: BinaryIO, name: str) -> Copy:
        """Copy a file to its end, or to where it is cut off; raises UnreadableSource for a disk that is full."""
        target = self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the copies)
        start = target.seek(0, os.SEEK_END)
        cut = None
        try:
            while block := next_bytes(file, COPIED):
                target.write(block)
            target.flush()
        except CutOff as error:
            cut = str(error)
        except OSError as error:
            raise UnreadableSource(f"{name} cannot be unpacked to the temporary folder: {error.strerror}") from error
        size = target.seek(0, os.SEEK_END) - start
        return Copy(partial(_opened, target, self._lock, start, size), size, cut)


def part_of(opener: Opener, start: int, size: int) -> Opener:
    """Return how to open a part of a file, which is opened anew each time."""
    return lambda: _opened(opener(), threading.Lock(), start, size, own=True)


def _opened(file: IO[bytes], lock: threading.Lock, start: int, size: int, *, own: bool = False) -> BinaryIO:
    return io.BufferedReader(_Slice(file, lock, start, size, own=own))


class _Slice(io.RawIOBase):
    """A part of a file, with a place of its own: several may be read at once."""

    def __init__(self, file: IO[bytes], lock: threading.Lock, start: int, size: int, *, own: bool) -> None:
        self._file = file
        self._lock = lock
        self._start = start
        self._size = size
        self._own = own  # to be closed with this
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._size - self._at))
        with self._lock:
            self._file.seek(self._start + self._at)
            data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if self._own and not self.closed:
            self._file.close()
        super().close()
