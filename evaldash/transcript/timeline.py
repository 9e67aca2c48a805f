"""When each step ran: bars over the time a trace took, for sources that tell when their spans began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from evaldash.domain.trace import Step
from evaldash.transcript.steps import label

MAX_BARS = 500


def timeline(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return a bar for each step with a known start: number, name, start and length in ms; [] for fewer than two."""
    known = [(index, step, at) for index, step in enumerate(steps, start=1) if (at := _start(step)) is not None]
    if len(known) < 2:
        return []
    first = min(at for _, _, at in known)
    return [
        {
            "i": index,
            "name": label(step),
            "kind": step.kind.value,
            "failed": step.error is not None,
            "start": round((at - first).total_seconds() * 1000, 1),
            "ms": _length(step),
        }
        for index, step, at in known[:MAX_BARS]
    ]


def _start(step: Step) -> datetime | None:
    value = step.attributes.get("started_at")
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _length(step: Step) -> float:
    taken = step.attributes.get("latency_ms")
    return float(taken) if isinstance(taken, int | float) else 0.0
