"""Help that knows statistics: what to look at in the taxonomy, each with its reason, each dismissible for good."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Outcome
from evaldash.services.coded import load_coded
from evaldash.services.placing import note_vectors
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.storage import decisions, projects
from evaldash.storage.store import Store
from evaldash.taxonomy.helping import Held, Proposal, proposals

__all__ = ["KINDS", "Proposal", "dismiss", "list_proposals", "proposal_document"]

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


def dismiss(store: Store, project: Project, kind: str, subject: str, *, who: str) -> None:
    """Keep one proposal away for good, for everybody."""
    with store.write() as connection:
        made = Decision(kind=kind, subject=subject, suggester=SUGGESTER, outcome=Outcome.REJECTED)
        decisions.add(connection, project, [made], by=who, event=None)
        projects.touch(connection, project)


def proposal_document(found: Proposal) -> dict[str, Any]:
    """Return a proposal as the interface documents it."""
    return asdict(found) | {"modes": list(found.modes), "codes": list(found.codes)}
