"""A trace as Markdown, to paste into an issue or a chat: what was said as it was written, the rest in code blocks."""

from __future__ import annotations

import re

from evaldash.domain.trace import Json, Step, StepKind
from evaldash.transcript.markup import visible
from evaldash.transcript.payload import Readable
from evaldash.transcript.pretty import pretty
from evaldash.transcript.steps import label

SAID = (StepKind.MESSAGE, StepKind.REASONING)


def as_markdown(trace: Readable) -> str:
    """Return a whole trace; a message stands as a quotation: nothing in it becomes part of what is around it."""
    head = trace.head
    about = [("version", head.version), ("session", head.session), ("id", head.id)]
    lines = [f"# Trace {_line(head.external_id or head.id[:12])}", ""]
    lines += [f"- {name}: {_line(value)}" for name, value in about if value]
    for index, step in enumerate(trace.steps, start=1):
        lines += ["", f"## {index}. {_title(step)}", *_parts(step)]
    return "\n".join(lines) + "\n"


def _title(step: Step) -> str:
    who = step.name or (step.role.value if step.role else None) or label(step)
    return f"{_line(who)} ({step.kind.value.replace('_', ' ')})"


def _parts(step: Step) -> list[str]:
    lines: list[str] = []
    if step.text:
        lines += ["", *(f"> {line}".rstrip() for line in visible(step.text).split("\n"))]
    lines += _block("arguments", step.arguments) + _block("result", step.result)
    return [*lines, "", f"**error:** {_line(step.error)}"] if step.error else lines


def _block(name: str, value: Json) -> list[str]:
    if value in (None, "", [], {}):
        return []
    text = visible(pretty(value))
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return ["", f"{name}:", "", f"{fence}{'' if isinstance(value, str) else 'json'}", text, fence]


def _line(text: str) -> str:
    return " ".join(visible(text).split())
