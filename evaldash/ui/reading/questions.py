"""What the desk asks for beside its saves: each question is answered in the next message, None if it cannot be yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from evaldash.domain.stored import Project
from evaldash.jobs.soon import run_soon
from evaldash.services.codebook_at_hand import codebook_parts
from evaldash.services.desk import Queue
from evaldash.services.similar_notes import refresh, similar_notes, take_up
from evaldash.services.similar_traces import are_loaded, load_vectors, similar_traces
from evaldash.storage.store import Store

Question = Mapping[str, Any]
AFTER_OPENING_S = 2.0  # the first traces come before the model is loaded
AFTER_SAVE_S = 1.0  # notes of quick saves are embedded together


class Asking(Protocol):
    """Who asks: one coder at one queue."""

    store: Store
    project: Project
    queue: Queue
    coder: str


def similar(asking: Asking, question: Question) -> dict[str, Any]:
    """Return earlier notes like the one that is being typed, and the mode where it likely belongs."""
    text = str(question.get("text"))
    found = similar_notes(asking.store, asking.project, text, coder=asking.coder, batch=asking.queue.order)
    notes = [asdict(item) for item in found.notes]
    place = None if found.place is None else {**asdict(found.place), "is_new": found.place.is_new}
    return {
        "trace": question.get("trace"),
        "asked": text,
        "text": text,
        "notes": notes,
        "place": place,
        "complete": found.complete,
    }


def neighbours(asking: Asking, question: Question) -> dict[str, Any] | None:
    """Return the traces most like one; the first time their vectors are read beside the page, and it is asked again.

    Each time it is looked beside the page whether others are there by now: the next answer knows them.
    """
    store, project, trace = asking.store, asking.project, str(question.get("trace"))
    run_soon(f"vectors-{project.key}", lambda: load_vectors(store, project))
    if not are_loaded(store, project):
        return None
    items, why = similar_traces(store, project, trace, coder=asking.coder)
    return {"trace": trace, "items": items, "why": why}


def codebook(asking: Asking, _question: Question) -> dict[str, Any]:
    """Return the failure modes with notes of each, and the project's guidelines."""
    return codebook_parts(asking.store, asking.project)


def notes_changed(asking: Asking, *, opening: bool) -> None:
    """Bring the index of notes up to date beside the page; at first what is there, while the model loads."""
    store, project = asking.store, asking.project
    pause = AFTER_OPENING_S if opening else AFTER_SAVE_S
    if opening:
        run_soon(f"notes-{project.key}", lambda: take_up(store, project), pause=pause)
    run_soon(f"note-vectors-{project.key}", lambda: refresh(store, project), pause=pause)


QUESTIONS: Mapping[str, Callable[[Asking, Question], dict[str, Any] | None]] = {
    "similar": similar,
    "neighbours": neighbours,
    "codebook": codebook,
}
