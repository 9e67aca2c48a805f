"""What a coder reads at the desk: the batch asked for, its order, and where to begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evaldash.domain.stored import Project
from evaldash.services.browse import find_trace
from evaldash.services.sampling import drawn_traces, list_batches
from evaldash.storage import batches
from evaldash.storage.store import Store


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What a coder reads: the batch (None for single traces), all ids in reading order, and where to begin."""

    batch: int | None
    title: str
    order: tuple[str, ...]
    start: str | None
    settles: bool = False  # the readings of others are in view, and what is said settles a disagreement
    extras: Mapping[str, Any] = field(default_factory=dict)  # more for the browser: sub-checks, disagreements, others

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each trace in the order, from 0."""
        return {trace: place for place, trace in enumerate(self.order)}


def reading_queue(store: Store, project: Project, *, batch: int | None, trace: str | None) -> Queue | None:
    """Return what to read: the batch asked for, else that of the trace, else the first that is not read to its end.

    None where nothing was drawn yet and no trace was named. Raises NotFound for a batch or trace that is not there.
    """
    start = find_trace(store, project, trace).id if trace else None
    number = batch if batch is not None else _batch_of(store, project, start)
    if number is None and start is None:
        number = _first_open(store, project)
    if number is None:
        return None if start is None else Queue(batch=None, title="One trace", order=(start,), start=start)
    order = tuple(item.trace for item in drawn_traces(store, project, number))
    if start is not None and start not in order:
        return Queue(batch=None, title="One trace", order=(start,), start=start)
    return Queue(batch=number, title=f"Batch {number}", order=order, start=start)


def _batch_of(store: Store, project: Project, trace: str | None) -> int | None:
    if trace is None:
        return None
    with store.read() as connection:
        found = batches.first_batch_of(connection, project).get(trace)
    return None if found is None else found[0]


def _first_open(store: Store, project: Project) -> int | None:
    rows = list_batches(store, project)
    unread = [row.number for row in rows if row.read < row.size]
    return next(iter([*unread, *(row.number for row in reversed(rows))]), None)
