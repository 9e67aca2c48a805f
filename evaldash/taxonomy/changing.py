"""Changes proposed to modes that are there: checked against the taxonomy, named in words, applied one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from evaldash.domain.counting import count_of
from evaldash.domain.taxonomy import ChangeKind, FailureMode, SuggestedChange, Taxonomy
from evaldash.errors import EvaldashError
from evaldash.taxonomy import editing
from evaldash.taxonomy.naming import name_key

# What is taken over together is done in this order: a merge takes modes away that other changes are about.
ORDER = (ChangeKind.MOVE, ChangeKind.SPLIT, ChangeKind.RENAME, ChangeKind.DEFINE, ChangeKind.MERGE)
TAKES_NOTES = (ChangeKind.SPLIT, ChangeKind.MOVE)  # their notes go somewhere; of the others the notes are evidence
TEXTS = ("definition", "applies_when", "not_when")


def applied(
    now: Taxonomy, change: SuggestedChange, *, new_id: Callable[[], str], known_codes: Collection[str]
) -> Taxonomy:
    """Return the taxonomy with one change; notes that left the mode meanwhile stay where people put them.

    Raises NotFound for a mode that is gone, InvalidInput for a name that is taken or a split that takes none or all.
    """
    codes = [code for code in change.codes if now.assignments.get(code) == change.mode and code in known_codes]
    words = {name: getattr(change, name) for name in TEXTS if getattr(change, name)}
    if change.kind is ChangeKind.MERGE:
        return editing.merge(now, [change.mode], into=change.into or "")
    if change.kind is ChangeKind.MOVE:
        return editing.move(now, codes, to=change.into or "", known_codes=known_codes)
    if change.kind is ChangeKind.SPLIT:
        mode = new_id()
        after = editing.split(now, change.mode, codes, into=change.name, new_id=lambda: mode)
        return editing.define(after, mode, **words) if words else after
    if change.kind is ChangeKind.RENAME:
        return editing.rename(now, change.mode, change.name)
    return editing.define(now, change.mode, **words)


def fault(now: Taxonomy, change: SuggestedChange, known_codes: Collection[str]) -> str | None:
    """Say in words why a change cannot be made, or would change nothing; None where it can."""
    modes = {mode.id: mode for mode in now.modes}
    mode, into = modes.get(change.mode), modes.get(change.into or "")
    if mode is None:
        return "the mode that it changes is not there"
    if change.kind in (ChangeKind.MERGE, ChangeKind.MOVE) and (into is None or into is mode):
        return "it ends in no other mode that is there"
    if wrong := _words_fault(mode, change):
        return wrong
    try:
        applied(now, change, new_id=lambda: "new", known_codes=known_codes)
    except EvaldashError as error:
        return str(error)
    return None


def _words_fault(mode: FailureMode, change: SuggestedChange) -> str | None:
    if change.before and change.before != words_before(mode, change.kind):
        return "people have changed its words since"
    if change.kind is ChangeKind.RENAME and " ".join(change.name.split()) == mode.name:
        return "the mode has this name"
    if change.kind is ChangeKind.DEFINE and all(getattr(change, n) in ("", getattr(mode, n)) for n in TEXTS):
        return "it changes no word"
    return None


def words_before(mode: FailureMode, kind: ChangeKind) -> tuple[str, ...]:
    """Return the words of a mode that a change of this kind replaces."""
    if kind is ChangeKind.RENAME:
        return (mode.name,)
    return tuple(getattr(mode, name) for name in TEXTS) if kind is ChangeKind.DEFINE else ()


def clash(one: SuggestedChange, other: SuggestedChange) -> bool:
    """Say whether taking over one of two changes takes the ground from the other, so that a person has to choose."""
    for change, beside in ((one, other), (other, one)):
        if change.kind is ChangeKind.MERGE and change.mode in (beside.mode, beside.into):
            return True
    naming = (ChangeKind.RENAME, ChangeKind.SPLIT)
    if one.kind in naming and other.kind in naming and name_key(one.name) == name_key(other.name):
        return True
    if one.kind is other.kind and one.kind in (ChangeKind.RENAME, ChangeKind.DEFINE):
        return one.mode == other.mode
    return one.kind in TAKES_NOTES and other.kind in TAKES_NOTES and not set(one.codes).isdisjoint(other.codes)


def contradictions(changes: Sequence[SuggestedChange]) -> list[list[SuggestedChange]]:
    """Return for each change those of the others that it clashes with."""
    return [
        [other for number, other in enumerate(changes) if number != place and clash(change, other)]
        for place, change in enumerate(changes)
    ]


def labelled(changes: Sequence[SuggestedChange], taxonomy: Taxonomy) -> dict[str, SuggestedChange]:
    """Return changes by their label; what has the label of one before it gets a number: "define Dates (2)"."""
    found = dict[str, SuggestedChange]()
    for change in changes:
        said, number = label(change, taxonomy), 1
        while (name := said if number == 1 else f"{said} ({number})") in found:
            number += 1
        found[name] = change
    return found


def label(change: SuggestedChange, taxonomy: Taxonomy) -> str:
    """Return a change in a few words; modes that are gone are named by the beginning of their id."""
    names = {mode.id: mode.name for mode in taxonomy.modes}
    mode, into = (names.get(id, id[:8]) for id in (change.mode, change.into or ""))
    return {
        ChangeKind.MERGE: f"merge {mode} into {into}",
        ChangeKind.SPLIT: f"split {change.name} from {mode}",
        ChangeKind.MOVE: f"move {count_of(len(change.codes), 'note')} from {mode} to {into}",
        ChangeKind.RENAME: f"rename {mode} to {change.name}",
        ChangeKind.DEFINE: f"define {mode}",
    }[change.kind]


def all_applied(
    now: Taxonomy, changes: Collection[SuggestedChange], *, new_id: Callable[[], str], known_codes: Collection[str]
) -> Taxonomy:
    """Return the taxonomy with all changes that can be made one after the other; the others are passed over."""
    for change in sorted(changes, key=lambda item: ORDER.index(item.kind)):
        if fault(now, change, known_codes) is None:
            now = applied(now, change, new_id=new_id, known_codes=known_codes)
    return now
