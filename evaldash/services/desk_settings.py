"""What a project sets for its readers: guidelines, and sub-checks that are asked of each trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.coding import Check
from evaldash.domain.stored import Project
from evaldash.domain.trace import Json
from evaldash.errors import InvalidInput
from evaldash.storage import projects
from evaldash.storage.store import Store

SETTING = "desk"  # its name in the project's settings
MAX_GUIDELINES = 20_000  # characters
MAX_CHECKS = 10
MAX_ITEMS = 20  # of one check
MAX_WORDS = 120  # characters of the name of a check or an item


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Guidelines as Markdown, and the sub-checks in their order."""

    guidelines: str = ""
    checks: tuple[Check, ...] = ()


def desk_settings(store: Store, project: Project) -> DeskSettings:
    """Return what a project set; nothing where it set nothing."""
    with store.read() as connection:
        kept = projects.setting(connection, project, SETTING)
    if not isinstance(kept, dict):
        return DeskSettings()
    checks: Any = kept.get("checks") or []
    return DeskSettings(
        guidelines=str(kept.get("guidelines") or ""),
        checks=tuple(Check(name=item["name"], items=tuple(item["items"])) for item in checks),
    )


def save_desk_settings(store: Store, project: Project, wanted: DeskSettings, *, who: str | None) -> None:
    """Keep guidelines and sub-checks; answers given before keep the words they had. Raises InvalidInput."""
    _check(wanted)
    checks: list[Json] = [{"name": check.name, "items": [*check.items]} for check in wanted.checks]
    with store.write() as connection:
        projects.set_setting(connection, project, SETTING, {"guidelines": wanted.guidelines, "checks": checks})
        projects.record(connection, project, who=who, what="changed guidelines or sub-checks")
        projects.touch(connection, project)


def parse_checks(text: str) -> tuple[Check, ...]:
    """Return the sub-checks of lines such as `Expected facts present: date, price, platform` or `Tone is friendly`."""
    return tuple(_parse_line(line) for line in text.splitlines() if line.strip())


def checks_as_text(checks: Sequence[Check]) -> str:
    """Return sub-checks as `parse_checks` reads them."""
    return "\n".join(f"{check.name}: {', '.join(check.items)}" if check.items else check.name for check in checks)


def _parse_line(line: str) -> Check:
    name, _, items = line.partition(":")
    return Check(
        name=" ".join(name.split()), items=tuple(" ".join(item.split()) for item in items.split(",") if item.strip())
    )


def _check(wanted: DeskSettings) -> None:
    if len(wanted.guidelines) > MAX_GUIDELINES:
        raise InvalidInput(f"guidelines have at most {MAX_GUIDELINES:,} characters, got {len(wanted.guidelines):,}")
    if len(wanted.checks) > MAX_CHECKS:
        raise InvalidInput(f"a project has at most {MAX_CHECKS} sub-checks, got {len(wanted.checks)}")
    names = [check.name for check in wanted.checks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(f"each sub-check needs a name of its own, {twice!r} stands twice")
    for check in wanted.checks:
        if not check.name or len(check.items) > MAX_ITEMS or len(set(check.items)) < len(check.items):
            raise InvalidInput(
                f"the sub-check {check.name!r} needs a name and at most {MAX_ITEMS} different items, "
                f"got {len(check.items)}"
            )
        if any(len(words) > MAX_WORDS for words in (check.name, *check.items)):
            raise InvalidInput(
                f"names of sub-checks and items have at most {MAX_WORDS} characters: {check.name[:40]!r}"
            )
