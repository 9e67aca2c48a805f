"""A failure mode as the codebook explains it, as Markdown for a page."""

from __future__ import annotations

from evaldash.reports.codebook import CodebookEntry
from evaldash.ui.context import escape


def entry_words(entry: CodebookEntry, *, quotes: int | None = None) -> str:
    """Return definition, when and when not, and up to `quotes` examples and near misses (None: all)."""
    lines = [escape(entry.definition) or "*No definition yet.*"]
    lines += [f"**Applies when** {escape(entry.applies_when)}"] if entry.applies_when else []
    lines += [f"**Does not apply when** {escape(entry.not_when)}"] if entry.not_when else []
    lines += [f"Example: “{escape(note)}”" for note in entry.examples[:quotes]]
    lines += [f"Near miss: “{escape(miss.text)}” is *{escape(miss.mode)}*" for miss in entry.near_misses[:quotes]]
    return "  \n".join(line.replace("\n", " ") for line in lines)
