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
from evaldash.importers.table_rows import column_issue

MARK = b"PAR1"
ROWS = 500  # in memory at once


def parquet_records(file: IO[bytes], name: str, bounds: Limits) -> Iterator[Record | ImportIssue]:
    """Yield the rows of a data frame; raises UnreadableSource for a file that is damaged."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        columns = table.schema_arrow.names
        if reason := column_issue(columns, bounds.columns, least=1):
            raise UnreadableSource(f"{name}: {reason}")
        number = 0
        for batch in table.iter_batches(batch_size=ROWS):
            for row in batch.to_pylist():
                number += 1
                yield Record(f"row {number}", {key: _plain(value) for key, value in row.items()})
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UnreadableSource(
            f"{name} is no Parquet file that can be read: {str(error)[:200]}; export it again"
        ) from error


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
