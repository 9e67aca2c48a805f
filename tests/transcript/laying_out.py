"""Steps laid out as a reader gets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaldash.domain.template import Template
from evaldash.domain.trace import Json, Step, Trace
from evaldash.transcript.nodes import plain
from evaldash.transcript.payload import Readable, steps_payload


def readable(steps: Sequence[Step], *, raw: Json = None, template: Template | None = None) -> Readable:
    """Return steps as a trace to be laid out; `raw` is its one record."""
    record: Json = {"id": 1} if raw is None else raw
    trace = Trace(steps=tuple(steps), raw=(record,), identity=(record,), format="test")
    return Readable(head=trace, steps=trace.steps, feedback=(), raw=lambda: trace.raw, template=template or Template())


def cards(*steps: Step, raw: Json = None, template: Template | None = None) -> list[dict[str, Any]]:
    """Return steps as the browser gets them."""
    return steps_payload(readable(steps, raw=raw, template=template))


def words(card: dict[str, Any]) -> str:
    """Return the text of a card."""
    return plain(card["body"])


def parts(nodes: Sequence[Any], tag: str) -> list[Any]:
    """Return all nodes of a tag, wherever they stand."""
    found = []
    for node in nodes:
        if not isinstance(node, str):
            found += [node] if node[0] == tag else []
            found += [] if node[0] == "json" else parts(node[1], tag)
    return found
