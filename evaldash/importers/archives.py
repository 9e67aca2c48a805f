"""Archives become the files in them: nothing is written to disk under a name that an archive chose."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import IO, BinaryIO

from evaldash.config import Limits, limits
from evaldash.errors import UnreadableSource
from evaldash.importers.inspect_archive import is_inspect
from evaldash.importers.sheets import is_workbook
from evaldash.importers.sources import Skipped, SourceFile, find, natural, why_skip
from evaldash.importers.unpacking import Allowance, gunzipped, unpacked

ZIP, GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
}
TAR_MARK, TAR_AT = b"ustar", 257  # bytes from the beginning
HEAD = 512  # bytes that tell what a file is
MAX_NESTED = 2  # archives within archives
COPIED = 1 << 20  # bytes copied at once
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
Found = Iterator[SourceFile | Skipped]


def expand(paths: Iterable[str]) -> Found:
    """Yield the files that paths name, those in archives included; raises UnreadableSource for a path that is none."""
    return opened(find(paths))


def opened(found: Iterable[SourceFile | Skipped]) -> Found:
    """Yield files, and in place of each archive the files in it; a bad archive among others is skipped."""
    files = list(found)
    for item in files:
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            yield from _opened(item, limits(), nested=0)
        except UnreadableSource as error:
            if len(files) == 1:
                raise
            yield Skipped(item.name, str(error))


def _opened(source: SourceFile, bounds: Limits, *, nested: int) -> Found:
    try:
        with source.open() as file:
            head = file.read(HEAD)
    except OSError as error:
        raise UnreadableSource(f"{source.name} cannot be opened: {error.strerror}") from error
    other = next((name for mark, name in OTHERS.items() if head.startswith(mark)), None)
    if other:
        raise UnreadableSource(f"{source.name} is packed with {other}; unpack it, or pack it as .zip, .gz or .tar.gz")
    reader = _reader(head)
    if reader is None:
        yield source
    elif nested > MAX_NESTED:
        raise UnreadableSource(f"{source.name} is an archive in an archive in an archive; unpack it first")
    else:
        yield from reader(source, Allowance(source.name, max(source.size, 1), bounds), nested)


def _reader(head: bytes) -> Callable[[SourceFile, Allowance, int], Found] | None:
    if head.startswith(ZIP):
        return _zip
    if head.startswith(GZIP):
        return _gzip
    return _tar if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    return head[TAR_AT : TAR_AT + len(TAR_MARK)] == TAR_MARK


def _inner(found: SourceFile, allowance: Allowance, nested: int) -> Found:
    """Yield a file of an archive, or what is in it; one that cannot be opened does not harm the others."""
    try:
        yield from _opened(found, allowance.limits, nested=nested + 1)
    except UnreadableSource as error:
        yield Skipped(found.name, str(error))


def _gzip(source: SourceFile, allowance: Allowance, nested: int) -> Found:
    def open_() -> BinaryIO:
        return gunzipped(source.open(), Allowance(source.name, allowance.packed, allowance.limits), source.name)

    with open_() as file:
        is_tar = _is_tar(file.read(HEAD))
    inner = source.name.removesuffix(".gz").removesuffix(".tgz")
    plain = SourceFile(inner, open_, _gzip_size(source), source.root, source.has_changed)
    if not is_tar:
        yield from _opened(plain, allowance.limits, nested=nested + 1)
        return
    with open_() as file:
        copy = _copied(file)
    yield from _tar(SourceFile(source.name, partial(_again, copy), copy.seek(0, 2), source.root), allowance, nested)


def _gzip_size(source: SourceFile) -> int:
    """Return the unpacked size that a gzip file tells (modulo 4 GB), for progress; at least its packed one."""
    with source.open() as file:
        if not file.seekable():
            return source.size
        file.seek(-4, os.SEEK_END)
        return max(source.size, int.from_bytes(file.read(4), "little"))


def _copied(file: IO[bytes]) -> IO[bytes]:
    """Return a nameless copy on disk, in which one can jump; it goes when nobody holds it."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the sources that read it)
    while block := file.read(COPIED):
        copy.write(block)
    return copy


def _again(file: IO[bytes], start: int = 0, size: int | None = None) -> BinaryIO:
    return io.BufferedReader(_Slice(file, start, size))


class _Slice(io.RawIOBase):
    """A part of a file, with a place of its own: several may be read at once."""

    def __init__(self, file: IO[bytes], start: int, size: int | None) -> None:
        self._file = file
        self._start = start
        self._size = file.seek(0, os.SEEK_END) - start if size is None else size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._size - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _tar(source: SourceFile, allowance: Allowance, nested: int) -> Found:
    file: IO[bytes] = source.open()
    if not file.seekable():
        file = _copied(file)
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            members = _counted(source, archive, allowance.limits)
    except (tarfile.TarError, EOFError) as error:
        raise UnreadableSource(f"{source.name} is damaged: {error}; get it again") from error
    for member in sorted(members, key=lambda member: natural(member.name)):
        name = f"{source.name}/{member.name}"
        reason = _tar_reason(member)
        if member.isdir():
            continue
        if reason:
            yield Skipped(name, reason)
            continue
        opener = partial(_again, file, member.offset_data, member.size)
        yield from _inner(SourceFile(name, opener, member.size, source.root), allowance, nested)


def _counted(source: SourceFile, archive: tarfile.TarFile, bounds: Limits) -> list[tarfile.TarInfo]:
    found: list[tarfile.TarInfo] = []
    for member in archive:
        found.append(member)
        if len(found) > bounds.members:
            raise _too_many(source, bounds)
    return found


def _tar_reason(member: tarfile.TarInfo) -> str | None:
    if member.islnk() or member.issym():
        return "a link; only plain files of an archive are read"
    if not member.isfile():
        return "a device or pipe; only plain files of an archive are read"
    return _reason(member.name)


def _reason(name: str) -> str | None:
    """Return why a member is not read, by its name alone."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or ":" in plain.split("/")[0] or ".." in PurePosixPath(plain).parts:
        return "its path leads out of the archive"
    return why_skip(plain)


def _zip(source: SourceFile, allowance: Allowance, nested: int) -> Found:
    try:
        file = source.open()
        archive = zipfile.ZipFile(file if file.seekable() else _again(_copied(file)))
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableSource(f"{source.name} is a damaged zip archive: {error}; get it again") from error
    names = {member.filename for member in members}
    if is_workbook(names) or is_inspect(names):
        yield source  # one document, whose parts make sense together only
        return
    if len(members) > allowance.limits.members:
        raise _too_many(source, allowance.limits)
    Allowance(source.name, allowance.packed, allowance.limits).take(sum(member.file_size for member in members))
    for member in sorted(members, key=lambda member: natural(member.filename)):
        if member.is_dir():
            continue
        name = f"{source.name}/{member.filename}"
        if reason := _zip_reason(member):
            yield Skipped(name, reason)
        else:
            opener = partial(_zip_member, archive, member, allowance, name)
            yield from _inner(SourceFile(name, opener, member.file_size, source.root), allowance, nested)


def _zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowance: Allowance, name: str) -> BinaryIO:
    own = Allowance(allowance.name, allowance.packed, allowance.limits)
    try:
        return unpacked(archive.open(member), own, name)
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise UnreadableSource(f"{name} is damaged in its archive: {error}; get it again") from error


def _zip_reason(member: zipfile.ZipInfo) -> str | None:
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link; only plain files of an archive are read"
    if member.flag_bits & 1:
        return "locked with a password; unpack the archive first"
    if member.compress_type not in READABLE:
        return f"packed by a method ({member.compress_type}) that is not read; pack the archive with deflate"
    return _reason(member.filename)


def _too_many(source: SourceFile, bounds: Limits) -> UnreadableSource:
    return UnreadableSource(
        f"{source.name} holds more than {bounds.members:,} files; unpack it yourself, or raise EVALDASH_MAX_MEMBERS"
    )
