"""Mappings saved by name: checked, listed, replaced, forgotten, and kept in their order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaldash.errors import InvalidInput, NotFound
from evaldash.services.mappings import (
    MappingKind,
    delete_mapping,
    find_mapping,
    list_mappings,
    named_mapping,
    save_mapping,
)
from evaldash.storage.store import Store, open_store

ROLES = {"zeile": "query", "antwort": "answer", "datum": "started_at"}


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def test_a_mapping_comes_back_as_it_was_saved(store: Store) -> None:
    save_mapping(store, MappingKind.TABLE, "  night   trains ", ROLES, who="ana")
    found = find_mapping(store, MappingKind.TABLE, "night trains")
    assert (list(found.columns), found.by) == (list(ROLES.items()), "ana")
    assert named_mapping(store, MappingKind.TABLE, "night trains") == ROLES


def test_saving_anew_replaces_and_deleting_forgets(store: Store) -> None:
    save_mapping(store, MappingKind.TABLE, "a", ROLES, who=None)
    save_mapping(store, MappingKind.TABLE, "a", {"q": "query"}, who=None)
    save_mapping(store, MappingKind.FEEDBACK, "a", {"id": "join", "stars": "value"}, who=None)
    assert [(item.kind, dict(item.columns)) for item in list_mappings(store)] == [
        ("feedback", {"id": "join", "stars": "value"}),
        ("table", {"q": "query"}),
    ]
    delete_mapping(store, MappingKind.TABLE, "a", who=None)
    assert [item.kind for item in list_mappings(store)] == ["feedback"]
    with pytest.raises(NotFound, match="there is no mapping 'a' for table files; there are: none"):
        find_mapping(store, MappingKind.TABLE, "a")


def test_a_file_goes_before_a_saved_name(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    path.write_text('{"q": "query"}', encoding="utf-8")
    assert named_mapping(store, MappingKind.TABLE, str(path)) == {"q": "query"}


WRONG = {
    "no name": (MappingKind.TABLE, "  ", ROLES, "1 to 100 characters, got 0"),
    "a role nobody knows": (MappingKind.TABLE, "a", {"q": "poem"}, "the role must be one of query"),
    "nothing said": (MappingKind.FEEDBACK, "a", {"id": "join"}, "role value or comment"),
    "nothing joined": (MappingKind.FEEDBACK, "a", {"stars": "value"}, "role join"),
}


@pytest.mark.parametrize(("kind", "name", "roles", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_mapping_that_would_not_work_is_not_saved(
    store: Store, kind: MappingKind, name: str, roles: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        save_mapping(store, kind, name, roles, who=None)
    assert list_mappings(store) == []
