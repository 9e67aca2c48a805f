"""New notes find their place: the likely mode with a confidence, and how often people followed each suggester.

The answers of people are kept as decisions (kind `place`, subject the code's id) by the desk and the board. The desk
counts an offer that was taken, and one that stood in sight for a second when another mode was chosen or the note was
saved without one: then it was passed over, until somebody puts the note somewhere. An offer that never came, came later
or stood out of sight was not answered and does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Outcome
from evaldash.embedding import text_hash
from evaldash.services.embedding import embed_codes
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.stats.intervals import Interval, wilson
from evaldash.storage import decisions, vectors
from evaldash.storage.store import Store
from evaldash.taxonomy.places import SURE_ENOUGH, Place, Placer, Vectors, make_placer

__all__ = [
    "SURE_ENOUGH", "Acceptance", "Place", "Placer", "acceptance", "note_vectors", "place_decision",
    "place_uncategorised",
]  # fmt: skip

EMBEDDER = "minilm"
SUGGESTER = "nearest mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How often people took what a suggester offered as it was; `share` of `offered` has its bounds.

    `passed_over` of the others were seen and left; the rest was answered otherwise: edited, rejected, put elsewhere.
    """

    suggester: str
    kind: str
    offered: int
    accepted: int
    passed_over: int
    share: Interval


def note_vectors(store: Store, project: Project, now: TaxonomyView | None = None) -> tuple[list[str], Vectors]:
    """Return the ids of all notes and their vectors, (n, 384); those that are missing are embedded first.

    By their words as `now` has them: somebody may add a note or reword one meanwhile.
    """
    texts = {code.id: code.text for code in (now or view(store, project)).codes}
    hashes = {code: text_hash(text) for code, text in texts.items()}
    found = _vectors_of(store, hashes)
    if missing := {code: texts[code] for code, text in hashes.items() if text not in found}:
        embed_codes(store, project, embedder=EMBEDDER, codes=missing)
        found |= _vectors_of(store, {code: hashes[code] for code in missing})
    rows = [found[text] for text in hashes.values()]
    return list(texts), np.stack(rows).astype(np.float32) if rows else np.zeros((0, 0), dtype=np.float32)


def _vectors_of(store: Store, hashes: Mapping[str, str]) -> dict[str, vectors.Vector]:
    with store.read() as connection:
        return vectors.load(connection, EMBEDDER, list(hashes.values()))


def place_uncategorised(store: Store, project: Project, *, codes: Sequence[str] | None = None) -> dict[str, Place]:
    """Return for each note without a mode (or those of `codes`) where it likely belongs; the surest come first."""
    now = view(store, project)
    ids, matrix = note_vectors(store, project, now)
    wanted = {code.id for code in now.uncategorised} & set(codes if codes is not None else ids)
    rows = [row for row, code in enumerate(ids) if code in wanted]
    places = make_placer(ids, matrix, now.taxonomy.assignments).place_all(matrix[rows]) if rows else []
    found = {ids[row]: place for row, place in zip(rows, places, strict=True)}
    return dict(sorted(found.items(), key=lambda item: -item[1].confidence))


def place_decision(*, code: str, suggested: str, chosen: str, confidence: float) -> Decision:
    """Return what a person did with the mode that was offered for a note; kept, it only counts.

    `suggested` and `chosen` are ids of modes; `chosen` is empty where the note was saved without one.
    """
    other = Outcome.EDITED if chosen else Outcome.PASSED_OVER
    outcome = Outcome.ACCEPTED if suggested == chosen else other
    content = {"suggested": suggested, "chosen": chosen, "confidence": confidence}
    return Decision(kind="place", subject=code, suggester=SUGGESTER, outcome=outcome, content=content)


def acceptance(store: Store, project: Project) -> list[Acceptance]:
    """Return for each suggester and kind of proposal how often people took it as it was, the most used first.

    Of several decisions on one subject the last counts.
    """
    with store.read() as connection:
        made = decisions.listing(connection, project)
    last = {(item.suggester, item.kind, item.subject): item.outcome for item in made}
    counted: dict[tuple[str, str], Counter[Outcome]] = {}
    for (suggester, kind, _), outcome in last.items():
        if outcome is not Outcome.REOPENED:  # nobody has decided on it yet
            counted.setdefault((suggester, kind), Counter())[outcome] += 1
    found = [_acceptance(suggester, kind, outcomes) for (suggester, kind), outcomes in counted.items()]
    return sorted(found, key=lambda item: -item.offered)


def _acceptance(suggester: str, kind: str, outcomes: Counter[Outcome]) -> Acceptance:
    offered, accepted = outcomes.total(), outcomes[Outcome.ACCEPTED]
    return Acceptance(
        suggester=suggester,
        kind=kind,
        offered=offered,
        accepted=accepted,
        passed_over=outcomes[Outcome.PASSED_OVER],
        share=wilson(accepted, offered),
    )
