"""Bytes out of packed files: counted, so that no bomb goes off, and cut-off ones end in a sentence."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass, field
from typing import IO, BinaryIO, Protocol
from zipfile import BadZipFile

from zstandard import ZstdError

from evaldash.config import Limits
from evaldash.errors import UnreadableSource

FREE = 64 << 20  # unpacked bytes below which no ratio is suspicious: an empty log packs a thousand times


class Reads(Protocol):
    """A stream of unpacked bytes; `read1` gives what comes, and fails only where nothing came."""

    def read1(self, size: int, /) -> bytes:
        """Return at most so many bytes, b"" at the end."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class CutOff(UnreadableSource):
    """Packed data ends in the middle or is damaged; what came before is sound."""


@dataclass(slots=True)
class Budget:
    """What may be unpacked of one file that was given, over all archives in it; reading a part again is free."""

    name: str
    packed: int  # bytes
    limits: Limits
    _used: int = 0
    _most: dict[str, int] = field(default_factory=dict)  # bytes by part

    def allowance(self, part: str) -> Allowance:
        """Return what counts the bytes of one part, from its beginning."""
        return Allowance(self, part)

    def count(self, part: str, bytes_: int) -> None:
        """Count a part up to so many bytes; UnreadableSource once all parts are too many."""
        grown = bytes_ - self._most.get(part, 0)
        if grown <= 0:
            return
        self._most[part] = bytes_
        self._used += grown
        if self._used > self.limits.unpacked_bytes:
            raise UnreadableSource(
                f"{self.name} holds more than {self.limits.unpacked_bytes:,} bytes unpacked; "
                "unpack it yourself, or raise EVALDASH_MAX_UNPACKED_BYTES"
            )
        if self._used > max(FREE, self.packed * self.limits.unpack_ratio):
            raise UnreadableSource(
                f"{self.name} unpacks to more than {self.limits.unpack_ratio} times its size, like a zip bomb; "
                "unpack it yourself if you trust it, or raise EVALDASH_MAX_UNPACK_RATIO"
            )


class Allowance:
    """Counts the unpacked bytes of one part of a budget while they are read."""

    def __init__(self, budget: Budget, part: str) -> None:
        self.name = part
        self._budget = budget
        self._used = 0

    def take(self, count: int) -> None:
        """Count unpacked bytes; UnreadableSource once they are too many."""
        self._used += count
        self._budget.count(self.name, self._used)


class Unpacked(io.RawIOBase):
    """A stream of unpacked bytes that is counted and whose defects are sentences."""

    def __init__(self, stream: Reads, allowance: Allowance | None, name: str) -> None:
        self._stream = stream
        self._allowance = allowance  # None: its size is known and was counted
        self._name = name

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`; raises CutOff where the packed data ends or breaks."""
        try:
            data = self._stream.read1(len(buffer))  # read would lose what comes before a defect
        except EOFError as error:
            raise CutOff(f"{self._name} is cut off: its packed data ends in the middle; get it again") from error
        except (OSError, zlib.error, BadZipFile, ZstdError) as error:  # a header or a checksum is wrong
            raise CutOff(f"{self._name} is damaged: its packed data cannot be read; get it again") from error
        if self._allowance is not None:
            self._allowance.take(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the stream below as well."""
        if not self.closed:
            self._stream.close()
        super().close()


def unpacked(stream: Reads, allowance: Allowance | None, name: str) -> io.BufferedReader:
    """Return unpacked bytes as a file to read."""
    return io.BufferedReader(Unpacked(stream, allowance, name))


def gunzipped(packed: IO[bytes], allowance: Allowance, name: str) -> io.BufferedReader:
    """Return what a gzip file holds."""
    return unpacked(gzip.GzipFile(fileobj=packed, mode="rb"), allowance, name)


def next_bytes(file: BinaryIO, size: int) -> bytes:
    """Return at most so many bytes, as they come: where a file breaks off, what stands before that is not lost."""
    return file.read1(size) if isinstance(file, io.BufferedReader) else file.read(size)
