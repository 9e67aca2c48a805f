"""What the map is made of, as bytes: sent once each, however often the page runs; parts.js takes them apart.

A part is the length of its header (uint32), the header as JSON, then its arrays, each at a multiple of 8. `key` names
the clustering it belongs to; `stamp` tells a part from an older one of the same name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaldash.charts.palette import VERDICT_SHAPES, Theme, mode_colour, palette, verdict_colours
from evaldash.services.colouring import Colouring
from evaldash.transcript.markup import visible

ALIGN = 8
KINDS = {"uint8": "u1", "uint16": "u2", "uint32": "u4"}
FULL = 65_535  # a place is a share of the map's larger side, in so many steps
TITLE_CHARS = 120
THEMES: tuple[Theme, ...] = ("light", "dark")


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a part; `stamp` is made from all of it."""
    bodies = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    digest = hashlib.sha256(json.dumps(header, sort_keys=True, default=str).encode())
    for array in bodies.values():
        digest.update(array.tobytes())
    shapes = [[name, KINDS[array.dtype.name], array.size] for name, array in bodies.items()]
    head = json.dumps({**header, "stamp": digest.hexdigest()[:16], "arrays": shapes}).encode()
    parts = [len(head).to_bytes(4, "little") + head, *(array.tobytes() for array in bodies.values())]
    return b"".join(part.ljust(-(-len(part) // ALIGN) * ALIGN, b"\0") for part in parts)


def stamp_of(part: bytes) -> str:
    """Return the stamp of a packed part."""
    length = int.from_bytes(part[:4], "little")
    return str(json.loads(part[4 : 4 + length])["stamp"])


def pack_places(points: NDArray[np.float32], ringed: NDArray[np.uint32], *, key: str) -> bytes:
    """Return where traces lie: x and y as uint16 over the larger side, and the positions that carry a ring."""
    low = points.min(axis=0)
    side = float((points.max(axis=0) - low).max()) or 1.0
    steps = np.rint((points - low) / side * FULL).astype(np.uint16)
    return pack({"part": "places", "clustering": key}, {"x": steps[:, 0], "y": steps[:, 1], "ringed": ringed})


def pack_layer(found: Colouring, *, key: str) -> bytes:
    """Return a colouring with its colours in both themes."""
    codes = found.codes.astype(np.uint16)
    header = {
        "part": f"layer:{found.field}",
        "key": key,
        "name": found.field,
        "title": visible(found.title),
        "kind": "number" if found.ends else "category",
        "labels": [visible(label) for label in found.labels],
        "counts": list(found.counts),
        "values": list(found.values),
        "noise": list(found.noise),
        "ends": list(found.ends or ()),
        "without": found.without,
        "shapes": _shapes(found),
        "colours": {theme: colours_of(found, theme) for theme in THEMES},
    }
    return pack(header, {"codes": codes})


def pack_titles(titles: Sequence[str], *, key: str) -> bytes:
    """Return what hovering shows of each trace: deflated UTF-8, and where each title begins."""
    encoded = [visible(" ".join(title.split())[:TITLE_CHARS]).encode() for title in titles]
    starts = np.zeros(len(encoded) + 1, dtype=np.uint32)
    np.cumsum([len(title) for title in encoded], out=starts[1:])
    deflated = np.frombuffer(zlib.compress(b"".join(encoded), level=1), dtype=np.uint8)
    return pack({"part": "titles", "key": key}, {"starts": starts, "bytes": deflated})


def mask_text(chosen: NDArray[np.bool_]) -> str:
    """Return a choice of traces for the browser: a bit each, as base64."""
    return base64.b64encode(np.packbits(chosen).tobytes()).decode()


def chosen_in(mask: object, count: int) -> NDArray[np.bool_] | None:
    """Return a choice of traces from the browser; None for none, and for what is no mask of so many traces."""
    if not isinstance(mask, str) or len(mask) > 2 * count + ALIGN:
        return None
    try:
        packed = np.frombuffer(base64.b64decode(mask, validate=True), dtype=np.uint8)
    except ValueError:
        return None
    return np.unpackbits(packed)[:count].astype(np.bool_) if packed.size * 8 >= count else None


def themes() -> dict[str, dict[str, str]]:
    """Return the colours of the page that the map needs, for both themes."""
    return {theme: {"noise": palette(theme).noise, "ink": palette(theme).ink} for theme in THEMES}


def colours_of(found: Colouring, theme: Theme) -> list[str]:
    """Return the colour of each code; a number's codes run along the scale."""
    colours = palette(theme)
    if found.ends:
        return _ramp(colours.scale, 256)
    if found.field == "verdict":
        of_verdict = verdict_colours(theme)
        return [of_verdict.get(label, colours.noise) for label in found.labels]
    order = [str(value) for value in found.values]
    return [
        colours.noise if code in found.noise else mode_colour(value, order, theme=theme)
        for code, value in enumerate(order)
    ]


def _shapes(found: Colouring) -> list[str]:
    if found.field != "verdict":
        return ["circle"] * len(found.labels)
    return [VERDICT_SHAPES.get(label, "circle") for label in found.labels]


def _ramp(scale: Sequence[str], steps: int) -> list[str]:
    ends = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in scale], dtype=np.float64)
    at = np.linspace(0, len(scale) - 1, steps)
    channels = [np.interp(at, np.arange(len(scale)), ends[:, channel]) for channel in range(3)]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in np.rint(np.array(channels).T).astype(int)]
