"""What tables have in common, whatever file they stand in: headings that name columns, rows that fit them."""

from __future__ import annotations

from collections.abc import Sequence

from evaldash.domain.trace import ImportIssue, Json
from evaldash.importers.base import Record
from evaldash.importers.json_text import RAW_SHOWN


def column_issue(columns: Sequence[str], most: int, *, least: int = 2) -> str | None:
    """Return what is wrong with the headings of a table, None where nothing is."""
    if len(columns) > most:
        return f"it has {len(columns):,} columns; a table of traces has at most {most:,} (EVALDASH_MAX_COLUMNS)"
    if len(columns) < least:
        return f"it is neither JSON nor a table: its first line is {''.join(columns)[:60]!r}"
    # The index of a data frame stands first, and may stand among the columns as well.
    twice = {name for name in columns[1:] if columns.count(name) > 1 + (name == columns[0])}
    return f"it has the column {min(twice)!r} twice; rename one" if twice else None


def row_record(source: str, label: str, columns: Sequence[str], cells: Sequence[Json]) -> Record | ImportIssue:
    """Return a row as an object; one with more cells than columns is an issue."""
    if any(cell not in (None, "") for cell in cells[len(columns) :]):
        reason = f"{len(cells)} cells for {len(columns)} columns; a quote or separator is wrong"
        return ImportIssue(source=source, record=label, reason=reason, raw=str(list(cells))[:RAW_SHOWN])
    return Record(label, dict(zip(columns, cells, strict=False)))
