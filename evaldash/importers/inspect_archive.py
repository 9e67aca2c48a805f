"""Logs of Inspect AI as archives: a header, and a file for each sample; each sample comes with what the header says."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Collection, Iterator
from typing import BinaryIO

from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.base import Record
from evaldash.importers.json_text import parsed, why_broken
from evaldash.importers.sources import natural
from evaldash.importers.unpacking import Allowance, unpacked

SAMPLES, HEADER, STARTED = "samples/", "header.json", "_journal/start.json"
ZSTD = 93  # zip's number for Zstandard
LOCAL_HEADER = 30  # bytes before the name of a member
ABOUT = ("eval", "plan", "status", "error", "tags", "metadata")  # of the header: what each sample is told


def is_inspect(names: Collection[str]) -> bool:
    """Tell whether the files of an archive are those of a log; one that was cut short has no header yet."""
    return HEADER in names or STARTED in names


def inspect_records(file: BinaryIO, allowance: Allowance) -> Iterator[Record | ImportIssue]:
    """Yield a record for each sample: {"inspect_sample": …, "inspect_log": …}."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        header = _read(archive, HEADER if HEADER in names else STARTED, allowance)
        about: dict[str, Json] = {}
        if isinstance(header, Record) and isinstance(header.value, dict):
            about = {name: header.value[name] for name in ABOUT if name in header.value}
        for name in sorted((name for name in names if name.startswith(SAMPLES)), key=natural):
            item = _read(archive, name, allowance)
            if isinstance(item, Record):
                yield Record(name, {"inspect_sample": item.value, "inspect_log": dict(about)})
            else:
                yield item


def _unzstd(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    """Return a member packed with Zstandard, which Python's zipfile does not read before 3.14."""
    import zstandard

    file = archive.fp
    assert file is not None  # it is open
    file.seek(member.header_offset)
    header = file.read(LOCAL_HEADER)
    if len(header) < LOCAL_HEADER:
        raise zipfile.BadZipFile("a file header is cut off")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, os.SEEK_CUR)
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(file.read(member.compress_size)))


def _read(archive: zipfile.ZipFile, name: str, allowance: Allowance) -> Record | ImportIssue:
    try:
        member = archive.getinfo(name)
        stream = _unzstd(archive, member) if member.compress_type == ZSTD else archive.open(member)
        with unpacked(stream, allowance, f"{allowance.name}/{name}") as file:
            text = file.read().decode("utf-8", "surrogateescape")
    # NotImplementedError: a method nobody knows; RuntimeError: it is locked with a password
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        return ImportIssue(source=allowance.name, record=name, reason=f"damaged in the archive: {error}")
    except UnreadableSource as error:
        return ImportIssue(source=allowance.name, record=name, reason=str(error))
    found = parsed(text)
    if found is None:
        broken = why_broken(text)
        return ImportIssue(source=allowance.name, record=name, reason=broken.reason, raw=broken.raw)
    return Record(name, found.value)
