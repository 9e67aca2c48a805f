"""The codebook: what each failure mode means, with examples, for somebody who was not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaldash.reports.markdown import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookEntry:
    """One failure mode; `examples` are notes, `traces` counts the traces that hold it."""

    name: str
    definition: str
    applies_when: str
    not_when: str
    traces: int
    examples: Sequence[str]


def codebook_markdown(project: str, version: str, entries: Sequence[CodebookEntry]) -> str:
    """Return the codebook as Markdown; names and notes in it are escaped."""
    parts = [
        f"# Failure modes of {escape(project)}",
        f"*{escape(version)}. Each is a yes-or-no question about a trace.*",
    ]
    parts += [_entry(number, entry) for number, entry in enumerate(entries, start=1)]
    return "\n\n".join(parts) + "\n"


def _entry(number: int, entry: CodebookEntry) -> str:
    lines = [
        f"## {number}. {escape(entry.name)}",
        escape(entry.definition) or "*No definition yet.*",
        f"**Applies when** {escape(entry.applies_when)}" if entry.applies_when else "",
        f"**Does not apply when** {escape(entry.not_when)}" if entry.not_when else "",
        f"Seen in {entry.traces} traces.",
        "\n".join(f"- “{escape(note)}”" for note in entry.examples),
    ]
    return "\n\n".join(line for line in lines if line)
