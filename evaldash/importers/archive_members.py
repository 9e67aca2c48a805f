"""The members of zip and tar archives: which there are, which are not read and why, and how one is opened."""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from evaldash.errors import UnreadableSource
from evaldash.importers.sources import why_skip
from evaldash.importers.temporary import part_of
from evaldash.importers.unpacking import CutOff, Reads, unpacked

ZSTD = 93  # zip's number for Zstandard
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, ZSTD)
LOCAL_HEADER = 30  # bytes before the name of a member
ENTRY = 150  # bytes of a member in the list of a zip archive, on average
LEAST = 1 << 20  # bytes that the list may have however few members are allowed
TAR_HEADER = 1 << 20  # bytes that the names and notes of a tar member may take
LOCKED = 1  # bit of a zip member's flags


class _Careful:
    """A file whose lists of members are read with care: one that is too long is not taken into memory."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._most = most
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, size: int = -1, /) -> bytes:
        """Read bytes; UnreadableSource for more than the list of members may be long."""
        if size > self._most:
            raise UnreadableSource(
                f"an archive lists its files in {size:,} bytes, which are more than EVALDASH_MAX_MEMBERS takes; "
                "unpack it yourself, or raise that limit"
            )
        return self._file.read(size)


def _careful(file: IO[bytes], most: int) -> IO[bytes]:
    return cast("IO[bytes]", _Careful(file, most))  # all that zipfile and tarfile use of one


def zip_members(file: IO[bytes], name: str, most: int) -> list[zipfile.ZipInfo]:
    """Return the members of a zip archive; raises UnreadableSource for a damaged one, or one of far too many."""
    try:
        with zipfile.ZipFile(_careful(file, max(most * ENTRY, LEAST))) as archive:
            return archive.infolist()
    # RuntimeError, struct.error: what a broken list of files makes Python's reader raise
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, struct.error) as error:
        raise UnreadableSource(f"{name} is a damaged zip archive: {error}; get it again") from error


def tar_members(file: IO[bytes], most: int) -> tuple[list[tarfile.TarInfo], str | None]:
    """Return the members of a tar archive, at most one more than `most`, and what is wrong behind them."""
    found: list[tarfile.TarInfo] = []
    try:
        with tarfile.open(fileobj=_careful(file, TAR_HEADER), mode="r:") as archive:
            for member in archive:
                found.append(member)
                if len(found) > most:
                    break
    except (tarfile.TarError, EOFError, ValueError, UnreadableSource) as error:
        return found, str(error)
    return found, None


def open_member(opener: Callable[[], BinaryIO], member: zipfile.ZipInfo, name: str) -> BinaryIO:
    """Open a member of a zip archive by its place, without reading the list of members again."""
    file = opener()
    try:
        start = _start(file, member)
    except (OSError, CutOff):
        file.close()
        raise
    if member.compress_type == ZSTD:  # which Python's zipfile does not read before 3.14
        file.close()
        return unpacked(unzstd(part_of(opener, start, member.compress_size)()), None, name)
    return unpacked(zipfile.ZipExtFile(file, "r", member, None, True), None, name)


def unzstd(packed: IO[bytes]) -> Reads:
    """Return what a Zstandard stream holds."""
    import zstandard

    return zstandard.ZstdDecompressor().stream_reader(packed)


def _start(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Go to where the packed bytes of a member begin, and tell the place."""
    file.seek(member.header_offset)
    header = file.read(LOCAL_HEADER)
    if len(header) < LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
        raise CutOff(f"{member.filename} is not where its archive says; get the archive again")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    return file.seek(name_length + extra_length, os.SEEK_CUR)


def why_not_tar_member(member: tarfile.TarInfo) -> str | None:
    """Return why a member of a tar archive is not read, None where it is."""
    if member.islnk() or member.issym():
        return "a link; only plain files of an archive are read"
    if not member.isfile():
        return "a device or pipe; only plain files of an archive are read"
    if member.issparse():
        return "a file with holes; pack the archive without --sparse"
    return _why_not_name(member.name)


def why_not_zip_member(member: zipfile.ZipInfo) -> str | None:
    """Return why a member of a zip archive is not read, None where it is."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link; only plain files of an archive are read"
    if member.flag_bits & LOCKED:
        return "locked with a password; unpack the archive first"
    if member.compress_type not in READABLE:
        return f"packed by a method ({member.compress_type}) that is not read; pack the archive with deflate"
    return _why_not_name(member.filename)


def _why_not_name(name: str) -> str | None:
    plain = name.replace("\\", "/")
    if plain.startswith("/") or ":" in plain.split("/")[0] or ".." in PurePosixPath(plain).parts:
        return "its path leads out of the archive"
    return why_skip(plain)
