"""Help that knows statistics: what to look at in the taxonomy, each with its reason, each dismissible for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import ChangeKind, Decision, Outcome, SuggestedChange
from evaldash.services.coded import load_coded
from evaldash.services.placing import note_vectors
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.storage import decisions, projects
from evaldash.storage.store import Store
from evaldash.taxonomy.changing import fault
from evaldash.taxonomy.helping import Held, Proposal, proposals

__all__ = ["KINDS", "Proposal", "dismiss", "list_proposals", "proposal_document", "proposed_changes"]

KINDS = ("merge", "split", "far", "thin")
SUGGESTER = "statistics"


def list_proposals(store: Store, project: Project, now: TaxonomyView | None = None) -> list[Proposal]:
    """Return what figures propose for the taxonomy of today, less what people have dismissed."""
    seen = now or view(store, project)
    if not seen.taxonomy.modes:
        return []
    codes, matrix = note_vectors(store, project, seen)
    row_of = {code: row for row, code in enumerate(codes)}
    held = []
    for mode in seen.taxonomy.modes:
        mine = seen.by_mode[mode.id]
        held.append(
            Held(
                mode=mode,
                rows=tuple(row_of[code.id] for code in mine),
                codes=tuple(code.id for code in mine),
                texts=tuple(code.text for code in mine),
                traces=frozenset(code.trace for code in mine),
            )
        )
    read = sum(item.verdict is not Verdict.DEFERRED for item in load_coded(store, project).traces)
    with store.read() as connection:
        made = decisions.listing(connection, project, kinds=KINDS)
    dismissed = {(item.kind, item.subject) for item in made if item.outcome is Outcome.REJECTED}
    return [item for item in proposals(held, matrix, traces=read) if (item.kind, item.subject) not in dismissed]


def proposed_changes(store: Store, project: Project, now: TaxonomyView) -> tuple[SuggestedChange, ...]:
    """Return as changes what figures propose: two names for one failure, a mode grown apart, misplaced notes."""
    held = {mode: [code.id for code in codes] for mode, codes in now.by_mode.items()}
    found = [change for item in list_proposals(store, project, now) if (change := _as_change(item, held))]
    known = {code.id for code in now.codes}
    return tuple(change for change in found if fault(now.taxonomy, change, known) is None)


def _as_change(item: Proposal, held: Mapping[str, Sequence[str]]) -> SuggestedChange | None:
    """Return a proposal as a change; a smaller mode goes into the larger, and a mode inside another stays."""
    if item.kind == "merge" and item.strength > 0:
        into, mode = sorted(item.modes, key=lambda id: -len(held[id]))
        return SuggestedChange(
            kind=ChangeKind.MERGE, mode=mode, into=into, codes=tuple(held[mode]), reason=item.reason
        )  # fmt: skip
    if item.kind == "split":
        return SuggestedChange(
            kind=ChangeKind.SPLIT, mode=item.modes[0], name=item.name, codes=item.codes, reason=item.reason
        )  # fmt: skip
    if item.kind == "far":
        mode, into = item.modes
        return SuggestedChange(kind=ChangeKind.MOVE, mode=mode, into=into, codes=item.codes, reason=item.reason)
    return None


def dismiss(store: Store, project: Project, kind: str, subject: str, *, who: str) -> None:
    """Keep one proposal away for good, for everybody."""
    with store.write() as connection:
        made = Decision(kind=kind, subject=subject, suggester=SUGGESTER, outcome=Outcome.REJECTED)
        decisions.add(connection, project, [made], by=who, event=None)
        projects.touch(connection, project)


def proposal_document(found: Proposal) -> dict[str, Any]:
    """Return a proposal as the interface documents it."""
    return asdict(found) | {"modes": list(found.modes), "codes": list(found.codes)}
