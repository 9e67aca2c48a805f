"""Data frames as Parquet: rows as objects, a few thousand at a time."""

from __future__ import annotations

import base64
import datetime
import decimal
from collections.abc import Iterator
from typing import IO, Any

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.base import Record
from evaldash.importers.json_text import MAX_DEPTH
from evaldash.importers.table_rows import column_issue
from evaldash.importers.unpacking import Budget

MARK = b"PAR1"
ROWS = 500  # in memory at once
FEWEST_ROWS = 4  # at once, where a single value may be large
HELD = 256 << 20  # bytes of one column in memory at once, were each of its values as large as the column is when packed
BUFFER = 1 << 20  # bytes of each column read at once


def parquet_records(file: IO[bytes], name: str, size: int, bounds: Limits) -> Iterator[Record | ImportIssue]:
    """Yield the rows of a data frame; raises UnreadableSource for a file that is damaged or a bomb."""
    import pyarrow
    from pyarrow import parquet

    budget = Budget(name, max(size, 1), bounds)
    try:
        table = parquet.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
        _check(table, name, bounds)
        number = unpacked = 0
        for batch in table.iter_batches(batch_size=_rows_at_once(table)):
            unpacked += batch.nbytes
            for row in batch.to_pylist():
                # A category stands once in the batch however many rows it is in.
                unpacked += sum(len(cell) for cell in row.values() if isinstance(cell, str | bytes))
                budget.count(name, unpacked)
                number += 1
                yield Record(f"row {number}", {key: _plain(value) for key, value in row.items()})
    # OverflowError: a time beyond what Python knows
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UnreadableSource(f"{name} is no Parquet file that can be read: {reason}; export it again") from error


def _check(table: Any, name: str, bounds: Limits) -> None:
    """Raise UnreadableSource for columns that are too many, of one name, or nested too deep."""
    if reason := column_issue(table.schema_arrow.names, bounds.columns, least=1):
        raise UnreadableSource(f"{name}: {reason}")
    if any(table.schema.column(place).path.count(".") > MAX_DEPTH for place in range(len(table.schema))):
        raise UnreadableSource(f"{name} has a column that is nested deeper than {MAX_DEPTH} levels")


def _rows_at_once(table: Any) -> int:
    """Return how many rows fit in memory, whatever their values are: one value may stand in all rows of a column."""
    told = table.metadata
    groups = [told.row_group(place) for place in range(told.num_row_groups)]
    sizes: list[int] = [
        group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns)
    ]
    return max(FEWEST_ROWS, min(ROWS, HELD // max([*sizes, 1])))


def _plain(value: Any) -> Json:
    """Return a value as JSON has it: times as ISO text, bytes as base64, maps as objects."""
    if isinstance(value, dict):
        # A struct of a data frame holds the keys of all rows; those that a row does not have are null there.
        return {str(key): _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {str(key): _plain(inner) for key, inner in value}
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else _scalar(value)


def _scalar(value: Any) -> Json:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return float(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
