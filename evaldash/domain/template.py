"""How the traces of a project are best shown: which metadata stand on top, and what a known tool's result is.

Kept as JSON in the project's settings: {"top": [name, …], "tools": {tool: view, …}}. Without it the default is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from evaldash.domain.trace import Json
from evaldash.errors import InvalidInput

MAX_TOP = 12  # names above a trace; more would be a table of its own
MAX_TOOLS = 200
MAX_NAME = 200  # characters


class View(StrEnum):
    """How a tool's result is shown."""

    EMAIL = "email"
    TABLE = "table"
    RECORD = "record"  # names and values, one below the other
    DOCUMENTS = "documents"
    MARKDOWN = "markdown"
    CODE = "code"
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Names above a trace, empty for the default; the view of each known tool's result."""

    top: tuple[str, ...] = ()
    tools: Mapping[str, View] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return what stands in the settings."""
        return {"top": list(self.top), "tools": {name: view.value for name, view in self.tools.items()}}


def template_of(value: Any) -> Template:
    """Return the template of a JSON value; raises InvalidInput with a sentence where it is none."""
    if value is None:
        return Template()
    if not isinstance(value, dict):
        raise InvalidInput(f'a template must be an object with "top" and "tools", got {type(value).__name__}')
    unknown = sorted(set(map(str, value)) - {"top", "tools"})
    if unknown:
        raise InvalidInput(f'a template has "top" and "tools", got {unknown[0][:40]!r} as well; take it out')
    return Template(top=_top(value.get("top", [])), tools=_tools(value.get("tools", {})))


def _top(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(_is_name(name) for name in names):
        raise InvalidInput(
            f'"top" must be a list of names of metadata (1 to {MAX_NAME} characters), got {_short(names)}'
        )
    if len(names) > MAX_TOP:
        raise InvalidInput(f'"top" has room for {MAX_TOP} names, got {len(names)}; leave some out')
    return tuple(dict.fromkeys(names))


def _tools(tools: Any) -> dict[str, View]:
    if not isinstance(tools, dict) or not all(_is_name(name) for name in tools):
        raise InvalidInput(f'"tools" must be an object of tool name to view, got {_short(tools)}')
    if len(tools) > MAX_TOOLS:
        raise InvalidInput(f'"tools" has room for {MAX_TOOLS} tools, got {len(tools)}; leave some out')
    for name, view in tools.items():
        if not isinstance(view, str) or view not in set(View):
            raise InvalidInput(f"the view of tool {name[:40]!r} must be one of {', '.join(View)}, got {_short(view)}")
    return {name: View(view) for name, view in tools.items()}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= MAX_NAME


def _short(value: Any) -> str:
    return repr(value)[:60]
