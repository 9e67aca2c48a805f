"""What a report tells, as values: sections with their text, the modes with their examples, and the figures behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*(?:[  ]?%)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A rate as it is shown: estimate and interval (None where it cannot be estimated), its words, what carries it."""

    estimate: float | None
    low: float | None
    high: float | None
    words: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words of a trace: who said them, and whether this is the step where it first went wrong."""

    who: str
    text: str
    step: int
    is_wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A note with the exchange it was written on; `link` opens the trace in the app, empty if that is nowhere."""

    note: str
    trace: str
    step: int | None
    said: tuple[Said, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeStory:
    """One failure mode; `place` is its place in the taxonomy, which gives its colour; `traces` read that hold it."""

    id: str
    place: int
    name: str
    definition: str
    severity: str
    owner: str
    notes: int
    traces: int
    share: Share
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A line of a list: a name, a sentence to it, and links to traces."""

    name: str
    sentence: str
    links: tuple[tuple[str, str], ...] = ()  # words, address


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section: the text that the figures give, and the text that stands there; `by` wrote it, None: the figures did.

    `overridden` are figures in the text that the data do not give; `stale`: the figures moved on after it was written.
    """

    key: str
    title: str
    computed: str
    text: str
    by: str | None = None
    at: str = ""
    overridden: tuple[str, ...] = ()
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The figures behind the charts: bars (batch, read, new random, new targeted) and the curve of modes seen."""

    bars: tuple[tuple[str, int, int, int], ...] = ()
    cumulative: tuple[tuple[int, int], ...] = ()
    rarefied: tuple[CurveStep, ...] = ()
    ahead: tuple[CurveStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveStep:
    """That many modes, from `low` to `high`, after `traces` traces."""

    traces: float
    modes: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A whole report. `modes` are all of them, gravest first; those with examples are told, the others listed."""

    project: str
    made_at: str
    taxonomy: str
    sections: tuple[Section, ...]
    overall: Share
    modes: tuple[ModeStory, ...]
    batches: tuple[Mapping[str, object], ...]
    uses: tuple[Point, ...]
    fixes: tuple[Point, ...]
    loose: tuple[Example, ...]
    warnings: tuple[str, ...]
    curve: Curve
    masked: Mapping[str, int]  # kind of placeholder -> how many stand in the report; empty where nothing was masked

    @property
    def told(self) -> tuple[ModeStory, ...]:
        """The modes with a part of their own."""
        return tuple(mode for mode in self.modes if mode.examples)


def written_section(key: str, title: str, computed: str, *, text: str, basis: str, by: str, at: str) -> Section:
    """Return a section in a person's words; `basis` is what the figures gave when they were written."""
    given = set(figures(computed)) | set(figures(basis))
    return Section(
        key=key,
        title=title,
        computed=computed,
        text=text,
        by=by,
        at=at,
        overridden=tuple(dict.fromkeys(figure for figure in figures(text) if figure not in given)),
        stale=basis != computed,
    )


def figures(text: str) -> list[str]:
    """Return the figures of a text, as "18 %", "120" or "2.5", in their order."""
    return [re.sub(r"[  ]?%", " %", found) for found in _FIGURE.findall(text)]


def whose(section: Section) -> str:
    """Return who wrote a section and which figures are theirs; empty where the figures speak themselves."""
    if section.by is None:
        return ""
    said = f"Written by {section.by} on {section.at}."
    if section.overridden:
        said += f" Figures that the data do not give: {', '.join(section.overridden)}."
    if section.stale:
        said += " The figures have changed since."
    return said


def paragraphs(text: str) -> list[str | list[str]]:
    """Return the text as paragraphs, and lines that begin with "- " as lists of their items."""
    found: list[str | list[str]] = []
    fresh = True  # whether the next line begins a paragraph
    for line in text.splitlines():
        words = " ".join(line.split())
        if words.startswith("- "):
            if not found or not isinstance(found[-1], list) or fresh:
                found.append([])
            held = found[-1]
            assert isinstance(held, list)
            held.append(words[2:])
            fresh = False
        elif words and not fresh and found and isinstance(found[-1], str):
            found[-1] = f"{found[-1]} {words}"
        elif words:
            found.append(words)
            fresh = False
        else:
            fresh = True
    return found
