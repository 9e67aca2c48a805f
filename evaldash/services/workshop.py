"""What the board says beside the taxonomy: likely modes of loose notes, what is worth a look, whom to trust."""

from __future__ import annotations

from typing import Any

from evaldash.domain.stored import Project
from evaldash.services.helping import list_proposals
from evaldash.services.placing import SUGGESTER, Acceptance, acceptance, place_uncategorised
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import percent, percent_down, percent_up
from evaldash.storage.store import Store

KIND_WORDS = {"place": "likely modes", "card": "suggested cards", "merge": "merges", "split": "splits", "far": "moves"}


def board_help(store: Store, project: Project, now: TaxonomyView) -> dict[str, Any]:
    """Return the help over the taxonomy `now`, as the board takes it."""
    places = place_uncategorised(store, project) if now.taxonomy.modes and now.uncategorised else {}
    return {
        "version": now.taxonomy.version,
        "places": [
            {
                "code": code,
                "mode": None if place.is_new else place.mode,
                "confidence": place.confidence,
                "suggester": SUGGESTER,
            }
            for code, place in places.items()
        ],
        "advice": [
            {
                "about": item.kind,
                "subject": item.subject,
                "modes": list(item.modes),
                "codes": list(item.codes),
                "reason": item.reason,
                "name": item.name,
            }
            for item in list_proposals(store, project, now)
        ],
        "trust": [acceptance_words(item) for item in acceptance(store, project)],
    }


def acceptance_words(found: Acceptance) -> str:
    """Return how often people took what was offered, with denominator and interval, and how often it was passed by."""
    low, high = found.share.low, found.share.high
    passed = f"; {found.passed_over} passed over" if found.passed_over else ""
    return (
        f"{KIND_WORDS.get(found.kind, found.kind)} by {found.suggester}: {percent(found.accepted / found.offered)} of "
        f"{found.offered} taken as offered ({percent_down(low)} to {percent_up(high)}, 95 %){passed}"
    )
