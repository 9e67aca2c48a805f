"""The taxonomy: suggestions, their acceptance, and every change a person makes, each a version."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode, Taxonomy, TaxonomyChange
from evaldash.errors import Conflict, InvalidInput
from evaldash.storage import open_codes, projects, readings, taxonomies
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Connection, Store
from evaldash.taxonomy import editing
from evaldash.taxonomy.difference import Difference, difference
from evaldash.taxonomy.naming import find_mode

SEED = 0
MAX_VERSION_NAME = 120  # characters
Summary = Callable[[Taxonomy], str]  # what a change did, in the names of the taxonomy before it
Edit = Callable[[Taxonomy, set[str]], Taxonomy]  # the present taxonomy and all code ids in, the next one out


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyView:
    """The taxonomy with what its modes hold. `codes`: all open codes; `by_mode`: mode id -> its codes."""

    taxonomy: Taxonomy
    codes: tuple[CodeRow, ...]
    by_mode: Mapping[str, tuple[CodeRow, ...]]
    uncategorised: tuple[CodeRow, ...]

    def traces_of(self, mode: FailureMode) -> int:
        """Return how many traces hold a mode."""
        return len({code.trace for code in self.by_mode[mode.id]})

    def as_json(self) -> dict[str, Any]:
        """Return the taxonomy as the interface documents it."""
        return {
            "version": self.taxonomy.version,
            "published": self.taxonomy.published,
            "modes": [
                {
                    "id": mode.id,
                    "name": mode.name,
                    "definition": mode.definition,
                    "applies_when": mode.applies_when,
                    "not_when": mode.not_when,
                    "severity": mode.severity or None,
                    "owner": mode.owner or None,
                    "codes": [code.id for code in self.by_mode[mode.id]],
                    "traces": self.traces_of(mode),
                }
                for mode in self.taxonomy.modes
            ],
            "uncategorised": [code.id for code in self.uncategorised],
        }


def view(
    store: Store, project: Project, version: int | None = None, *, codes: Sequence[CodeRow] | None = None
) -> TaxonomyView:
    """Return the taxonomy of today or of a version, over the codes as they read today.

    `codes` are all codes, where the caller has them: of thousands they are most of the work.
    """
    with store.read() as connection:
        return load_view(connection, project, version, codes=codes)


def codes_mark(store: Store, project: Project) -> tuple[int, int]:
    """Return what stays the same as long as no code was written, reworded or taken back."""
    with store.read() as connection:
        return readings.mark(connection, project)


def all_codes(store: Store, project: Project) -> tuple[CodeRow, ...]:
    """Return all open codes as they read today."""
    with store.read() as connection:
        return tuple(open_codes.codes(connection, project))


def history(store: Store, project: Project) -> list[TaxonomyChange]:
    """Return all versions' changes, oldest first."""
    with store.read() as connection:
        return taxonomies.history(connection, project)


def compare(store: Store, project: Project, before: int, after: int) -> Difference:
    """Return what changed between two versions; NotFound for one there never was."""
    with store.read() as connection:
        return difference(taxonomies.load(connection, project, before), taxonomies.load(connection, project, after))


def change(store: Store, project: Project, edit: Edit, *, action: str, summary: Summary, who: str) -> TaxonomyView:
    """Apply one edit to the taxonomy of now, as a version of its own."""
    with store.write() as connection:
        now = load_view(connection, project)
        after = edit(now.taxonomy, {code.id for code in now.codes})
        save_change(connection, project, after, action=action, summary=summary(now.taxonomy), by=who)
        return load_view(connection, project)


def merge(store: Store, project: Project, sources: Sequence[str], *, into: str, who: str) -> TaxonomyView:
    """Put the codes of several modes into one."""
    return change(
        store, project, lambda now, _: editing.merge(now, sources, into=into), action="merge", who=who,
        summary=lambda now: f"merged {', '.join(_name(now, source) for source in sources)} into {_name(now, into)}",
    )  # fmt: skip


def split(store: Store, project: Project, mode: str, codes: Sequence[str], *, into: str, who: str) -> TaxonomyView:
    """Put some codes of a mode into a new one."""

    def edit(now: Taxonomy, known: set[str]) -> Taxonomy:
        return editing.split(now, mode, full_ids(codes, known), into=into, new_id=new_id)

    return change(
        store, project, edit, action="split", summary=lambda now: f"split {into} from {_name(now, mode)}", who=who
    )


def move(store: Store, project: Project, codes: Sequence[str], *, to: str | None, who: str) -> TaxonomyView:
    """Put codes into a mode, or take them out of theirs (`to` None)."""

    def edit(now: Taxonomy, known: set[str]) -> Taxonomy:
        return editing.move(now, full_ids(codes, known), to=to, known_codes=known)

    def summary(now: Taxonomy) -> str:
        return f"{count_of(len(codes), 'note')} to {_name(now, to) if to else 'no mode'}"

    return change(store, project, edit, action="move", summary=summary, who=who)


def create(
    store: Store, project: Project, name: str, *, definition: str = "", codes: Sequence[str] = (), who: str
) -> TaxonomyView:
    """Make a mode by hand, with the codes it holds."""

    def edit(now: Taxonomy, known: set[str]) -> Taxonomy:
        ids = full_ids(codes, known)
        return editing.create(now, name, definition=definition, codes=ids, known_codes=known, new_id=new_id)

    return change(store, project, edit, action="create", summary=lambda _: f"made {name}", who=who)


def rename(store: Store, project: Project, mode: str, name: str, *, who: str) -> TaxonomyView:
    """Give a mode another name."""
    return change(
        store, project, lambda now, _: editing.rename(now, mode, name), action="rename",
        summary=lambda now: f"renamed {_name(now, mode)} to {name}", who=who,
    )  # fmt: skip


def define(store: Store, project: Project, mode: str, *, who: str, **words: str | None) -> TaxonomyView:
    """Say what a mode means and who sees to it: `definition`, `applies_when`, `not_when`, `severity`, `owner`."""
    return change(
        store, project, lambda now, _: editing.define(now, mode, **words), action="define",
        summary=lambda now: f"defined {_name(now, mode)}", who=who,
    )  # fmt: skip


def retire(store: Store, project: Project, mode: str, *, who: str) -> TaxonomyView:
    """Take a mode away; its codes become uncategorised."""
    return change(
        store, project, lambda now, _: editing.retire(now, mode), action="retire", who=who,
        summary=lambda now: f"retired {_name(now, mode)}",
    )  # fmt: skip


def publish(store: Store, project: Project, name: str, *, who: str) -> TaxonomyView:
    """Name and freeze the present version. Conflict when it has a name, or when there is nothing to publish."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise InvalidInput("a published version needs a name, got an empty one")
    if len(cleaned) > MAX_VERSION_NAME:
        raise InvalidInput(f"the name of a version must have at most {MAX_VERSION_NAME} characters, got {len(cleaned)}")
    with store.write() as connection:
        now = taxonomies.load(connection, project)
        if now.version == 0:
            raise Conflict("there is nothing to publish yet; accept a suggestion or make a failure mode first")
        if now.published:
            raise Conflict(f"version {now.version} is published already, as {now.published!r}; change something first")
        if any(cleaned == change.published for change in taxonomies.history(connection, project)):
            raise Conflict(f"a version is published as {cleaned!r} already; choose another name")
        taxonomies.publish(connection, project, now.version, cleaned)
        projects.record(connection, project, who=who, what=f"published taxonomy version {now.version} as {cleaned}")
        projects.touch(connection, project)
        return load_view(connection, project)


def undo(store: Store, project: Project, *, who: str) -> TaxonomyView:
    """Take back the last change that was not taken back yet, as a version of its own."""
    with store.write() as connection:
        take_back(connection, project, who=who)
        return load_view(connection, project)


def take_back(connection: Connection, project: Project, *, who: str, event: str | None = None) -> None:
    """Take back the last change that was not taken back yet, within a transaction; Conflict where there is none."""
    target = taxonomies.undoable(connection, project)
    if target is None:
        raise Conflict("there is no change to take back")
    before = taxonomies.load(connection, project, target - 1)
    words = f"took back version {target}"
    save_change(connection, project, before, action="undo", summary=words, by=who, undoes=target, event=event)


def redo(store: Store, project: Project, *, who: str) -> TaxonomyView:
    """Bring back what was taken back last, as a version of its own; Conflict where something was changed since."""
    with store.write() as connection:
        bring_back(connection, project, who=who)
        return load_view(connection, project)


def bring_back(connection: Connection, project: Project, *, who: str, event: str | None = None) -> None:
    """Bring back what was taken back last, within a transaction; Conflict where there is nothing to bring back."""
    target = taxonomies.redoable(connection, project)
    if target is None:
        raise Conflict("there is nothing to bring back: nothing was taken back since the last change")
    before = taxonomies.load(connection, project, target - 1)
    words = f"brought back what version {target} took back"
    save_change(connection, project, before, action="redo", summary=words, by=who, undoes=target, event=event)


def full_ids(given: Sequence[str], known: set[str]) -> list[str]:
    """Return the full code ids that ids or unique beginnings of 6 characters mean; others come back as given."""
    found = []
    for name in given:
        matches = [code for code in known if code.startswith(name)] if len(name) >= 6 else []
        found.append(matches[0] if len(matches) == 1 else name)
    return found


def mode_named(taxonomy: Taxonomy, called: str) -> FailureMode:
    """Return the mode of an id or a name; NotFound with the choices otherwise."""
    return find_mode(taxonomy, called)


def _name(taxonomy: Taxonomy, called: str) -> str:
    """Return the name of a mode that is called by id or name; a name that is new stays as it is given."""
    return next((mode.name for mode in taxonomy.modes if mode.id == called), called)


def load_view(
    connection: Connection, project: Project, version: int | None = None, *, codes: Sequence[CodeRow] | None = None
) -> TaxonomyView:
    """Return the taxonomy over the codes within a transaction; for other services."""
    taxonomy = taxonomies.load(connection, project, version)
    codes = open_codes.codes(connection, project) if codes is None else codes
    by_mode: dict[str, list[CodeRow]] = {mode.id: [] for mode in taxonomy.modes}
    uncategorised: list[CodeRow] = []
    for code in codes:
        by_mode.get(taxonomy.assignments.get(code.id, ""), uncategorised).append(code)
    return TaxonomyView(
        taxonomy=taxonomy,
        codes=tuple(codes),
        by_mode={mode: tuple(held) for mode, held in by_mode.items()},
        uncategorised=tuple(uncategorised),
    )


def save_change(
    connection: Connection,
    project: Project,
    after: Taxonomy,
    *,
    action: str,
    summary: str,
    by: str,
    undoes: int | None = None,
    suggestion: int | None = None,
    event: str | None = None,
    before: Taxonomy | None = None,
) -> None:
    """Store the next version and say so in the audit trail, within a transaction; for other services."""
    taxonomies.save(
        connection, project, after, action=action, summary=summary, by=by, undoes=undoes, suggestion=suggestion,
        event=event, before=before,
    )  # fmt: skip
    projects.record(connection, project, who=by, what=f"taxonomy: {summary}")
    projects.touch(connection, project)


def new_id() -> str:
    """Return the id of a new mode."""
    return uuid.uuid4().hex
