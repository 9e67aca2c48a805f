"""What the browser is given of a trace: its steps laid out, bounded in size; the rest it asks for when it is needed.

A trace is first sent with MAX_TRACE bytes of steps (at the desk with fewer); each piece of a step with at most PIECE
characters. A step beyond that is a stub with its first words, which comes when it is about to be seen or searched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from evaldash.domain.screening import explain
from evaldash.domain.stored import StoredTrace, TraceHead
from evaldash.domain.template import Template
from evaldash.domain.trace import Feedback, Json, Step, Trace
from evaldash.transcript.facts import facts
from evaldash.transcript.images import Images
from evaldash.transcript.markup import visible
from evaldash.transcript.pretty import pretty
from evaldash.transcript.steps import Drawing, card, is_inner, label
from evaldash.transcript.timeline import timeline

PIECE = 16_000  # characters of one text, its arguments or its result that go to the browser at first
MAX_TRACE = 240_000  # bytes of steps that go at first where one trace is opened
MAX_PART = 200_000  # bytes of steps in one answer to a browser that asks for more: saves do not wait long behind it
MAX_WHOLE = 600_000  # the same of a browser that wants all, to search it
WHOLE = 1_000_000  # characters of one step that is opened; `evaldash show` prints what is beyond
VERDICTS_OF_OTHERS = frozenset({"mistake"})  # above a trace they would lead whoever reads it
MAX_RAW = 2_000_000  # characters of raw records that go to the browser when asked for
MAX_FIELDS = 100_000  # characters of all fields of a trace
STUB = 160  # characters of a step that is still to come
MAX_DEPTH = 3  # levels of enclosing steps that are drawn; deeper ones stand at the third
SHORT = 40  # characters of a value that may stand in the line above a trace

Raw = Callable[[], Sequence[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A trace to be laid out, from the store or not in it yet; `raw` is only called for what it alone has."""

    head: TraceHead | Trace
    steps: Sequence[Step]
    feedback: Sequence[Feedback]
    raw: Raw | None = None
    template: Template = field(default_factory=Template)

    def drawing(self, room: int) -> Drawing:
        """Return what the cards of this trace are made with."""
        return Drawing(room=room, template=self.template, images=Images(self.raw))


def stored(trace: StoredTrace, *, raw: Raw | None = None, template: Template | None = None) -> Readable:
    """Return a trace of the store as one to be laid out."""
    return Readable(
        head=trace.head, steps=trace.steps, feedback=trace.feedback, raw=raw, template=template or Template()
    )


def imported(trace: Trace) -> Readable:
    """Return a trace that is not in the store yet as one to be laid out."""
    return Readable(head=trace, steps=trace.steps, feedback=trace.feedback, raw=lambda: trace.raw)


def trace_payload(trace: Readable, *, budget: int = MAX_TRACE) -> dict[str, Any]:
    """Return a trace for the browser, its steps as far as `budget` bytes reach."""
    head = trace.head
    about: dict[str, Json] = {
        "version": head.version,
        "session": head.session,
        "at": f"{head.started_at:%Y-%m-%d %H:%M}" if head.started_at else None,
        **head.metadata,
    }
    return {
        "id": head.id,
        "name": visible(head.external_id or head.id[:12]),
        "about": _above(about, trace.template),
        "facts": facts(head.metrics),
        "feedback": [visible(_feedback(item)) for item in trace.feedback if item.name not in VERDICTS_OF_OTHERS],
        "asides": _asides(trace),
        "fields": _fields({"source id": head.external_id, **about, "tags": list(head.tags), **head.metrics}),
        "timeline": timeline(trace.steps),
        "steps": steps_payload(trace, budget=budget),
    }


def more_steps(trace: Readable, *, start: int, whole: bool = False) -> list[dict[str, Any]]:
    """Return the steps from number `start` on, as far as MAX_PART bytes reach; `whole`: uncut, as far as MAX_WHOLE."""
    budget, piece = (MAX_WHOLE, WHOLE) if whole else (MAX_PART, PIECE)
    return [step for step in steps_payload(trace, start=start, budget=budget, piece=piece) if "body" in step]


def steps_payload(
    trace: Readable, *, start: int = 1, budget: int = MAX_TRACE, piece: int = PIECE
) -> list[dict[str, Any]]:
    """Return the steps from number `start` on; once `budget` bytes are used the rest are stubs."""
    drawing, found = trace.drawing(piece), []
    for index, step in enumerate(trace.steps, start=1):
        told = _about_step(index, step) | {"depth": _depth(trace.steps, step)}
        if index < start or budget <= 0:
            found.append(told | {"stub": _beginning(step)})
            continue
        made = card(step, drawing)
        told |= {"body": made.nodes, "cut": made.cut}
        budget -= len(orjson.dumps(told))
        found.append(told)
    return found[start - 1 :]


def whole_step(trace: Readable, index: int) -> dict[str, Any] | None:
    """Return one step with all of it, None where there is no such step."""
    if not 1 <= index <= len(trace.steps):
        return None
    step = trace.steps[index - 1]
    made = card(step, trace.drawing(WHOLE))
    return _about_step(index, step) | {"depth": _depth(trace.steps, step), "body": made.nodes, "cut": made.cut}


def raw_payload(records: Sequence[Json]) -> str:
    """Return raw records as text to read, the first MAX_RAW characters of them."""
    return visible(_bounded(pretty(list(records)), MAX_RAW))


def _about_step(index: int, step: Step) -> dict[str, Any]:
    return {
        "i": index,
        "kind": step.kind.value,
        "role": step.role.value if step.role else "",
        "label": label(step),
        "inner": is_inner(step),
        "failed": step.error is not None,
    }


def _beginning(step: Step) -> str:
    return visible(" ".join((step.text or step.error or pretty(step.arguments))[: 2 * STUB].split())[:STUB])


def _depth(steps: Sequence[Step], step: Step) -> int:
    """Return how many steps enclose one; a cycle ends at MAX_DEPTH."""
    depth = 0
    while step.parent is not None and depth < MAX_DEPTH and 1 <= step.parent <= len(steps):
        step, depth = steps[step.parent - 1], depth + 1
    return depth


def _above(about: Mapping[str, Json], template: Template) -> dict[str, str]:
    """Return what stands above a trace: the names of the template, else whatever is short."""
    if template.top:
        return {
            visible(name): visible(_bounded(pretty(about[name]), SHORT * 3)) for name in template.top if about.get(name)
        }
    return {visible(name): visible(str(value)) for name, value in about.items() if name and _is_short(value)}


def _fields(values: Mapping[str, Json]) -> list[list[str]]:
    """Return all fields of a trace as pairs of name and text."""
    left, found = MAX_FIELDS, []
    for name, value in values.items():
        if value not in (None, "", [], {}):
            whole = int(value) if isinstance(value, float) and value.is_integer() else value
            text = _bounded(pretty(whole), left)
            left = max(0, left - len(text))
            found.append([visible(name), visible(text)])
    return found


def _is_short(value: Json) -> bool:
    return isinstance(value, str | int | float) and 0 < len(str(value)) <= SHORT


def _bounded(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    return f"{text[:room]}\n\n… {len(text) - room:,} more characters; `evaldash show` prints all of them"


def _asides(trace: Readable) -> list[str]:
    """Return what is folded away until one asks: signals of trouble, and what somebody judged before."""
    judged = [visible(_feedback(item)) for item in trace.feedback if item.name in VERDICTS_OF_OTHERS]
    return [*explain(trace.head.metrics), *judged]


def _feedback(item: Feedback) -> str:
    said = item.name if item.value is None else f"{item.name}: {pretty(item.value)}"
    by = f" ({item.author})" if item.author else ""
    return f"{said} “{item.comment}”{by}" if item.comment else f"{said}{by}"
