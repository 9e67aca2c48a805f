"""What the parts of the reference vocabulary share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Case = Mapping[str, Any]
Outcome = dict[str, Any]


def each(function: Callable[[Any], Any], value: Any) -> Any:
    """Return the result for a value, or for each of a list, however deep: cases give either."""
    return [each(function, item) for item in value] if isinstance(value, list) else function(value)
