"""The report as Markdown: what was read, what fails how often, what is not known. Values in, text out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A rate as it is shown: estimate and interval (None where it cannot be estimated), what carries it, its badge."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int
    badge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A note with the trace it was written on."""

    note: str
    trace: str
    step: int | None
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSection:
    """One failure mode in the report."""

    name: str
    definition: str
    notes: int
    traces: int
    share: Share
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """All that a report says; `headline` and `advice` are sentences."""

    project: str
    made_at: str
    taxonomy: str
    traces: int
    read: int
    random: int
    deferred: int
    batches: Sequence[str]
    overall: Share
    modes: Sequence[ModeSection]
    uncategorised: Sequence[Example]
    headline: str
    advice: str
    limits: Sequence[str]


def report_markdown(content: ReportContent) -> str:
    """Return the report as one Markdown text; names, notes and trace text in it are escaped."""
    parts = [
        f"# How {escape(content.project)} fails",
        f"*{escape(content.made_at)} · {escape(content.taxonomy)}*",
        _summary(content),
        "## What was read",
        _what_was_read(content),
        "## The failure modes",
        _table(content.modes) if content.modes else "No failure mode has been named yet.",
        *(_mode(number, mode) for number, mode in enumerate(content.modes, start=1)),
    ]
    if content.uncategorised:
        parts += ["## Notes without a failure mode", "\n".join(_example(item) for item in content.uncategorised)]
    parts += ["## What is still unseen", f"{content.headline} {content.advice}"]
    if content.limits:
        parts += ["## What this report cannot say", "\n".join(f"- {limit}" for limit in content.limits)]
    return "\n\n".join(parts) + "\n"


def share_words(share: Share) -> str:
    """Return a rate in words with its denominator and interval, or why there is none."""
    if share.estimate is None or share.low is None or share.high is None:
        return "cannot be estimated"
    low, high = math.floor(share.low * 100), math.ceil(share.high * 100)
    return f"{share.estimate * 100:.0f} % of {share.n} ({low} to {high} %, {share.badge})"


def escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, on one line: no markup, links, images or tables."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _summary(content: ReportContent) -> str:
    top = [mode for mode in content.modes if mode.traces][:3]
    named = "; ".join(f"{escape(mode.name)} ({mode.traces} traces)" for mode in top)
    most = f" Most often: {named}." if named else ""
    return f"Of the traces drawn at random, {share_words(content.overall)} failed.{most}"


def _what_was_read(content: ReportContent) -> str:
    lines = [
        f"{content.read} of {content.traces} traces were judged, {content.random} of them drawn at random; "
        f"{content.deferred} were deferred.",
        "",
        *(f"- {escape(line)}" for line in content.batches),
    ]
    return "\n".join(lines)


def _table(modes: Sequence[ModeSection]) -> str:
    rows = [f"| {escape(mode.name)} | {mode.notes} | {mode.traces} | {share_words(mode.share)} |" for mode in modes]
    head = ["| failure mode | notes | traces | rate (95 % interval, per mode) |", "|---|--:|--:|---|"]
    return "\n".join(head + rows)


def _mode(number: int, mode: ModeSection) -> str:
    lines = [f"### {number}. {escape(mode.name)}", escape(mode.definition) or "*No definition yet.*"]
    return "\n\n".join([*lines, "\n".join(_example(item) for item in mode.examples)])


def _example(item: Example) -> str:
    step = f", step {item.step}" if item.step else ""
    query = escape(item.query[:160])
    return f"- “{escape(item.note)}” (trace `{item.trace[:12]}`{step}: {query})"
