"""Writes docs/formats.md: what every sample file gives, and how much of its text the traces show.

    python tools/formats_table.py FOLDER > docs/formats.md

Each folder below FOLDER that holds files is read as one import, so that a trace scattered over its files is whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaldash.domain.trace import ImportIssue
from evaldash.errors import EvaldashError
from evaldash.importers import FileReading, Skipped, SourceFile, Told, expand, read_file
from evaldash.importers.base import Part
from evaldash.importers.kept import kept_of
from evaldash.importers.spool import Spool

SMALL = 8  # files of a folder that are listed one by one; more of the same format are one line
HEAD = """# What opens, measured

Sample files of vendors and of published data sets, as they were found, read by the importer that recognises them.
*Text kept*: of all string values of at least 20 characters with a space in them (JSON within strings decoded, the
same text counted once), the share by characters that stands in a step, in the metadata or in the feedback of a trace.
*Not understood*: fields whose text no importer knows a place for; it stands in the metadata under its path.

Files that hold no traces say so: notes and annotations are read by `evaldash annotate`, ratings by `evaldash feedback`.
Made by `make formats`; a test holds this table against what the importers do.

| folder | file | format | traces | steps | rejected | text kept | not understood |
|---|---|---|---:|---:|---:|---:|---|
"""


@dataclass(slots=True)
class Row:
    """What one file, or several of one format, gave."""

    folder: str
    file: str
    format: str
    traces: int = 0
    steps: int = 0
    rejected: int = 0
    total: int = 0
    kept: int = 0
    fields: tuple[str, ...] = ()

    def take(self, item: Told | ImportIssue) -> None:
        """Count a trace or an issue."""
        if isinstance(item, ImportIssue):
            self.rejected += 1
            return
        found = kept_of(item.trace)
        self.traces += 1
        self.steps += len(item.trace.steps)
        self.total += found.total
        self.kept += found.kept
        self.fields = tuple(dict.fromkeys((*self.fields, *item.not_understood)))

    def line(self) -> str:
        """Return the row as Markdown; one whose traces stand in another file's row says so by its zeros."""
        share = f"{self.kept / self.total:.3f}" if self.total else "1.000" if self.traces else ""
        fields = ", ".join(f"`{name}`" for name in self.fields)
        cells = (self.folder, self.file, self.format, self.traces, self.steps, self.rejected, share, fields)
        return f"| {' | '.join(str(cell) for cell in cells)} |"


def table(folder: Path) -> str:
    """Return the whole document for the sample files below `folder`."""
    rows = [row for place in _folders(folder) for row in _rows(place, str(place.relative_to(folder)))]
    total = Row(
        "**all**", "", "", sum(r.traces for r in rows), sum(r.steps for r in rows), sum(r.rejected for r in rows)
    )
    total.total, total.kept = sum(row.total for row in rows), sum(row.kept for row in rows)
    return HEAD + "\n".join(row.line() for row in (*rows, total)) + "\n"


def _folders(folder: Path) -> Iterator[Path]:
    for place in sorted(path for path in folder.rglob("*") if path.is_dir()):
        if any(path.is_file() for path in place.iterdir()):
            yield place


def _rows(folder: Path, name: str) -> Sequence[Row]:
    rows: list[Row] = []
    readings: dict[str, FileReading] = {}
    owners: dict[str, Row] = {}  # group -> the row of the file in which it first came up
    with Spool() as spool:
        for source in (item for item in expand([str(folder)]) if not isinstance(item, Skipped)):
            row, reading = _opened(source, name)
            rows.append(row)
            if reading is None:
                continue
            for item in reading.items:
                if isinstance(item, Part):
                    group = f"{row.format}\0{item.group}"
                    owners.setdefault(group, row)
                    readings.setdefault(group, reading)
                    spool.put(group, item.value)
                else:
                    row.take(item)
        for group, parts in zip(list(owners), spool.groups(), strict=True):
            for told in readings[group].assembled(parts):
                owners[group].take(told)
    return rows if len(rows) <= SMALL else _summed(rows)


def _opened(source: SourceFile, folder: str) -> tuple[Row, FileReading | None]:
    try:
        reading = read_file(source)
    except EvaldashError as error:
        return Row(folder, source.name, f"no traces: {str(error).split('; ')[0].split(': ', 1)[-1]}"), None
    return Row(folder, source.name, reading.format), reading


def _summed(rows: Sequence[Row]) -> list[Row]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.format, []).append(row)
    return [_sum(same) for same in found.values()]


def _sum(rows: Sequence[Row]) -> Row:
    first = rows[0]
    whole = Row(first.folder, f"{len(rows)} files", first.format)
    for row in rows:
        whole.traces += row.traces
        whole.steps += row.steps
        whole.rejected += row.rejected
        whole.total += row.total
        whole.kept += row.kept
        whole.fields = tuple(dict.fromkeys((*whole.fields, *row.fields)))
    return whole


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1])))
