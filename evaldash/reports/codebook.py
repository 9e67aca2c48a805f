"""The codebook: what each failure mode means, with examples and near misses, for somebody who was not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as as_html

from evaldash.charts.svg import clean
from evaldash.domain.counting import count_of
from evaldash.reports.markdown import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A note that sounds like a mode and belongs to another, named `mode`."""

    text: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookEntry:
    """One failure mode; `examples` are notes that show it, `traces` counts the traces that hold it."""

    name: str
    definition: str
    applies_when: str
    not_when: str
    severity: str
    owner: str
    traces: int
    examples: Sequence[str]
    near_misses: Sequence[NearMiss]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebook:
    """All modes of a taxonomy version; `version` says which, in words."""

    project: str
    version: str
    entries: Sequence[CodebookEntry]


INTRODUCTION = (
    "Each failure mode is a yes-or-no question about a trace: does it happen in it? Read the whole trace first, then "
    "ask all questions; several may be answered with yes, or none. The quotes are notes of people who read traces."
)
STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; color: #1d2733; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0 0 .3rem; }
section { break-inside: avoid; margin: 0 0 1.6rem; }
dl { margin: .4rem 0; } dt { font-weight: 600; } dd { margin: 0 0 .3rem; }
ul { margin: .2rem 0 .5rem; padding-left: 1.2rem; }
p, li, dd, h1, h2 { overflow-wrap: anywhere; } .soft { color: #556270; font-size: .9rem; }
@media print { body { margin: 0; font-size: 11pt; } }"""


def codebook_markdown(book: Codebook) -> str:
    """Return the codebook as Markdown; names and notes in it are escaped."""
    parts = [f"# Failure modes of {escape(book.project)}", f"*{escape(book.version)}.*", INTRODUCTION]
    parts += [_entry(number, entry) for number, entry in enumerate(book.entries, start=1)]
    return "\n\n".join(parts) + "\n"


def codebook_html(book: Codebook) -> str:
    """Return the codebook as one HTML file to print; everything that people wrote is escaped, nothing is loaded."""
    title = _safe(f"Failure modes of {book.project}")
    sections = "\n".join(_section(number, entry) for number, entry in enumerate(book.entries, start=1))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f'<p class="soft">{_safe(book.version)}.</p>\n<p>{INTRODUCTION}</p>\n{sections}\n</body></html>\n'
    )


def _entry(number: int, entry: CodebookEntry) -> str:
    lines = [
        f"## {number}. {escape(entry.name)}",
        escape(entry.definition) or "*No definition yet.*",
        f"**Applies when** {escape(entry.applies_when)}" if entry.applies_when else "",
        f"**Does not apply when** {escape(entry.not_when)}" if entry.not_when else "",
        f"{escape(_facts(entry))}.",
        _listed("Examples", [f"“{escape(note)}”" for note in entry.examples]),
        _listed("Near misses", [f"“{escape(miss.text)}” is *{escape(miss.mode)}*" for miss in entry.near_misses]),
    ]
    return "\n\n".join(line for line in lines if line)


def _listed(title: str, items: Sequence[str]) -> str:
    return "\n".join([f"{title}:\n", *(f"- {item}" for item in items)]) if items else ""


def _facts(entry: CodebookEntry) -> str:
    seen = f"Seen in {count_of(entry.traces, 'trace')}"
    return ", ".join(
        part
        for part in (seen, entry.severity and f"{entry.severity} severity", entry.owner and f"owner {entry.owner}")
        if part
    )


def _section(number: int, entry: CodebookEntry) -> str:
    words = [("Applies when", entry.applies_when), ("Does not apply when", entry.not_when)]
    rows = "".join(f'<dt>{title}</dt><dd dir="auto">{_safe(text)}</dd>' for title, text in words if text)
    examples = "".join(f'<li dir="auto">“{_safe(note)}”</li>' for note in entry.examples)
    misses = "".join(
        f'<li dir="auto">“{_safe(miss.text)}” is <em>{_safe(miss.mode)}</em></li>' for miss in entry.near_misses
    )
    return (
        f'<section><h2 dir="auto">{number}. {_safe(entry.name)}</h2>\n'
        f'<p dir="auto">{_safe(entry.definition) or "<em>No definition yet.</em>"}</p>'
        + (f"<dl>{rows}</dl>" if rows else "")
        + (f"<p>Examples:</p><ul>{examples}</ul>" if examples else "")
        + (f"<p>Near misses:</p><ul>{misses}</ul>" if misses else "")
        + f'<p class="soft">{_safe(_facts(entry))}.</p></section>'
    )


def _safe(text: str) -> str:
    return as_html(clean(text))
