"""How these tests read: bytes in, traces and issues out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.trace import ImportIssue, Trace
from evaldash.importers import Mapping, Told, from_bytes, read_file, whole_traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """All that came out of one source."""

    format: str
    confidence: float
    traces: tuple[Trace, ...]
    issues: tuple[ImportIssue, ...]


def read(
    data: bytes | str, name: str = "file.jsonl", *, format: str | None = None, mapping: Mapping | None = None
) -> Read:
    """Read bytes to their end."""
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    reading = read_file(from_bytes(name, content), format=format, mapping=mapping)
    items = list(whole_traces(reading))
    return Read(
        format=reading.format,
        confidence=reading.confidence,
        traces=tuple(item.trace for item in items if isinstance(item, Told)),
        issues=tuple(item for item in items if isinstance(item, ImportIssue)),
    )


def lines(*records: Any) -> str:
    """Return records as JSON Lines."""
    return "".join(json.dumps(record) + "\n" for record in records)


def said(trace: Trace) -> list[tuple[str | None, str | None]]:
    """Return role and text of each message, to compare with what was written."""
    return [(step.role and step.role.value, step.text) for step in trace.steps if step.kind == "message"]


def texts(traces: Sequence[Trace]) -> list[str | None]:
    """Return the texts of all steps."""
    return [step.text for trace in traces for step in trace.steps]
