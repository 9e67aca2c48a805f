"""Items placed in a clustering after it was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from evaldash.storage.clusterings import ClusteringRow, as_bytes
from evaldash.storage.schema import cluster_members, clusterings, clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """An item placed in a run after it was made; `leaf` and `number` -1 for none."""

    item: str
    number: int
    leaf: int
    outlier_score: float
    point: tuple[float, float]


def append(connection: Connection, row: ClusteringRow, fresh: Sequence[NewMember]) -> None:
    """Add items to a run without touching those it holds: members, leaves, points and the sizes of clusters."""
    start = len(row.items)
    connection.execute(
        cluster_members.insert(),
        [
            {"clustering": row.key, "position": start + i, "item": one.item, "number": one.number,
             "outlier_score": one.outlier_score}
            for i, one in enumerate(fresh)
        ],
    )  # fmt: skip
    leaves = connection.execute(select(clusterings.c.leaves).where(clusterings.c.key == row.key)).scalar_one()
    values: dict[str, Any] = {}
    if leaves is not None:
        values["leaves"] = leaves + np.array([one.leaf for one in fresh], dtype="<i4").tobytes()
    if row.points is not None:
        values["points"] = as_bytes(np.concatenate([row.points, np.array([one.point for one in fresh])]))
    if values:
        connection.execute(clusterings.update().where(clusterings.c.key == row.key).values(**values))
    for number, more in Counter(one.number for one in fresh).items():
        connection.execute(
            clusters.update()
            .where(clusters.c.clustering == row.key, clusters.c.number == number)
            .values(size=clusters.c.size + more)
        )
