"""Mappings of columns by name: saved once, then taken for every export of the same shape."""

from __future__ import annotations

from collections.abc import Mapping as Table
from enum import StrEnum
from pathlib import Path

from evaldash.errors import InvalidInput, NotFound
from evaldash.importers import Mapping
from evaldash.importers.feedback_rows import FeedbackColumns
from evaldash.importers.mapping import read_roles
from evaldash.storage import mappings, projects
from evaldash.storage.mappings import SavedMapping
from evaldash.storage.store import Store

__all__ = [
    "MappingKind",
    "SavedMapping",
    "delete_mapping",
    "find_mapping",
    "list_mappings",
    "named_mapping",
    "save_mapping",
]

MAX_NAME = 100  # characters


class MappingKind(StrEnum):
    """What kind of file a mapping is for."""

    TABLE = "table"
    FEEDBACK = "feedback"


def list_mappings(store: Store, kind: MappingKind | None = None) -> list[SavedMapping]:
    """Return the saved mappings of a kind, or all, by name."""
    with store.read() as connection:
        return mappings.listing(connection, kind=kind)


def find_mapping(store: Store, kind: MappingKind, name: str) -> SavedMapping:
    """Return the mapping of that name; NotFound lists those there are."""
    with store.read() as connection:
        found = mappings.find(connection, kind=kind, name=name)
        there = [] if found else mappings.listing(connection, kind=kind)
    if found is None:
        names = ", ".join(item.name for item in there) or "none"
        raise NotFound(f"there is no mapping {name!r} for {kind} files; there are: {names}")
    return found


def save_mapping(store: Store, kind: MappingKind, name: str, roles: Table[str, str], *, who: str | None) -> None:
    """Save a mapping after checking it; one of the same name is replaced."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > MAX_NAME:
        raise InvalidInput(f"the name of a mapping has 1 to {MAX_NAME} characters, got {len(cleaned)}")
    _check(kind, roles)
    with store.write() as connection:
        replaced = mappings.save(connection, kind=kind, name=cleaned, columns=tuple(roles.items()), by=who)
        projects.record(
            connection, None, who=who, what=f"{'replaced' if replaced else 'saved'} the {kind} mapping {cleaned}"
        )


def delete_mapping(store: Store, kind: MappingKind, name: str, *, who: str | None) -> None:
    """Forget a mapping; what was imported with it stays."""
    find_mapping(store, kind, name)
    with store.write() as connection:
        mappings.delete(connection, kind=kind, name=name)
        projects.record(connection, None, who=who, what=f"deleted the {kind} mapping {name}")


def named_mapping(store: Store, kind: MappingKind, given: str) -> dict[str, str]:
    """Return column -> role of the file at that path, or of the saved mapping of that name."""
    path = Path(given)
    if path.exists() and not path.is_dir():
        return read_roles(path)
    try:
        return dict(find_mapping(store, kind, given).columns)
    except NotFound as error:
        raise NotFound(f"--mapping: there is no file {given!r}, and {error}") from error


def _check(kind: MappingKind, roles: Table[str, str]) -> None:
    if kind is MappingKind.TABLE:
        Mapping.of(roles)
    else:
        FeedbackColumns.of(roles)
