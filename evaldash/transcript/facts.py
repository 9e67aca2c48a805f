"""What something took and cost, in a few words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from evaldash.domain.trace import Json

MINUTE_MS = 60_000
IN_FACTS = frozenset({"latency_ms", "tokens_in", "tokens_out", "cost_usd"})


def facts(metrics: Mapping[str, Json]) -> str:
    """Return what something took and cost, in a few words: "1.2 s · 340 tokens in, 52 out · $0.0031"."""
    taken, cost = _number(metrics.get("latency_ms")), _number(metrics.get("cost_usd"))
    tokens = [(metrics.get("tokens_in"), "in"), (metrics.get("tokens_out"), "out")]
    counted = [f"{number:,.0f} {way}" for number, way in ((_number(value), way) for value, way in tokens) if number]
    parts = [
        "" if taken is None else duration(taken),
        f"tokens {', '.join(counted)}" if counted else "",
        _dollars(cost) if cost and cost > 0 else "",
    ]
    return " · ".join(part for part in parts if part)


def duration(milliseconds: float) -> str:
    """Return a time as one says it: "812 ms", "1.2 s", "1.5 min"."""
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1_000:.1f} s" if milliseconds < MINUTE_MS else f"{milliseconds / MINUTE_MS:.1f} min"


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _dollars(cost: float) -> str:
    """Return a price with two digits that mean something: "$0.0031", "$12.40"."""
    digits = 2 if cost >= 1 else 1 - math.floor(math.log10(cost))
    return f"${cost:.{min(digits, 12)}f}"
