"""Fixes: what was changed because of a failure mode, and what that did; bugs that reading found and were repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import InvalidInput
from evaldash.services.browse import trace_heads
from evaldash.services.coded import CodedProject, load_coded
from evaldash.services.cycles import Comparison, ModeChange, Two, comparison_of_one, cycles_of, inputs_between
from evaldash.services.equal_inputs import EqualInput
from evaldash.services.taxonomy import mode_named
from evaldash.services.wording import comparison_caveats
from evaldash.storage import fixes, projects, taxonomies
from evaldash.storage.fixes import Fix
from evaldash.storage.store import Store

BEFORE, AFTER = "before", "after"
MOST_WORDS = 2000  # characters of what was done


class FixKind(StrEnum):
    """A change that should make a mode rarer, or a plain bug that was repaired: a prevented production issue."""

    CHANGE = "change"
    BUG = "bug"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixEffect:
    """A fix with the name of its mode today and what became of the mode; None where it is gone or nothing was read."""

    fix: Fix
    name: str
    compared: Comparison | None

    @property
    def effect(self) -> ModeChange | None:
        """What became of the mode."""
        return self.compared.changes[0] if self.compared else None

    @property
    def caveats(self) -> list[str]:
        """What that rests on and leaves open, one sentence each."""
        return comparison_caveats(self.compared) if self.compared else []

    def as_json(self) -> dict[str, Any]:
        """Return the fix with its effect."""
        change = self.effect.as_json() if self.effect else {}
        figures = {name: change.get(name) for name in ("before", "after", "change", "low", "high", "verdict")}
        fix = self.fix
        return {
            "mode": fix.mode, "name": self.name, "kind": fix.kind, "what": fix.what, "version": fix.version,
            "at": fix.at.isoformat(), "by": fix.by, **figures, "caveats": self.caveats,
        }  # fmt: skip


def record_fix(
    store: Store, project: Project, mode: str, what: str, *, who: str, kind: FixKind | str = FixKind.CHANGE,
    version: str | None = None, at: datetime | None = None,
) -> None:  # fmt: skip
    """Record what was done about a mode (id or name); NotFound for another mode, InvalidInput without words."""
    words = " ".join(what.split())
    if not 0 < len(words) <= MOST_WORDS:
        raise InvalidInput(f"say in 1 to {MOST_WORDS} characters what was changed, got {len(words)}")
    with store.write() as connection:
        found = mode_named(taxonomies.load(connection, project), mode)
        fixes.add(
            connection,
            project,
            mode=found.id,
            kind=FixKind(kind).value,
            what=words,
            version=version or None,
            at=at,
            by=who,
        )
        projects.record(connection, project, who=who, what=f"fix of {found.name}: {words[:200]}")
        projects.touch(connection, project)


def list_fixes(store: Store, project: Project) -> list[FixEffect]:
    """Return all fixes, newest first, each with what became of its mode."""
    with store.read() as connection:
        rows = fixes.listing(connection, project)
    if not rows:
        return []
    return effects_of(store, project, rows, load_coded(store, project), trace_heads(store, project))


def effects_of(
    store: Store, project: Project, rows: Sequence[Fix], coded: CodedProject, heads: Sequence[TraceHead]
) -> list[FixEffect]:
    """Return what became of each fix, of what was loaded already; `heads` are all traces of the project.

    Each is asked for alone, so that what other modes did does not move its verdict.
    """
    names = {mode.id: mode.name for mode in coded.taxonomy.modes}
    sides = _Sides(store, project, coded, heads)
    return [
        FixEffect(
            fix=fix,
            name=names.get(fix.mode, "(merged or retired)"),
            compared=sides.compare(fix) if fix.mode in names else None,
        )
        for fix in rows
    ]


def prevented(found: list[FixEffect]) -> list[FixEffect]:
    """Return the bugs that reading found and somebody repaired."""
    return [item for item in found if item.fix.kind == FixKind.BUG]


class _Sides:
    """What ran before a fix and what after it: by the version that first holds it, else by time; found once for all."""

    def __init__(self, store: Store, project: Project, coded: CodedProject, heads: Sequence[TraceHead]) -> None:
        self._given = (store, project, coded, heads)
        self._known: dict[str | datetime, tuple[Two, list[EqualInput]]] = {}

    def compare(self, fix: Fix) -> Comparison | None:
        """Compare the mode on both sides; None where nothing was read on one of them."""
        coded = self._given[2]
        sides, equal = self._of(fix)
        if not set(sides.names) <= {sides.group_of.get(item.trace) for item in coded.judged}:
            return None
        return comparison_of_one(coded, fix.mode, sides, equal)

    def _of(self, fix: Fix) -> tuple[Two, list[EqualInput]]:
        store, project, coded, heads = self._given
        key = fix.version or fix.at
        if key not in self._known:
            sides = _by_version(coded, heads, fix.version) if fix.version else _by_time(heads, fix.at)
            equal = inputs_between(store, project, coded, heads, sides)
            self._known[key] = (sides, equal)
        return self._known[key]


def _by_version(coded: CodedProject, heads: Sequence[TraceHead], version: str) -> Two:
    """A side that is one version has its name: what was drawn of that version then speaks for all of the side."""
    order = [item.version for item in cycles_of(coded, heads)]
    if version not in order:
        return Two({}, (BEFORE, AFTER))
    earlier, later = order[: order.index(version)], order[order.index(version) :]
    names = (_only(earlier) or BEFORE, _only(later) or AFTER)
    return Two({head.id: names[head.version in later] for head in heads}, names)


def _only(versions: Sequence[str | None]) -> str | None:
    return versions[0] if len(versions) == 1 else None


def _by_time(heads: Sequence[TraceHead], at: datetime) -> Two:
    known = [(head.id, head.started_at) for head in heads if head.started_at is not None]
    return Two({trace: AFTER if began >= at else BEFORE for trace, began in known}, (BEFORE, AFTER))
