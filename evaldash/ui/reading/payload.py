"""What the browser is given of a trace: its steps as plain values, bounded in size."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from evaldash.domain.stored import StoredTrace
from evaldash.domain.trace import Json, Step
from evaldash.ui.reading.markup import parse, visible

MAX_TEXT = 100_000  # characters of one step that go to the browser at first
MAX_TRACE = 600_000  # characters of one trace; what is beyond is named, and `evaldash show` has all of it


def trace_payload(trace: StoredTrace) -> dict[str, Any]:
    """Return a trace for the browser."""
    head = trace.head
    about = {
        "version": head.version,
        "session": head.session,
        "at": head.started_at and f"{head.started_at:%Y-%m-%d %H:%M}",
    }
    return {
        "id": head.id,
        "name": visible(head.external_id or head.id[:12]),
        "about": {name: visible(str(value)) for name, value in {**about, **head.metadata}.items() if value is not None},
        "metrics": dict(head.metrics),
        "feedback": [visible(_feedback(item.name, item.value, item.comment)) for item in trace.feedback],
        "steps": steps_payload(trace.steps),
    }


def steps_payload(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return steps for the browser; once a trace is longer than MAX_TRACE the rest is only named."""
    left, found = MAX_TRACE, []
    for index, step in enumerate(steps, start=1):
        found.append(_step(index, step, min(left, MAX_TEXT)))
        left = max(0, left - len(step.text or "") - len(_pretty(step.result)) - len(_pretty(step.arguments)))
    return found


def _step(index: int, step: Step, room: int) -> dict[str, Any]:
    text = step.text or ""
    return {
        "i": index,
        "kind": step.kind.value,
        "role": step.role.value if step.role else "",
        "name": visible(step.name or ""),
        "nodes": list(parse(_bounded(text, room))) if text else [],
        "chars": len(text),
        "arguments": visible(_bounded(_pretty(step.arguments), room)),
        "result": visible(_bounded(_pretty(step.result), room)),
        "error": visible(_bounded(step.error or "", room)),
        "nested": step.parent is not None,
    }


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


def _feedback(name: str, value: Json, comment: str | None) -> str:
    said = name if value is None else f"{name}: {_pretty(value)}"
    return f"{said} “{comment}”" if comment else said
