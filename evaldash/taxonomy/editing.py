"""Every change to a taxonomy as a pure function: the present one in, the next one out, one version higher.

A code is in one mode or uncategorised; no edit loses one. Modes are named by id or by name. Published versions stay as
they are: an edit makes the next version, which is not published. `known_codes` are the ids of all codes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from evaldash.domain.counting import count_of
from evaldash.domain.taxonomy import FailureMode, Severity, SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.taxonomy.naming import find_mode, free_name, listed, name_key

NewId: TypeAlias = Callable[[], str]
"""Makes the id of a new mode; given in, so that the edits stay pure."""

MAX_DEFINITION_LENGTH = 4_000  # characters; a page of text
MAX_OWNER_LENGTH = 200  # characters; a name or a team


def create(
    taxonomy: Taxonomy,
    name: str,
    *,
    new_id: NewId,
    definition: str = "",
    codes: Collection[str] = (),
    known_codes: Collection[str] = (),
) -> Taxonomy:
    """Return the taxonomy with one more mode that holds `codes`, wherever they were before."""
    _require_known(codes, known_codes)
    mode = FailureMode(id=new_id(), name=free_name(name, taxonomy.modes), definition=_checked(definition))
    return _next(taxonomy, modes=(*taxonomy.modes, mode), assigned=dict.fromkeys(codes, mode.id))


def accept(
    taxonomy: Taxonomy,
    suggestion: Suggestion,
    *,
    new_id: NewId,
    known_codes: Collection[str],
    only: Collection[str] | None = None,
) -> Taxonomy:
    """Return the taxonomy with the suggested modes (all, or those whose names are in `only`) as one change.

    What people decided since the suggestion was made stands: codes that have a mode by now keep it, codes that are
    gone are passed over. Raises Conflict when nothing is left to accept, NotFound for a name that was not suggested
    or an existing mode that was retired, InvalidInput when a new mode's name has been taken.
    """
    modes = list(taxonomy.modes)
    assigned: dict[str, str] = {}
    open_codes = set(known_codes) - set(taxonomy.assignments)
    for suggested in _chosen(suggestion, only):
        codes = [code for code in suggested.codes if code in open_codes]
        if not codes:
            continue
        if suggested.existing is None:
            modes.append(_mode_of(suggested, modes, new_id))
            mode_id = modes[-1].id
        else:
            mode_id = find_mode(taxonomy, suggested.existing).id
        assigned |= dict.fromkeys(codes, mode_id)
    if not assigned:
        raise Conflict(f"nothing is left to accept of suggestion {suggestion.id}: its codes have a mode or are gone")
    return _next(taxonomy, modes=modes, assigned=assigned)


def merge(taxonomy: Taxonomy, sources: Sequence[str], *, into: str) -> Taxonomy:
    """Return the taxonomy with the codes of `sources` in one mode, and the emptied modes gone.

    `into` names an existing mode (of the sources or another), or gives a new name to the first source, which keeps its
    id and definition. Raises InvalidInput when fewer than two modes take part.
    """
    found = list(dict.fromkeys(find_mode(taxonomy, source) for source in sources))
    target = _merge_target(taxonomy, found, into)
    gone = {mode.id for mode in found} - {target.id}
    if not gone:
        raise InvalidInput(
            f"a merge needs at least two failure modes, got only {target.name!r}; to rename it use rename"
        )
    kept = [target if mode.id == target.id else mode for mode in taxonomy.modes if mode.id not in gone]
    moved = {code: target.id for code, mode in taxonomy.assignments.items() if mode in gone}
    return _next(taxonomy, modes=kept, assigned=moved)


def split(taxonomy: Taxonomy, mode: str, code_ids: Collection[str], *, into: str, new_id: NewId) -> Taxonomy:
    """Return the taxonomy with `code_ids`, a part of the codes of `mode`, in a new mode named `into`."""
    source = find_mode(taxonomy, mode)
    held = {code for code, holder in taxonomy.assignments.items() if holder == source.id}
    if foreign := [code for code in code_ids if code not in held]:
        raise NotFound(f"{source.name!r} does not hold {listed(foreign)}; split takes codes of the mode itself")
    if not code_ids or held == set(code_ids):
        raise InvalidInput(
            f"a split of {source.name!r} must take some of its {count_of(len(held), 'note')} and leave some, "
            f"got {len(set(code_ids))}; to give it another name use rename"
        )
    return create(taxonomy, into, new_id=new_id, codes=code_ids, known_codes=held)


def move(taxonomy: Taxonomy, code_ids: Collection[str], *, to: str | None, known_codes: Collection[str]) -> Taxonomy:
    """Return the taxonomy with the codes in mode `to`, or uncategorised when `to` is None."""
    if not code_ids:
        raise InvalidInput("move needs at least one code, got none")
    _require_known(code_ids, known_codes)
    if to is None:
        return _next(taxonomy, removed=code_ids)
    return _next(taxonomy, assigned=dict.fromkeys(code_ids, find_mode(taxonomy, to).id))


def assign(taxonomy: Taxonomy, modes_by_code: Mapping[str, str], *, known_codes: Collection[str]) -> Taxonomy:
    """Return the taxonomy with each code in the mode that it is mapped to, all as one change."""
    if not modes_by_code:
        raise InvalidInput("assign needs at least one code, got none")
    _require_known(modes_by_code, known_codes)
    ids = {called: find_mode(taxonomy, called).id for called in dict.fromkeys(modes_by_code.values())}
    return _next(taxonomy, assigned={code: ids[called] for code, called in modes_by_code.items()})


def rename(taxonomy: Taxonomy, mode: str, name: str) -> Taxonomy:
    """Return the taxonomy with another name for a mode; its id and codes stay."""
    found = find_mode(taxonomy, mode)
    tidy = free_name(name, [other for other in taxonomy.modes if other.id != found.id])
    return _with_mode(taxonomy, replace(found, name=tidy))


def define(
    taxonomy: Taxonomy,
    mode: str,
    *,
    definition: str | None = None,
    applies_when: str | None = None,
    not_when: str | None = None,
    severity: str | None = None,
    owner: str | None = None,
) -> Taxonomy:
    """Return the taxonomy with new words for what a mode means; what is None stays as it was.

    Raises InvalidInput when nothing is given, for a text that is too long, and for a severity that is none.
    """
    given = {"definition": definition, "applies_when": applies_when, "not_when": not_when}
    words = {name: _checked(text) for name, text in given.items() if text is not None}
    if severity is not None:
        words["severity"] = _severity(severity)
    if owner is not None:
        words["owner"] = _owner(owner)
    if not words:
        raise InvalidInput(
            "define needs a definition, when it applies, when it does not, a severity or an owner; got none of them"
        )
    return _with_mode(taxonomy, replace(find_mode(taxonomy, mode), **words))


def retire(taxonomy: Taxonomy, mode: str) -> Taxonomy:
    """Return the taxonomy without a mode; its codes become uncategorised."""
    found = find_mode(taxonomy, mode)
    left = [other for other in taxonomy.modes if other.id != found.id]
    return _next(taxonomy, modes=left, removed=[c for c, holder in taxonomy.assignments.items() if holder == found.id])


def _next(
    taxonomy: Taxonomy,
    *,
    modes: Sequence[FailureMode] | None = None,
    assigned: Mapping[str, str] | None = None,
    removed: Collection[str] = (),
) -> Taxonomy:
    assignments = {**taxonomy.assignments, **(assigned or {})}
    for code in removed:
        assignments.pop(code, None)
    return replace(
        taxonomy,
        version=taxonomy.version + 1,
        published=None,
        modes=taxonomy.modes if modes is None else tuple(modes),
        assignments=assignments,
    )


def _with_mode(taxonomy: Taxonomy, changed: FailureMode) -> Taxonomy:
    return _next(taxonomy, modes=[changed if mode.id == changed.id else mode for mode in taxonomy.modes])


def _mode_of(suggested: SuggestedMode, modes: Sequence[FailureMode], new_id: NewId) -> FailureMode:
    name = free_name(suggested.name, modes)
    return FailureMode(
        id=new_id(),
        name=name,
        definition=_checked(suggested.definition),
        applies_when=_checked(suggested.applies_when),
        not_when=_checked(suggested.not_when),
    )


def _merge_target(taxonomy: Taxonomy, sources: Sequence[FailureMode], into: str) -> FailureMode:
    if not sources:
        raise InvalidInput("a merge needs at least two failure modes, got none")
    try:
        return find_mode(taxonomy, into)
    except NotFound:
        return replace(sources[0], name=free_name(into, taxonomy.modes))


def _chosen(suggestion: Suggestion, only: Collection[str] | None) -> tuple[SuggestedMode, ...]:
    if only is None:
        return suggestion.modes
    offered = {name_key(mode.name) for mode in suggestion.modes}
    if unknown := [name for name in only if name_key(name) not in offered]:
        names = listed(mode.name for mode in suggestion.modes)
        raise NotFound(f"suggestion {suggestion.id} does not hold {listed(unknown)}; it suggests {names}")
    wanted = {name_key(name) for name in only}
    return tuple(mode for mode in suggestion.modes if name_key(mode.name) in wanted)


def _require_known(codes: Collection[str], known_codes: Collection[str]) -> None:
    known = known_codes if isinstance(known_codes, set | frozenset) else set(known_codes)
    if unknown := [code for code in codes if code not in known]:
        raise NotFound(f"there is no code {listed(unknown)}; `evaldash codes` lists those there are")


def _severity(severity: str) -> str:
    text = severity.strip().lower()
    if text and text not in set(Severity):
        raise InvalidInput(f"severity must be one of {', '.join(Severity)}, or empty, got {severity[:20]!r}")
    return text


def _owner(owner: str) -> str:
    text = " ".join(owner.split())
    if len(text) > MAX_OWNER_LENGTH:
        raise InvalidInput(f"an owner must have at most {MAX_OWNER_LENGTH} characters, got {len(text)}")
    return text


def _checked(definition: str) -> str:
    text = definition.strip()
    if len(text) > MAX_DEFINITION_LENGTH:
        raise InvalidInput(f"a definition must have at most {MAX_DEFINITION_LENGTH} characters, got {len(text)}")
    return text
