"""What the desk shows of a coder's own work, as plain values for the browser; of nobody else's while one reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaldash.domain.coding import Annotation
from evaldash.domain.stored import Project
from evaldash.storage import deskwork, readings, taxonomies
from evaldash.storage.store import Connection, Store

UNDO = 20  # saves that undo and "my last saves" reach back to
WORDS = 80  # characters of a note in a list


def opening(store: Store, project: Project, *, coder: str, order: Sequence[str]) -> dict[str, Any]:
    """Return what a desk begins with: `readings`, `drafts` and `skipped` by trace, `recent`, `saves`, `preferences`."""
    if not coder:
        return {"readings": {}, "drafts": {}, "skipped": {}, "recent": [], "saves": 0, "preferences": {}}
    there = set(order)
    with store.read() as connection:
        found = _readings(connection, project, coder=coder, traces=order)
        drafts = deskwork.drafts_of(connection, project, coder=coder)
        skipped = deskwork.skipped(connection, project, coder=coder)
        preferences = deskwork.preferences(connection, coder)
        return {
            "readings": found,
            "drafts": {trace: draft for trace, draft in drafts.items() if trace in there},
            "skipped": {trace: times for trace, times in skipped.items() if trace in there},
            "recent": _recent(connection, project, coder),
            "saves": deskwork.count_saves(connection, project, coder=coder),
            "preferences": preferences if isinstance(preferences, dict) else {},
        }


def newest_key(store: Store, project: Project, *, coder: str) -> int:
    """Return a number that rises with each annotation of a coder."""
    with store.read() as connection:
        return deskwork.newest_key(connection, project, coder=coder)


def changes(
    store: Store, project: Project, *, coder: str, since: int, traces: Sequence[str]
) -> tuple[int, dict[str, dict[str, Any] | None]]:
    """Return the newest key, and what now counts of the given traces and of those annotated after the key `since`.

    None stands for a trace without a reading.
    """
    with store.read() as connection:
        newest = deskwork.newest_key(connection, project, coder=coder)
        touched = deskwork.changed_since(connection, project, since, coder=coder) if newest > since else []
        wanted = list(dict.fromkeys([*traces, *touched]))
        found = _readings(connection, project, coder=coder, traces=wanted) if wanted else {}
    return newest, {trace: found.get(trace) for trace in wanted}


def mode_documents(store: Store, project: Project) -> list[dict[str, str]]:
    """Return today's failure modes for the number keys, in the taxonomy's order."""
    with store.read() as connection:
        found = taxonomies.present_modes(connection, project)
    return [{"id": mode.id, "name": mode.name, "definition": mode.definition} for mode in found]


def reading_document(item: Annotation, modes: Mapping[str, str]) -> dict[str, Any]:
    """Return a reading as the browser keeps it; `modes` says which mode each code has."""
    return {
        "id": item.id,
        "verdict": item.verdict.value,
        "comment": item.comment or "",
        "codes": [
            {"id": code.id, "text": code.text, "step": code.step, "mode": modes.get(code.id)} for code in item.codes
        ],
        "checks": [{"check": answer.check, "item": answer.item, "passed": answer.passed} for answer in item.checks],
    }


def _readings(
    connection: Connection, project: Project, *, coder: str, traces: Sequence[str]
) -> dict[str, dict[str, Any]]:
    found = readings.current(connection, project, coder=coder, trace_ids=traces)
    modes = taxonomies.modes_of(connection, project, [code.id for item in found for code in item.codes])
    return {item.trace: reading_document(item, modes) for item in found}


def _recent(connection: Connection, project: Project, coder: str) -> list[dict[str, Any]]:
    saves = deskwork.last_saves(connection, project, coder=coder, limit=UNDO)
    said = readings.current(connection, project, coder=coder, trace_ids=[save.trace for save in saves])
    words = {item.trace: next((code.text for code in item.codes), item.comment or "") for item in said}
    return [
        {
            "id": save.id,
            "trace": save.trace,
            "name": save.name,
            "verdict": save.verdict,
            "words": words.get(save.trace, "")[:WORDS],
        }
        for save in saves
    ]
