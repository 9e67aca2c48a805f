"""The sections of the report, and what people wrote in them: every wording is kept, the newest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from evaldash.domain.stored import Project
from evaldash.domain.trace import Json
from evaldash.errors import InvalidInput, NotFound
from evaldash.storage import projects
from evaldash.storage.store import Store
from evaldash.storage.text import storable

SECTIONS = {
    "summary": "In short",
    "read": "What was read, and how it was drawn",
    "modes": "How it fails",
    "uses": "Surprising uses",
    "fixes": "What was fixed, and what that did",
    "unknown": "What is not known yet",
    "next": "What to do next",
}
SETTING = "report_texts"
MOST_WORDS = 20_000  # characters of a section


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A section in a person's words; `basis` is what the figures gave at that time."""

    text: str
    basis: str
    by: str
    at: str


def write_section(store: Store, project: Project, key: str, text: str, *, basis: str, who: str | None) -> None:
    """Keep a person's wording of a section. `basis`: what the figures give now, by which overridden ones are known.

    Raises NotFound for another section, InvalidInput without words, without a person, or for more than 20,000
    characters.
    """
    words = text.strip()
    if not 0 < len(words) <= MOST_WORDS:
        raise InvalidInput(f"the text of a section must have 1 to {MOST_WORDS:,} characters, got {len(words):,}")
    _add(store, project, key, {"text": storable(words), "basis": storable(basis)}, who=who, did="wrote")


def reset_section(store: Store, project: Project, key: str, *, who: str | None) -> None:
    """Let the figures speak again in a section; what was written stays in the history."""
    _add(store, project, key, {"text": None, "basis": ""}, who=who, did="took back")


def written_texts(store: Store, project: Project) -> dict[str, Written]:
    """Return the sections that stand in a person's words, by key."""
    with store.read() as connection:
        entries = _entries(projects.setting(connection, project, SETTING))
    newest = {str(entry["section"]): entry for entry in entries}
    return {
        key: Written(text=str(e["text"]), basis=str(e["basis"]), by=str(e["by"]), at=str(e["at"]))
        for key, e in newest.items()
        if e["text"] is not None
    }


def _add(store: Store, project: Project, key: str, entry: dict[str, Json], *, who: str | None, did: str) -> None:
    if key not in SECTIONS:
        raise NotFound(f"the report has no section {key!r}; it has: {', '.join(SECTIONS)}")
    if not who:
        raise InvalidInput("a text needs the person who writes it; say who you are")
    made = entry | {"section": key, "by": who, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    with store.write() as connection:
        kept = _entries(projects.setting(connection, project, SETTING))
        projects.set_setting(connection, project, SETTING, cast(Json, [*kept, made]))
        projects.record(connection, project, who=who, what=f"{did} the report's section {SECTIONS[key]!r}")
        projects.touch(connection, project)


def _entries(held: Json) -> list[dict[str, Json]]:
    return [entry for entry in held if isinstance(entry, dict)] if isinstance(held, list) else []
