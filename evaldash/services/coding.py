"""Coding: readings, retractions and drafts are written once, however often they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaldash.domain.coding import Annotation, Reading
from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision, Taxonomy
from evaldash.domain.trace import Json
from evaldash.errors import InvalidInput, NotFound
from evaldash.storage import batches, decisions, deskwork, open_codes, projects, readings, taxonomies, traces
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Connection, Store


def save_reading(
    store: Store, project: Project, reading: Reading, *, coder: str, decided: Sequence[Decision] = ()
) -> bool:
    """Write a reading and the modes chosen in it; False if this very save was written before.

    `decided` is what the coder did with modes that were offered: it counts for who offered them.

    Raises NotFound for a trace, batch or mode that is not there and InvalidInput for a step the trace does not have:
    then nothing is written. The draft of the trace is done with and forgotten.
    """
    with store.write() as connection:
        key = traces.keys_of(connection, project, [reading.trace]).get(reading.trace)
        if key is None:
            raise NotFound(f"there is no trace {reading.trace[:12]!r} in project {project.name!r}")
        if any(code.step is not None for code in reading.codes):
            _check_steps(reading, traces.count_steps(connection, key))
        batch_key = None if reading.batch is None else batches.key_of(connection, project, reading.batch)
        written = readings.add(connection, project, reading, coder=coder, trace_key=key, batch_key=batch_key)
        if written:
            _assign_modes(connection, project, reading, coder=coder)
            decisions.add(connection, project, decided, by=coder, event=None)
            deskwork.save_draft(connection, trace_key=key, coder=coder, content=None)
            projects.touch(connection, project)
    return written


def retract(store: Store, project: Project, *, id: str, takes_back: str, coder: str) -> bool:
    """Take back the annotation `takes_back`: the one before it counts again. `id` names this retraction."""
    with store.write() as connection:
        done = readings.retract(connection, project, id=id, takes_back=takes_back, coder=coder)
        if done:
            projects.touch(connection, project)
    return done


def save_draft(store: Store, project: Project, *, trace: str, coder: str, content: Json) -> None:
    """Keep what is half typed about a trace."""
    with store.write() as connection:
        key = traces.keys_of(connection, project, [trace]).get(trace)
        if key is None:
            raise NotFound(f"there is no trace {trace[:12]!r} in project {project.name!r}")
        deskwork.save_draft(connection, trace_key=key, coder=coder, content=content)


def drafts(store: Store, project: Project, *, coder: str) -> dict[str, Json]:
    """Return the drafts of a coder by trace id."""
    with store.read() as connection:
        return deskwork.drafts_of(connection, project, coder=coder)


def skip(
    store: Store, project: Project, *, id: str, trace: str, coder: str, batch: int | None, seconds: float | None
) -> bool:
    """Record that a coder passed over a trace without a verdict; False if this was recorded before."""
    with store.write() as connection:
        key = traces.keys_of(connection, project, [trace]).get(trace)
        if key is None:
            raise NotFound(f"there is no trace {trace[:12]!r} in project {project.name!r}")
        batch_key = None if batch is None else batches.key_of(connection, project, batch)
        return deskwork.add_skip(connection, id=id, trace_key=key, coder=coder, batch_key=batch_key, seconds=seconds)


def set_preferences(store: Store, *, coder: str, content: Json) -> None:
    """Keep what a coder prefers: changed keys, hints put away."""
    with store.write() as connection:
        deskwork.set_preferences(connection, coder, content)


def list_annotations(
    store: Store, project: Project, *, coder: str | None = None, trace_ids: Sequence[str] | None = None
) -> list[Annotation]:
    """Return the annotations that count: the newest of each coder and trace, less those taken back."""
    with store.read() as connection:
        return readings.current(connection, project, coder=coder, trace_ids=trace_ids)


def list_codes(store: Store, project: Project) -> tuple[list[CodeRow], Taxonomy]:
    """Return all open codes and the taxonomy that says which mode each has."""
    with store.read() as connection:
        return open_codes.codes(connection, project), taxonomies.load(connection, project)


def list_coders(store: Store, project: Project) -> list[str]:
    """Return everyone who ever annotated in a project."""
    with store.read() as connection:
        return readings.coders(connection, project)


def _check_steps(reading: Reading, steps: int) -> None:
    for code in reading.codes:
        if code.step is not None and not 1 <= code.step <= steps:
            raise InvalidInput(
                f"trace {reading.trace[:12]}: step must be between 1 and {steps}, got {code.step}; name one it has"
            )


def _assign_modes(connection: Connection, project: Project, reading: Reading, *, coder: str) -> None:
    chosen = {code.id: code.mode for code in reading.codes if code.mode is not None}
    if not chosen:
        return
    taxonomy = taxonomies.load(connection, project)
    there = {mode.id: mode.name for mode in taxonomy.modes}
    missing = [mode for mode in chosen.values() if mode not in there]
    if missing:
        raise NotFound(f"there is no failure mode {missing[0]!r} in the taxonomy; it may have been merged or retired")
    changed = {code: mode for code, mode in chosen.items() if taxonomy.assignments.get(code) != mode}
    if changed:
        after = replace(taxonomy, assignments={**taxonomy.assignments, **changed})
        names = ", ".join(sorted({there[mode] for mode in changed.values()}))
        taxonomies.save(
            connection,
            project,
            after,
            action="assign",
            summary=f"{count_of(len(changed), 'note')} to {names}",
            by=coder,
        )
