"""What the browser is given of a trace: its steps as plain values, bounded in size."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaldash.domain.stored import StoredTrace, TraceHead
from evaldash.domain.trace import Feedback, Json, Step, Trace
from evaldash.ui.reading.markup import Node, parse, visible

MAX_TEXT = 100_000  # characters of one step that go to the browser at first
MAX_TRACE = 600_000  # characters of one trace; what is beyond is named, and `evaldash show` has all of it
MAX_RAW = 2_000_000  # characters of raw records that go to the browser when asked for
MAX_DEPTH = 3  # levels of enclosing steps that are drawn; deeper ones stand at the third
SHORT = 40  # characters of a value that may stand in the line above a trace
MINUTE_MS = 60_000
IN_FACTS = frozenset({"latency_ms", "tokens_in", "tokens_out", "cost_usd"})
PLUMBING = frozenset({"call_id", "span"})  # ids that tie the pieces of a step; the raw record has them


def trace_payload(trace: StoredTrace) -> dict[str, Any]:
    """Return a trace for the browser."""
    return _payload(trace.head, trace.steps, trace.feedback)


def imported_payload(trace: Trace) -> dict[str, Any]:
    """Return a trace that is not in the store yet."""
    return _payload(trace, trace.steps, trace.feedback)


def _payload(head: TraceHead | Trace, steps: Sequence[Step], feedback: Sequence[Feedback]) -> dict[str, Any]:
    about: dict[str, Json] = {
        "version": head.version,
        "session": head.session,
        "at": f"{head.started_at:%Y-%m-%d %H:%M}" if head.started_at else None,
        **head.metadata,
    }
    return {
        "id": head.id,
        "name": visible(head.external_id or head.id[:12]),
        "about": {visible(name): visible(str(value)) for name, value in about.items() if name and _is_short(value)},
        "facts": facts(head.metrics),
        "feedback": [visible(_feedback(item)) for item in feedback],
        "fields": _fields({"source id": head.external_id, **about, "tags": list(head.tags), **head.metrics}),
        "steps": steps_payload(steps),
    }


def steps_payload(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return steps for the browser; once a trace is longer than MAX_TRACE the rest is only named."""
    left, found = MAX_TRACE, []
    for index, step in enumerate(steps, start=1):
        found.append(_step(index, step, min(left, MAX_TEXT)) | {"depth": _depth(steps, step)})
        left = max(0, left - len(step.text or "") - len(_pretty(step.result)) - len(_pretty(step.arguments)))
    return found


def raw_payload(records: Sequence[Json]) -> str:
    """Return raw records as text to read, the first MAX_RAW characters of them."""
    return visible(_bounded(_pretty(list(records)), MAX_RAW))


def facts(metrics: Mapping[str, Json]) -> str:
    """Return what something took and cost, in a few words: "1.2 s · 340 tokens in, 52 out · $0.0031"."""
    taken, cost = _number(metrics.get("latency_ms")), _number(metrics.get("cost_usd"))
    tokens = [(metrics.get("tokens_in"), "in"), (metrics.get("tokens_out"), "out")]
    counted = [f"{number:,.0f} {way}" for number, way in ((_number(value), way) for value, way in tokens) if number]
    parts = [
        "" if taken is None else _duration(taken),
        f"tokens {', '.join(counted)}" if counted else "",
        _dollars(cost) if cost and cost > 0 else "",
    ]
    return " · ".join(part for part in parts if part)


def _step(index: int, step: Step, room: int) -> dict[str, Any]:
    text = step.text or ""
    rest = {name: value for name, value in step.attributes.items() if name not in IN_FACTS | PLUMBING}
    return {
        "i": index,
        "kind": step.kind.value,
        "role": step.role.value if step.role else "",
        "name": visible(step.name or ""),
        "nodes": _nodes(_bounded(text, room)) if text else [],
        "chars": len(text),
        "arguments": visible(_bounded(_pretty(step.arguments), room)),
        "result": visible(_bounded(_pretty(step.result), room)),
        "error": visible(_bounded(step.error or "", room)),
        "facts": facts(step.attributes),
        "rest": visible(_bounded(_pretty(rest), room)) if rest else "",
    }


def _nodes(text: str) -> list[Node]:
    """Return a text as Markdown, one that is JSON with line breaks."""
    return (
        [["pre", [visible(_indented(text))]]]
        if text.lstrip().startswith(("{", "[")) and _is_json(text)
        else list(parse(text))
    )


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _depth(steps: Sequence[Step], step: Step) -> int:
    """Return how many steps enclose one; a cycle ends at MAX_DEPTH."""
    depth = 0
    while step.parent is not None and depth < MAX_DEPTH and 1 <= step.parent <= len(steps):
        step, depth = steps[step.parent - 1], depth + 1
    return depth


def _fields(values: Mapping[str, Json]) -> list[list[str]]:
    """Return all fields of a trace as pairs of name and text."""
    left, found = MAX_TEXT, []
    for name, value in values.items():
        if value not in (None, "", [], {}):
            whole = int(value) if isinstance(value, float) and value.is_integer() else value
            text = _bounded(_pretty(whole), left)
            left = max(0, left - len(text))
            found.append([visible(name), visible(text)])
    return found


def _is_short(value: Json) -> bool:
    return isinstance(value, str | int | float) and 0 < len(str(value)) <= SHORT


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _dollars(cost: float) -> str:
    """Return a price with two digits that mean something: "$0.0031", "$12.40"."""
    digits = 2 if cost >= 1 else 1 - math.floor(math.log10(cost))
    return f"${cost:.{min(digits, 12)}f}"


def _duration(milliseconds: float) -> str:
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1_000:.1f} s" if milliseconds < MINUTE_MS else f"{milliseconds / MINUTE_MS:.1f} min"


def _bounded(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    return f"{text[:room]}\n\n… {len(text) - room:,} more characters; `evaldash show` prints all of them"


def _pretty(value: Json) -> str:
    if value is None or isinstance(value, str):
        return _indented(value or "")
    return json.dumps(value, ensure_ascii=False, indent=2)


def _indented(text: str) -> str:
    """Return JSON that came as a text with line breaks; as it is if anything but white space would change."""
    if len(text) > MAX_TEXT or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        shown = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return text
    return shown if "".join(shown.split()) == "".join(text.split()) else text


def _feedback(item: Feedback) -> str:
    said = item.name if item.value is None else f"{item.name}: {_pretty(item.value)}"
    by = f" ({item.author})" if item.author else ""
    return f"{said} “{item.comment}”{by}" if item.comment else f"{said}{by}"
