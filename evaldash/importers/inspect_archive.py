"""Logs of Inspect AI as archives: a header, and a file for each sample; each sample comes with what the header says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from zipfile import ZipInfo

from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.archive_members import open_member, why_not_zip_member, zip_members
from evaldash.importers.base import Record
from evaldash.importers.json_text import parsed_bytes, too_long, why_broken
from evaldash.importers.sources import SourceFile, natural
from evaldash.importers.unpacking import Budget

SAMPLES, HEADER, STARTED = "samples/", "header.json", "_journal/start.json"
ABOUT = ("eval", "plan", "status", "error", "tags", "metadata")  # of the header: what each sample is told


def is_inspect(names: Collection[str]) -> bool:
    """Tell whether the files of an archive are those of a log; one that was cut short has no header yet."""
    return HEADER in names or STARTED in names


def inspect_records(source: SourceFile, budget: Budget) -> Iterator[Record | ImportIssue]:
    """Yield a record for each sample: {"inspect_sample": …, "inspect_log": …}."""
    with source.open() as file:
        members = {member.filename: member for member in zip_members(file, source.name, budget.limits.members)}
    header = _read(source, members.get(HEADER) or members[STARTED], budget)
    about: dict[str, Json] = {}
    if isinstance(header, Record) and isinstance(header.value, dict):
        about = {name: header.value[name] for name in ABOUT if name in header.value}
    for name in sorted((name for name in members if name.startswith(SAMPLES)), key=natural):
        item = _read(source, members[name], budget)
        if isinstance(item, Record):
            yield Record(name, {"inspect_sample": item.value, "inspect_log": dict(about)})
        else:
            yield item


def _read(source: SourceFile, member: ZipInfo, budget: Budget) -> Record | ImportIssue:
    name, longest = member.filename, budget.limits.record_bytes
    reason = why_not_zip_member(member)
    try:
        budget.count(name, member.file_size)
        with open_member(source.open, member, f"{source.name}/{name}") as file:
            content = b"" if reason else file.read(longest + 1)
    except (UnreadableSource, OSError) as error:
        reason = str(error)
    if reason is None and len(content) > longest:
        reason = too_long(longest)
    if reason is not None:
        return ImportIssue(source=source.name, record=name, reason=reason)
    found = parsed_bytes(content)
    if found is None:
        broken = why_broken(content)
        return ImportIssue(source=source.name, record=name, reason=broken.reason, raw=broken.raw)
    return Record(name, found.value)
