"""What of a source's text its trace shows: nothing is dropped silently, and what has no place is named.

Counted are string values of at least 20 characters with a space in them: sentences, not ids. JSON within strings is
decoded; the same text twice (history repeated in every model call) counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaldash.domain.trace import Json, Step, Trace
from evaldash.importers.fields import parsed_if_json
from evaldash.importers.python_literal import parsed_if_literal

MIN_TEXT = 20  # characters of a string value that counts as text
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d[\d:.,+Z -]*")  # has a space, says nothing
MAX_DECODED = 8  # levels of JSON within strings within JSON
_NESTS = (dict, list, tuple)  # a text that is too short stays so when it is decoded: what neither is nor nests is left
_ENCODED = frozenset('{["')  # how a text begins that may hold JSON


@dataclass(frozen=True, slots=True)
class Text:
    """A string value of a source and its place there: "spans[].attributes.input.value"."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How many characters of text a trace's source holds, how many of them are shown, and what is not."""

    total: int
    kept: int
    missing: tuple[Text, ...]

    @property
    def share(self) -> float:
        """The share of the text that is shown, 1 where there is none."""
        return self.kept / self.total if self.total else 1.0


class Shown:
    """The texts that stand in steps, metadata and feedback; finds whole texts at once and parts of texts by search."""

    def __init__(self) -> None:
        self._exact: set[str] = set()
        self._joined: str | None = None

    def add(self, value: Json) -> None:
        """Take in all strings of a value."""
        if isinstance(value, str) and value.lstrip()[:1] not in _ENCODED:
            self._exact.add(value.strip())  # most texts are just texts
        else:
            self._exact.update(item.text.strip() for item in texts_of(value, least=0))
        self._joined = None

    def add_steps(self, steps: Iterable[Step]) -> None:
        """Take in what steps show."""
        for step in steps:
            for value in (step.name, step.text, step.error, step.arguments, step.result):
                if value is not None:
                    self.add(value)

    def holds(self, text: str) -> bool:
        """Tell whether a text is shown, alone or within another; white space at its ends does not count."""
        wanted = text.strip()
        if wanted in self._exact:
            return True
        if self._joined is None:
            self._joined = "\n\0\n".join(self._exact)
        return wanted in self._joined


def texts_of(value: Json, *, least: int = MIN_TEXT) -> Iterator[Text]:
    """Yield the string values of at least `least` characters (with a space, unless `least` is 0), JSON decoded."""
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, item, decoded = stack.pop()
        if isinstance(item, str):
            inner = _decoded(item) if decoded < MAX_DECODED else item
            if isinstance(inner, str) and inner != item:  # a text encoded twice may hold JSON again
                stack.append((path, inner, decoded + 1))
                continue
            if isinstance(inner, str):
                if not least or (len(inner) >= least and " " in inner and not TIME.fullmatch(inner)):
                    yield Text(path, inner)
                continue
            if not least:
                yield Text(path, item)  # it may be shown as it came, too
            item, decoded = inner, decoded + 1
        if isinstance(item, dict):
            stack += [
                (f"{path}.{key}" if path else str(key), inner, decoded)
                for key, inner in reversed(item.items())
                if (isinstance(inner, str) and len(inner) >= least) or isinstance(inner, _NESTS)
            ]
        elif isinstance(item, list | tuple):
            stack += [
                (f"{path}[]", inner, decoded)
                for inner in reversed(item)
                if (isinstance(inner, str) and len(inner) >= least) or isinstance(inner, _NESTS)
            ]


def _decoded(text: str) -> Json:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        inner = parsed_if_json(text)
        return parsed_if_literal(text) if inner is text else inner
    if start == '"' and len(text) > MIN_TEXT:
        inner = parsed_if_json(f"[{text}]")  # a string encoded twice
        return inner[0] if isinstance(inner, list) and len(inner) == 1 else text
    return text


def shown_of(trace: Trace) -> Shown:
    """Return all texts that a trace shows."""
    shown = Shown()
    shown.add_steps(trace.steps)
    shown.add(dict(trace.metadata))
    shown.add([trace.external_id, trace.session, trace.version, *trace.tags])
    for item in trace.feedback:
        shown.add([item.name, item.value, item.comment, item.author])
    return shown


def kept_of(trace: Trace) -> Kept:
    """Return how much of the text of a trace's raw records it shows."""
    return _compared(trace.raw, shown_of(trace))


def _compared(raw: Sequence[Json], shown: Shown) -> Kept:
    seen: set[str] = set()
    total = kept = 0
    missing: list[Text] = []
    for record in raw:
        for item in texts_of(record):
            if item.text in seen:
                continue
            seen.add(item.text)
            total += len(item.text)
            if shown.holds(item.text):
                kept += len(item.text)
            else:
                missing.append(item)
    return Kept(total, kept, tuple(missing))


def with_told(trace: Trace, places: Iterable[tuple[str, Json]]) -> Trace:
    """Return the trace with the texts of `places` (name, value) that it does not show in its metadata, by their names.

    For what an importer knows to be said beside the conversation: signatures, settings, attributes of the plumbing.
    """
    shown = shown_of(trace)
    found: dict[str, list[Json]] = {}
    seen: set[str] = set()  # what was told in one place is not told again under the name of another
    for name, value in places:
        for item in texts_of(value):
            if item.text not in seen and not shown.holds(item.text):
                found.setdefault(f"{name}.{item.path}" if item.path else name, []).append(item.text)
            seen.add(item.text)
    added: dict[str, Json] = {name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}
    named = dict(trace.metadata)  # what has a name of its own stands first
    return replace(trace, metadata={**named, **added, **named}) if added else trace


def with_leftovers(trace: Trace) -> tuple[Trace, tuple[str, ...]]:
    """Return the trace with every text that it did not show in its metadata, under its path; and these paths."""
    missing = kept_of(trace).missing
    if not missing:
        return trace, ()
    found: dict[str, list[str]] = {}
    for item in missing:
        found.setdefault(item.path or "value", []).append(item.text)
    metadata: Mapping[str, Json] = dict(trace.metadata) | {
        _free(path, trace.metadata): texts[0] if len(texts) == 1 else list(texts) for path, texts in found.items()
    }
    return replace(trace, metadata=metadata), tuple(found)


def _free(path: str, taken: Mapping[str, Json]) -> str:
    return f"{path} (source)" if path in taken else path
