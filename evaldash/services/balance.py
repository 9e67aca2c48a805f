"""How a draw is spread over the values of a field, beside all it is from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from evaldash.domain.stored import Project
from evaldash.services.fields import field_value, values_by_trace
from evaldash.services.sampling import Sample, frame_heads
from evaldash.storage import clusterings
from evaldash.storage.store import Connection, Store

FAR = 1.96  # standard deviations that chance stays within at 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A value of a field: its traces in the draw and in the frame, and how many a draw at random would hold."""

    value: str
    drawn: int
    total: int
    expected: float
    spread: float  # standard deviation of the number in a draw at random

    @property
    def is_over(self) -> bool:
        """Whether more were drawn than chance explains."""
        return self.drawn > self.expected + FAR * self.spread + 0.5

    @property
    def is_under(self) -> bool:
        """Whether fewer were drawn than chance explains."""
        return self.drawn < self.expected - FAR * self.spread - 0.5


def balance(store: Store, project: Project, sample: Sample, by: str) -> list[Balance]:
    """Return how a preview is spread over the values of a field, the most frequent value first.

    The number of a value in a draw at random is hypergeometric.
    """
    with store.read() as connection:
        values = values_by_trace(connection, project, by)
        heads = frame_heads(connection, project, sample.filter)
        labels = _cluster_names(connection, project) if by == "cluster" else {}
    names = {head.id: field_value(head, by, values) for head in heads}
    drawn = Counter(names[item.trace] for item in sample.traces if item.trace in names)
    n, size = len(sample.traces), len(names)
    found = []
    for value, total in Counter(names.values()).most_common():
        share = total / size
        spread = (n * share * (1 - share) * (size - n) / max(size - 1, 1)) ** 0.5
        shown = labels.get(value, value)
        found.append(Balance(value=shown, drawn=drawn[value], total=total, expected=n * share, spread=spread))
    return found


def _cluster_names(connection: Connection, project: Project) -> dict[str, str]:
    row = clusterings.newest(connection, project, of="traces")
    return {} if row is None else {str(item.number): item.label for item in row.clusters} | {"-1": "fits nowhere"}
