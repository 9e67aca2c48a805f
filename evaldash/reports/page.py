"""The report as one HTML file: nothing is loaded from anywhere, one script of our own runs, known by its hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from evaldash.charts.palette import Theme
from evaldash.charts.svg import RULES, clean, colours
from evaldash.reports.pictures import pictures
from evaldash.reports.story import Example, ModeStory, Point, Said, Section, Story, paragraphs, whose

FOLDER = Path(__file__).parent
BUTTONS = " ".join(f'<button type="button" data-picture="{kind}">{kind.upper()}</button>' for kind in ("svg", "png"))
DOTS = "abcdefghijk"  # classes of the style sheet: eight colours and three greys


def report_page(story: Story) -> str:
    """Return the report as an HTML document; names, notes and trace text in it are escaped."""
    script = (FOLDER / "report.js").read_text(encoding="utf-8")
    parts = "".join(_section(story, section) for section in story.sections)
    contents = "".join(f'<a href="#{section.key}">{escape(section.title)}</a>' for section in story.sections)
    title = f"How {_safe(story.project)} fails"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy(script)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{_colours()}
{RULES}
{(FOLDER / "report.css").read_text(encoding="utf-8")}
</style>
</head>
<body>
<main class="story">
<header><h1>{title}</h1><p class="quiet">{_safe(story.made_at)} · {_safe(story.taxonomy)}</p></header>
{"".join(f'<p class="warning" role="note">{_safe(warning)}</p>' for warning in story.warnings)}
<nav aria-label="Sections">{contents}</nav>
{parts}
</main>
<div id="tip" role="status" hidden></div>
<script>{script}</script>
</body>
</html>
"""


def section_html(story: Story, key: str, theme: Theme) -> str:
    """Return what stands below the text of a section, for a page of the app: charts, tables, quotes; no script."""
    inside = _more(story, key, in_app=True)
    if not inside:
        return ""
    values = "".join(f"--{name}:{value};" for name, value in colours(theme).items())
    styles = (FOLDER / "report.css").read_text(encoding="utf-8").partition("/* in the app from here */")[2]
    return f'<style>.story{{color-scheme:{theme};{values}}}{RULES}{styles}</style><div class="story">{inside}</div>'


def policy(script: str) -> str:
    """Return the policy of a page that runs `script` and nothing else, and loads nothing."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _colours() -> str:
    light, dark = colours("light"), colours("dark")
    pairs = "".join(f"--{name}:light-dark({light[name]},{dark[name]});" for name in light)
    return f":root{{color-scheme:light dark;{pairs}}}"


def _section(story: Story, section: Section) -> str:
    words = "".join(_paragraph(part) for part in paragraphs(section.text))
    by = f'<p class="by">{_safe(whose(section))}</p>' if section.by else ""
    heading = f"<h2>{escape(section.title)}</h2>"
    return f'<section id="{section.key}">{heading}{words}{by}{_more(story, section.key)}</section>\n'


def _paragraph(part: str | list[str]) -> str:
    if isinstance(part, str):
        return f'<p dir="auto">{_safe(part)}</p>'
    items = "".join(f'<li dir="auto">{_safe(item)}</li>' for item in part)
    return f"<ul>{items}</ul>"


def _more(story: Story, key: str, *, in_app: bool = False) -> str:
    if key == "read":
        return _folded("The batches", _table(story.batches)) if story.batches else ""
    if key == "modes":
        return _figures(story, "rates", in_app=in_app) + _modes(story)
    if key == "unknown":
        return _figures(story, "new-modes", "modes-seen", in_app=in_app)
    points = {"uses": story.uses, "fixes": story.fixes}.get(key, ())
    return _points(points)


def _figures(story: Story, *names: str, in_app: bool) -> str:
    drawn = {} if in_app else pictures(story)
    return "".join(
        f'<figure data-name="{name}">{drawn[name].inline()}<figcaption>{BUTTONS}</figcaption></figure>'
        for name in names
        if name in drawn
    )


def _modes(story: Story) -> str:
    if not story.modes:
        return ""
    told = "".join(_mode(number, mode) for number, mode in enumerate(story.told, start=1))
    loose = "".join(f'<li dir="auto">{_note(item)}</li>' for item in story.loose)
    more = f"<h3>Notes without a failure mode</h3><ul>{loose}</ul>" if loose else ""
    words = f"All {len(story.modes)} failure modes as a table" if len(story.modes) > 1 else "The same as a table"
    table = _folded(words, _mode_table(story))
    return f"{table}{told}{more}"


def _mode_table(story: Story) -> str:
    rows = "".join(_mode_row(mode) for mode in story.modes)
    names = ("failure mode", "severity", "notes", "traces", "rate (95 % interval, per mode)")
    head = "".join(f'<th scope="col"><button type="button">{name}</button></th>' for name in names)
    return f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _mode_row(mode: ModeStory) -> str:
    """The cells of severity and rate carry what they are sorted by."""
    order = {"critical": 0, "major": 1, "minor": 2}.get(mode.severity, 3)
    share = -1 if mode.share.estimate is None else mode.share.estimate
    return (
        f'<tr><td dir="auto">{_linked(mode)}</td><td data-value="{order}">{_safe(mode.severity) or "not said"}</td>'
        f'<td>{mode.notes}</td><td>{mode.traces}</td><td data-value="{share}">{_safe(mode.share.words)}</td></tr>'
    )


def _linked(mode: ModeStory) -> str:
    return f'<a href="#mode-{escape(mode.id)}">{_safe(mode.name)}</a>' if mode.examples else _safe(mode.name)


def _mode(number: int, mode: ModeStory) -> str:
    about = [
        mode.severity,
        mode.share.words,
        "1 read trace holds it" if mode.traces == 1 else f"{mode.traces:,} read traces hold it",
        mode.owner and f"owner: {mode.owner}",
    ]
    told = " · ".join(_safe(part) for part in about if part)
    definition = f'<p dir="auto">{_safe(mode.definition)}</p>' if mode.definition else ""
    return (
        f'<article id="mode-{escape(mode.id)}"><h3 dir="auto"><span class="dot {DOTS[_colour(mode)]}"></span>'
        f"{number}. {_safe(mode.name)}</h3>"
        f'<p class="quiet">{told}</p>{definition}{"".join(_example(item) for item in mode.examples)}</article>'
    )


def _colour(mode: ModeStory) -> int:
    return mode.place if mode.place < 8 else 8 + (mode.place - 8) % 3


def _example(item: Example) -> str:
    said = "".join(_said(line) for line in item.said)
    return f'<blockquote>{said}<p class="note" dir="auto">{_note(item)}</p></blockquote>'


def _said(line: Said) -> str:
    kind, mark = ("said wrong", " ✗ here it first went wrong") if line.is_wrong else ("said", "")
    return f'<div class="{kind}"><b>{_safe(line.who)}{mark}</b><p dir="auto">{_safe(line.text)}</p></div>'


def _note(item: Example) -> str:
    step = f", step {item.step}" if item.step else ""
    name = f"trace {item.trace[:12]}"
    link = f'<a href="{escape(item.link)}" rel="noreferrer noopener">{name}</a>' if item.link else name
    return f'“{_safe(item.note)}” <span class="quiet">({link}{step})</span>'


def _points(points: Sequence[Point]) -> str:
    if not points:
        return ""
    rows = "".join(
        f'<li dir="auto"><b>{_safe(point.name)}</b>: {_safe(point.sentence)}'
        + "".join(
            f' <a href="{escape(link)}" rel="noreferrer noopener">{_safe(words)}</a>' for words, link in point.links
        )
        + "</li>"
        for point in points
    )
    return f"<ul>{rows}</ul>"


def _folded(words: str, inside: str) -> str:
    return f"<details><summary>{escape(words)}</summary>{inside}</details>"


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{_safe(str(cell))}</td>' for cell in row.values())}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _safe(text: str) -> str:
    return escape(clean(text))
