"""Values as text with line breaks."""

from __future__ import annotations

import json

from evaldash.domain.trace import Json

MAX_INDENTED = 100_000  # characters; longer texts are not looked into


def pretty(value: Json) -> str:
    """Return a value as text: JSON with line breaks, a text as it is or, where it is JSON, with line breaks too."""
    if value is None or isinstance(value, str):
        return _indented(value or "")
    return json.dumps(value, ensure_ascii=False, indent=2)


def _indented(text: str) -> str:
    """Return JSON that came as a text with line breaks; as it is if anything but white space would change."""
    if len(text) > MAX_INDENTED or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        shown = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return text
    return shown if "".join(shown.split()) == "".join(text.split()) else text
