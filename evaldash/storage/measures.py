"""Metrics that become known after a trace came in."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from evaldash.storage.bulk import in_chunks
from evaldash.storage.schema import traces
from evaldash.storage.text import storable_json


def add_metrics(connection: Connection, found: Mapping[int, Mapping[str, float]], *, replace: bool = False) -> None:
    """Give traces (by key) the metrics they do not have; with `replace`, new values for those they have.

    Without it one that is there is left as the source gave it.
    """
    for chunk in in_chunks(list(found)):
        rows = connection.execute(select(traces.c.key, traces.c.metrics).where(traces.c.key.in_(chunk))).all()
        fresh = {row.key: storable_json(dict(found[row.key])) for row in rows}
        merged = [
            {"of": row.key, "all": both}
            for row in rows
            if (both := row.metrics | fresh[row.key] if replace else fresh[row.key] | row.metrics) != row.metrics
        ]
        if merged:
            change = traces.update().where(traces.c.key == bindparam("of")).values(metrics=bindparam("all"))
            connection.execute(change, merged)
