"""Names that a model proposed for clusters: from what, at what cost; none holds before a person takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from evaldash.storage.schema import cluster_name_runs
from evaldash.storage.text import storable_json


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRun:
    """One run of a model: `names` by node of the tree of the run `clustering`; `input` says what it was asked with."""

    id: str
    clustering: int
    input: Mapping[str, Any]
    names: Mapping[int, str]
    cost_usd: float
    seconds: float
    by: str | None
    at: datetime | None = None


def add(connection: Connection, run: NameRun) -> None:
    """Keep a run."""
    connection.execute(
        cluster_name_runs.insert().values(
            clustering=run.clustering,
            id=run.id,
            input=storable_json(dict(run.input)),
            names=storable_json([[node, name] for node, name in run.names.items()]),
            cost_usd=run.cost_usd,
            seconds=run.seconds,
            at=datetime.now(UTC),
            by=run.by,
        )
    )


def newest(connection: Connection, clustering: int) -> NameRun | None:
    """Return the last run over the groups of a clustering, None where there was none."""
    query = (
        select(cluster_name_runs)
        .where(cluster_name_runs.c.clustering == clustering)
        .order_by(cluster_name_runs.c.key.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return NameRun(
        id=row.id,
        clustering=row.clustering,
        input=row.input,
        names={int(node): str(name) for node, name in row.names},
        cost_usd=row.cost_usd,
        seconds=row.seconds,
        by=row.by,
        at=row.at,
    )
