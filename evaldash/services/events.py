"""What a browser sends, read with care: ids, texts and objects of the right kind and size, or a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Taxonomy
from evaldash.errors import Conflict, InvalidInput
from evaldash.storage import taxonomies
from evaldash.storage.store import Connection

MAX_TEXT = 5_000  # characters of one text in an event; definitions are shorter
MAX_LISTED = 100_000  # ids in one event
MODE_ID = re.compile(r"[0-9a-f]{16,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change: what it does to the taxonomy, the line of the history that says so, and what it says to proposals.

    `edit` gets the taxonomy of now and the ids of all codes. `suggestion` is the store's key of the one accepted.
    """

    action: str
    edit: Callable[[Taxonomy, set[str]], Taxonomy]
    summary: Callable[[Taxonomy], str]
    decisions: tuple[Decision, ...] = ()
    suggestion: int | None = None


def new_mode_id(connection: Connection, project: Project, event: Mapping[str, Any]) -> str:
    """Return the id that the browser gave to a mode it makes; a Conflict where one had it before."""
    mode = text(event, "mode")
    if not MODE_ID.fullmatch(mode):
        raise InvalidInput("the id of a new failure mode must be 16 to 64 hexadecimal digits; load the page again")
    if taxonomies.was_used(connection, project, mode):
        raise Conflict("a failure mode has this id already; load the page again")
    return mode


def ids(event: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of ids, each once."""
    given = event.get(name)
    if not isinstance(given, list) or len(given) > MAX_LISTED or not all(isinstance(item, str) for item in given):
        raise InvalidInput(f"{name} must be a list of ids; load the page again")
    return list(dict.fromkeys(given))


def part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object, empty where there is none."""
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def text(event: Mapping[str, Any], name: str) -> str:
    """Return a text, empty where there is none."""
    value = event.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise InvalidInput(f"{name} must be a text of at most {MAX_TEXT:,} characters; shorten it")
    return value
