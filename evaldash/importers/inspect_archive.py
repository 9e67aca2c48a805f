"""Logs of Inspect AI as archives: a header, and a file for each sample; each sample comes with what the header says."""

from __future__ import annotations

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
ABOUT = ("eval", "plan", "status")  # of the header: what each sample is told


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


def _read(archive: zipfile.ZipFile, name: str, allowance: Allowance) -> Record | ImportIssue:
    try:
        with unpacked(archive.open(name), allowance, f"{allowance.name}/{name}") as file:
            text = file.read().decode("utf-8", "surrogateescape")
    except NotImplementedError:
        reason = (
            "packed by a method that is not read; convert the log with `inspect log convert --to eval` or `--to json`"
        )
        return ImportIssue(source=allowance.name, record=name, reason=reason)
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:  # RuntimeError: it is locked with a password
        return ImportIssue(source=allowance.name, record=name, reason=f"damaged in the archive: {error}")
    except UnreadableSource as error:
        return ImportIssue(source=allowance.name, record=name, reason=str(error))
    found = parsed(text)
    if found is None:
        broken = why_broken(text)
        return ImportIssue(source=allowance.name, record=name, reason=broken.reason, raw=broken.raw)
    return Record(name, found.value)
