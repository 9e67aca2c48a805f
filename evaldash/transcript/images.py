"""Images from within the record: shown where they are small enough; never fetched from anywhere.

An importer leaves "[image_url, 12 kB, in the raw record]" where a message held an image; the image is found again in
the raw record by its size, in order. Small ones stand in the text themselves as data: addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evaldash.domain.trace import Json
from evaldash.transcript.nodes import Node, el

MAX_IMAGE = 700_000  # characters of base64 that a browser is given of one image: about 500 kB
LEFT_OUT = re.compile(r"\[[\w.-]{1,40}, ([\d,]+) kB, in the raw record\]")
KINDS = {"iVBORw0KGgo": "png", "/9j/": "jpeg", "R0lGOD": "gif", "UklGR": "webp"}  # how base64 of each begins
DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]{20,}={0,2}")
BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")


class Images:
    """The images of one record; the raw records are only read if a text says that it left one out."""

    def __init__(self, raw: Callable[[], Sequence[Json]] | None) -> None:
        self._raw = raw
        self._found: dict[str, list[str]] | None = None

    def in_text(self, text: str) -> list[Node] | None:
        """Return the pieces of a text around its images, the images as nodes; None if it has none."""
        marks = sorted([*LEFT_OUT.finditer(text), *DATA.finditer(text)], key=lambda mark: mark.start())
        pieces: list[Node] = []
        at = 0
        for mark in marks:
            image = self._left_out(mark.group(1)) if mark.re is LEFT_OUT else address(mark.group())
            if image is not None:
                before = text[at : mark.start()].removesuffix("[image_url] ").removesuffix("[image] ")
                pieces += [before, shown(image)]
                at = mark.end()
        return [*pieces, text[at:]] if at else None

    def _left_out(self, kilobytes: str) -> str | None:
        if self._found is None:
            self._found = _by_size(self._raw() if self._raw else ())
        waiting = self._found.get(kilobytes, [])
        return waiting.pop(0) if waiting else None


def address(value: str) -> str | None:
    """Return the data: address of an image that stands in a value as one, or as bare base64; None for anything else."""
    if value.startswith("data:"):
        return value if DATA.fullmatch(value) else None
    kind = next((kind for start, kind in KINDS.items() if value.startswith(start)), None)
    if kind is None or len(value) < 100 or not BASE64.fullmatch(value):
        return None
    return f"data:image/{kind};base64,{''.join(value.split())}"


def shown(image: str) -> Node:
    """Return an image as a node, one that is too large as words."""
    if len(image) > MAX_IMAGE:
        return el(
            "div", f"Image of {len(image) * 3 // 4_000:,} kB, too large to show; the raw record has it.", extra="hint"
        )
    return el("img", extra=image)


def _by_size(raw: Sequence[Json]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in _texts(list(raw)):
        image = address(text)
        if image is not None:
            found.setdefault(f"{len(text) * 3 // 4 // 1000:,}", []).append(image)
    return found


def _texts(value: Json) -> Iterator[str]:
    """Yield all texts of a value in their order, without recursion."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += reversed(list(item.values()))
        elif isinstance(item, list):
            waiting += reversed(item)
