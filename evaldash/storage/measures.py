"""Metrics that become known after a trace came in."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import traces
from evaldash.storage.text import storable_json


def add_metrics(connection: Connection, found: Mapping[int, Mapping[str, float]]) -> None:
    """Give traces (by key) the metrics they do not have; one that is there is left as the source gave it."""
    for chunk in in_chunks(list(found)):
        rows = connection.execute(select(traces.c.key, traces.c.metrics).where(traces.c.key.in_(chunk))).all()
        merged = [
            {"of": row.key, "all": {**storable_json(dict(found[row.key])), **row.metrics}}
            for row in rows
            if set(found[row.key]) - set(row.metrics)
        ]
        if merged:
            change = traces.update().where(traces.c.key == bindparam("of")).values(metrics=bindparam("all"))
            connection.execute(change, merged)
