"""What a trace cost and how long it took, out of its spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from evaldash.importers.span_tree import SpanTree, Visit
from evaldash.importers.spans import Span

MILLISECONDS = 1_000


def milliseconds(start: datetime | None, end: datetime | None) -> float | None:
    """Return the milliseconds between two times, None where one is not known."""
    return None if start is None or end is None else round((end - start).total_seconds() * MILLISECONDS, 3)


def latency(spans: Sequence[Span]) -> dict[str, float]:
    """Return the time from the first start to the last end, empty where it is not known."""
    start = min((span.started for span in spans if span.started), default=None)
    end = max((span.ended for span in spans if span.ended), default=None)
    taken = milliseconds(start, end)
    return {} if taken is None or taken < 0 else {"latency_ms": taken}


def summed(tree: SpanTree) -> dict[str, float]:
    """Return the sums of what the spans cost; a span that wraps others which say it too counts only once."""
    below: dict[int, dict[str, float]] = {}
    total: dict[str, float] = {}
    for root in tree.roots:
        for visit, span in tree.walk(root):
            if visit is Visit.CLOSE:
                below[id(span)] = _own_or_below(span, [below[id(child)] for child in tree.children(span)])
        _add(total, below[id(root)])
    return total


def _own_or_below(span: Span, children: Sequence[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for child in children:
        _add(found, child)
    return {**span.metrics, **{name: value for name, value in found.items() if value or name not in span.metrics}}


def _add(total: dict[str, float], more: Mapping[str, float]) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0.0) + value
