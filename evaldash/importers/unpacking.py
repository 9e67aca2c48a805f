"""Bytes out of packed files: counted, so that no bomb goes off, and cut-off ones end in a sentence."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import IO, Protocol
from zipfile import BadZipFile

from zstandard import ZstdError

from evaldash.config import Limits
from evaldash.errors import UnreadableSource

FREE = 64 << 20  # unpacked bytes below which no ratio is suspicious: an empty log packs a thousand times


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class Allowance:
    """What may still be unpacked of one archive, over all its members."""

    name: str
    packed: int  # bytes
    limits: Limits
    used: int = 0

    def take(self, count: int) -> None:
        """Count unpacked bytes; UnreadableSource once they are too many."""
        self.used += count
        if self.used > self.limits.unpacked_bytes:
            raise UnreadableSource(
                f"{self.name} holds more than {self.limits.unpacked_bytes:,} bytes unpacked; "
                "unpack it yourself, or raise EVALDASH_MAX_UNPACKED_BYTES"
            )
        if self.used > max(FREE, self.packed * self.limits.unpack_ratio):
            raise UnreadableSource(
                f"{self.name} unpacks to more than {self.limits.unpack_ratio} times its size, like a zip bomb; "
                "unpack it yourself if you trust it, or raise EVALDASH_MAX_UNPACK_RATIO"
            )


class Unpacked(io.RawIOBase):
    """A stream of unpacked bytes that is counted and whose defects are sentences."""

    def __init__(self, stream: _Reads, allowance: Allowance, name: str) -> None:
        self._stream = stream
        self._allowance = allowance
        self._name = name

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`; raises UnreadableSource where the packed data ends or breaks."""
        try:
            data = self._stream.read(len(buffer))
        except EOFError as error:
            raise UnreadableSource(
                f"{self._name} is cut off: its packed data ends in the middle; get it again"
            ) from error
        except (OSError, zlib.error, BadZipFile, ZstdError) as error:  # a header or a checksum is wrong
            raise UnreadableSource(f"{self._name} is damaged: its packed data cannot be read; get it again") from error
        self._allowance.take(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the stream below as well."""
        if not self.closed:
            self._stream.close()
        super().close()


def unpacked(stream: _Reads, allowance: Allowance, name: str) -> io.BufferedReader:
    """Return unpacked bytes as a file to read."""
    return io.BufferedReader(Unpacked(stream, allowance, name))


def gunzipped(packed: IO[bytes], allowance: Allowance, name: str) -> io.BufferedReader:
    """Return what a gzip file holds."""
    return unpacked(gzip.GzipFile(fileobj=packed, mode="rb"), allowance, name)
