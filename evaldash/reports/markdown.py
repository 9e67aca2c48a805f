"""The report as Markdown. Values in, text out; all that people or traces said is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evaldash.reports.story import Example, ModeStory, Point, Section, Story, paragraphs, whose

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")  # brackets escaped, no parenthesis or `!` can make a link or an image
BLOCK = re.compile(r"^(\d*)([-+=.)])")  # at a line's beginning these make lists and headings


def report_markdown(story: Story) -> str:
    """Return the report as one Markdown text; names, notes and trace text in it are escaped."""
    parts = [
        f"# How {escape(story.project)} fails",
        f"*{escape(story.made_at)} · {escape(story.taxonomy)}*",
        *(f"> {escape(warning)}" for warning in story.warnings),
    ]
    for section in story.sections:
        parts += [f"## {section.title}", *_text(section), *_more(story, section.key)]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, on one line: no markup, links, images or tables."""
    return BLOCK.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", " ".join(text.split())))


def _text(section: Section) -> list[str]:
    told = [
        "\n".join(f"- {escape(item)}" for item in part) if isinstance(part, list) else escape(part)
        for part in paragraphs(section.text)
    ]
    return [*told, f"*{escape(whose(section))}*"] if section.by else told


def _more(story: Story, key: str) -> list[str]:
    if key == "read":
        return [_table(story.batches)]
    if key == "modes":
        rows = [_row(mode) for mode in story.modes]
        return [_table(rows), *(_mode(number, mode) for number, mode in enumerate(story.told, start=1)), *_loose(story)]
    if key == "uses":
        return [_points(story.uses)]
    return [_points(story.fixes)] if key == "fixes" else []


def _row(mode: ModeStory) -> dict[str, object]:
    return {
        "failure mode": mode.name,
        "severity": mode.severity or "not said",
        "notes": mode.notes,
        "traces": mode.traces,
        "rate (95 % interval, per mode)": mode.share.words,
    }


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return ""
    head = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    return "\n".join(head + ["| " + " | ".join(escape(str(cell)) for cell in row.values()) + " |" for row in rows])


def _mode(number: int, mode: ModeStory) -> str:
    about = " · ".join(
        filter(
            None,
            [mode.severity, mode.share.words, "1 trace" if mode.traces == 1 else f"{mode.traces:,} traces", mode.owner],
        )
    )
    lines = [f"### {number}. {escape(mode.name)}", f"*{escape(about)}*", escape(mode.definition)]
    return "\n\n".join([*filter(None, lines), *(_example(item) for item in mode.examples)])


def _loose(story: Story) -> list[str]:
    if not story.loose:
        return []
    return ["### Notes without a failure mode", "\n".join(f"- {_note(item)}" for item in story.loose)]


def _example(item: Example) -> str:
    said = [f"> **{escape(line.who)}**{' ✗' if line.is_wrong else ''}: {escape(line.text)}" for line in item.said]
    return "\n>\n".join([*said, f"> {_note(item)}"])


def _note(item: Example) -> str:
    step = f", step {item.step}" if item.step else ""
    name = f"trace `{item.trace[:12]}`"
    return f"“{escape(item.note)}” ({f'[{name}]({item.link})' if item.link else name}{step})"


def _points(points: Sequence[Point]) -> str:
    return "\n".join(
        f"- **{escape(point.name)}**: {escape(point.sentence)}"
        + "".join(f" [{escape(words)}]({link})" for words, link in point.links if link)
        for point in points
    )
