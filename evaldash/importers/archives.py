"""Archives become the files in them: nothing is written to disk under a name that an archive chose."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

from evaldash.config import Limits, limits
from evaldash.errors import UnreadableSource
from evaldash.importers.archive_members import (
    open_member,
    tar_members,
    why_not_tar_member,
    why_not_zip_member,
    zip_members,
)
from evaldash.importers.inspect_archive import is_inspect
from evaldash.importers.parquet import MARK as PARQUET
from evaldash.importers.sheets import is_workbook
from evaldash.importers.sources import Skipped, SourceFile, find, natural
from evaldash.importers.temporary import Copies, part_of
from evaldash.importers.unpacking import Budget, gunzipped

ZIP, GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
}
TAR_MARK, TAR_AT = b"ustar", 257  # bytes from the beginning
PROJECT = "evaldash.json"  # the manifest of an exported project, which is one document
HEAD = 512  # bytes that tell what a file is
MAX_NESTED = 1  # archives around an archive: a .gz in a .zip is opened, a .zip in that is not
Found = Iterator[SourceFile | Skipped]


@dataclass(frozen=True, slots=True)
class _Around:
    """What all that is found in one file that was given shares."""

    budget: Budget
    copies: Copies
    nested: int = 0

    @property
    def limits(self) -> Limits:
        return self.budget.limits

    def inside(self) -> _Around:
        return replace(self, nested=self.nested + 1)


def expand(paths: Iterable[str]) -> Found:
    """Yield the files that paths name, those in archives included; raises UnreadableSource for a path that is none."""
    return opened(find(paths))


def opened(found: Iterable[SourceFile | Skipped]) -> Found:
    """Yield files, and in place of each archive the files in it; a bad archive among others is skipped."""
    files, copies, bounds = list(found), Copies(), limits()
    for item in files:
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            yield from _opened(item, _Around(Budget(item.name, max(item.size, 1), bounds), copies))
        except UnreadableSource as error:
            if len(files) == 1:
                raise
            yield Skipped(item.name, str(error))


def _opened(source: SourceFile, around: _Around) -> Found:
    try:
        with source.open() as file:
            head, can_jump = file.read(HEAD), file.seekable()
    except OSError as error:
        raise UnreadableSource(f"{source.name} cannot be opened: {error.strerror}") from error
    other = next((name for mark, name in OTHERS.items() if head.startswith(mark)), None)
    if other:
        raise UnreadableSource(f"{source.name} is packed with {other}; unpack it, or pack it as .zip, .gz or .tar.gz")
    reader = _reader(head)
    if reader and around.nested > MAX_NESTED:
        raise UnreadableSource(f"{source.name} is an archive in an archive in an archive; unpack it first")
    if not can_jump and (reader in (_zip, _tar) or head.startswith(PARQUET)):
        yield from _copied(source, around)
    elif reader:
        yield from reader(source, around)
    else:
        yield source


def _reader(head: bytes) -> Callable[[SourceFile, _Around], Found] | None:
    if head.startswith(ZIP):
        return _zip
    if head.startswith(GZIP):
        return _gzip
    return _tar if head[TAR_AT : TAR_AT + len(TAR_MARK)] == TAR_MARK else None


def _copied(source: SourceFile, around: _Around) -> Found:
    """Open a copy of what is packed, and in which one must jump to read it; what is cut off is read to there."""
    with source.open() as file:
        copy = around.copies.put(file, source.name)
    yield from _opened(replace(source, open=copy.open, size=copy.size), around)
    if copy.cut:
        yield Skipped(source.name, f"{copy.cut}; the files before that are read")


def _inner(found: SourceFile, around: _Around) -> Found:
    """Yield a file of an archive, or what is in it; one that cannot be opened does not harm the others."""
    try:
        yield from _opened(found, around.inside())
    except UnreadableSource as error:
        yield Skipped(found.name, str(error))


def _gzip(source: SourceFile, around: _Around) -> Found:
    """Open what is packed; a tar in it is no further level, for .tar.gz is one format."""

    def open_() -> BinaryIO:
        return gunzipped(source.open(), around.budget.allowance(source.name), source.name)

    with open_() as file:
        is_tar = _reader(file.read(HEAD)) is _tar
    if is_tar:
        yield from _opened(replace(source, open=open_), around)
    else:
        inner = source.name.removesuffix(".gz").removesuffix(".tgz")
        yield from _opened(replace(source, name=inner, open=open_, size=_gzip_size(source)), around.inside())


def _gzip_size(source: SourceFile) -> int:
    """Return the unpacked size that a gzip file tells (modulo 4 GB), for progress; at least its packed one."""
    with source.open() as file:
        if not file.seekable():
            return source.size
        file.seek(-4, os.SEEK_END)
        return max(source.size, int.from_bytes(file.read(4), "little"))


def _tar(source: SourceFile, around: _Around) -> Found:
    with source.open() as file:
        members, problem = tar_members(file, around.limits.members)
    if problem and not members:
        raise UnreadableSource(f"{source.name} is damaged: {problem}; get it again")
    if len(members) > around.limits.members:
        raise _too_many(source, around.limits)
    for member in sorted(members, key=lambda member: natural(member.name)):
        name = f"{source.name}/{member.name}"
        if member.isdir():
            continue
        if reason := why_not_tar_member(member):
            yield Skipped(name, reason)
            continue
        opener = part_of(source.open, member.offset_data, member.size)
        yield from _inner(replace(source, name=name, open=opener, size=member.size), around)
    if problem:
        yield Skipped(source.name, f"it is damaged: {problem}; the files before that are read")


def _zip(source: SourceFile, around: _Around) -> Found:
    with source.open() as file:
        members = zip_members(file, source.name, around.limits.members)
    names = {member.filename for member in members}
    if PROJECT in names:
        yield replace(source, is_project=True)
        return
    if is_workbook(names) or is_inspect(names):
        yield source  # one document, whose parts make sense together only
        return
    if len(members) > around.limits.members:
        raise _too_many(source, around.limits)
    around.budget.count(source.name, sum(member.file_size for member in members))
    for member in sorted(members, key=lambda member: natural(member.filename)):
        name = f"{source.name}/{member.filename}"
        if member.is_dir():
            continue
        if reason := why_not_zip_member(member):
            yield Skipped(name, reason)
            continue
        opener = partial(open_member, source.open, member, name)
        yield from _inner(replace(source, name=name, open=opener, size=member.file_size), around)


def _too_many(source: SourceFile, bounds: Limits) -> UnreadableSource:
    return UnreadableSource(
        f"{source.name} holds more than {bounds.members:,} files; unpack it yourself, or raise EVALDASH_MAX_MEMBERS"
    )
