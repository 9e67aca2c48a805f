"""What changed between two versions of a taxonomy: modes that came, went or read differently, and notes that moved."""

from __future__ import annotations

from dataclasses import dataclass

from evaldash.domain.taxonomy import FailureMode, Taxonomy

WORDS = ("name", "definition", "applies_when", "not_when", "severity", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworded:
    """One text of a mode before and after; `field` is one of WORDS."""

    mode: FailureMode  # as it reads afterwards
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Notes that went from one mode to another; a mode that is None stands for "no mode"."""

    codes: tuple[str, ...]
    before: FailureMode | None
    after: FailureMode | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that changed from the version `before` to `after`."""

    before: int
    after: int
    added: tuple[FailureMode, ...]
    gone: tuple[FailureMode, ...]
    reworded: tuple[Reworded, ...]
    moved: tuple[Moved, ...]


def difference(before: Taxonomy, after: Taxonomy) -> Difference:
    """Return what changed, modes in their taxonomy's order and the largest moves first."""
    old, new = ({mode.id: mode for mode in side.modes} for side in (before, after))
    return Difference(
        before=before.version,
        after=after.version,
        added=tuple(mode for mode in after.modes if mode.id not in old),
        gone=tuple(mode for mode in before.modes if mode.id not in new),
        reworded=tuple(
            Reworded(mode=mode, field=field, before=getattr(old[mode.id], field), after=getattr(mode, field))
            for mode in after.modes
            if mode.id in old
            for field in WORDS
            if getattr(old[mode.id], field) != getattr(mode, field)
        ),
        moved=_moved(before, after, old, new),
    )


def _moved(
    before: Taxonomy, after: Taxonomy, old: dict[str, FailureMode], new: dict[str, FailureMode]
) -> tuple[Moved, ...]:
    ways: dict[tuple[str | None, str | None], list[str]] = {}
    for code in dict.fromkeys([*before.assignments, *after.assignments]):
        way = (before.assignments.get(code), after.assignments.get(code))
        if way[0] != way[1]:
            ways.setdefault(way, []).append(code)
    found = [
        Moved(codes=tuple(codes), before=old.get(way[0] or ""), after=new.get(way[1] or ""))
        for way, codes in ways.items()
    ]
    return tuple(sorted(found, key=lambda move: -len(move.codes)))
