"""What a database can hold: NUL becomes ␀ and a lone surrogate ? in text columns; the raw record keeps both."""

from __future__ import annotations

from typing import Any, overload

NUL_MARK = "␀"


@overload
def storable(value: str) -> str: ...
@overload
def storable(value: None) -> None: ...
def storable(value: str | None) -> str | None:
    """Return `value` with ␀ for NUL and ? for lone surrogates."""
    if value is None or (value.isascii() and "\0" not in value):
        return value
    marked = value.replace("\0", NUL_MARK)
    return marked.encode("utf-8", "replace").decode() if _has_surrogate(marked) else marked


def storable_json(value: Any) -> Any:
    """Return `value` with every string in it storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [storable_json(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(name)): storable_json(item) for name, item in value.items()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return str(value)
    return value


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
