"""What a tracing SDK recorded, before anyone asks in which dialect: spans and events with plain attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from evaldash.domain.trace import Json
from evaldash.importers.otlp_values import Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of a span, or a log record that names the span: its attributes, and the body of a log record."""

    name: str
    attributes: Mapping[str, Json] = field(default_factory=dict)
    body: Json = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A span as it was recorded. `failed`: its status is an error; `status` the words that go with it."""

    id: str
    parent: str | None = None
    name: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    attributes: Mapping[str, Json] = field(default_factory=dict)
    events: Sequence[Event] = ()
    failed: bool = False
    status: str | None = None
    scope: str = ""
    position: int = 0

    @cached_property
    def told(self) -> Attributes:
        """The attributes by dotted name; those of events that hold what the span should come after its own."""
        details = [event.attributes for event in self.events if event.name in DETAILS]
        merged: dict[str, Json] = {}
        for attributes in (self.attributes, *details):
            merged |= {name: value for name, value in attributes.items() if name not in merged}
        return Attributes(merged)

    @cached_property
    def error(self) -> str | None:
        """What went wrong: the exceptions the span met and the words of its status, each told once."""
        if not self.failed:
            return None
        exceptions = [event.attributes for event in self.events if event.name == "exception"]
        parts = list(dict.fromkeys(part for part in map(_exception, exceptions) if part))
        status = (self.status or "").split(TRACEBACK)[0].strip()
        messages = [str(told.get("exception.message") or "") for told in exceptions]
        told_already = any(status in part for part in parts) or any(text and text in status for text in messages)
        if status and not told_already:
            parts.insert(0, status)
        return "\n".join(parts) or str(self.told.get("error.message", "error.type") or "the span failed")


TRACEBACK = "Traceback (most recent call last)"  # some put it into the status; it stays in the metadata
DETAILS = frozenset(("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion"))


def _exception(attributes: Mapping[str, Json]) -> str:
    kind, message = (attributes.get(f"exception.{name}") for name in ("type", "message"))
    return ": ".join(str(part) for part in (kind, message) if part)
