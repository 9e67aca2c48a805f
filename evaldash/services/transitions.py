"""Where agents go wrong: the last step that went right against the step where it first went wrong, by tool or state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Step, StepKind
from evaldash.services.browse import load_traces
from evaldash.storage import open_codes, readings
from evaldash.storage.store import Store

BEGIN = "start"
MOST_STATES = 15  # on an axis; rarer ones are joined
OTHER = "other steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """Counts of failed traces: `cells[(last right, first wrong)]` are their ids; `unplaced` had no step marked."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[str, ...]]
    placed: int
    unplaced: int


def transitions(store: Store, project: Project, *, inside: AbstractSet[str] | None = None) -> Transitions:
    """Return the matrix over all failed traces of both streams by the reference reading; counts, not rates.

    `inside`: ids of the traces it is about, None for all.
    """
    with store.read() as connection:
        failed = [item for item in readings.reference(connection, project) if item.verdict is Verdict.FAIL]
        failed = [item for item in failed if inside is None or item.trace in inside]
        steps = {code.id: code.step for code in open_codes.codes(connection, project)}
    first = {item.trace: _first([steps.get(code) for code in item.codes]) for item in failed}
    placed = {trace: step for trace, step in first.items() if step is not None}
    pairs = {trace.id: _states(trace.steps, placed[trace.id]) for trace in load_traces(store, project, list(placed))}
    return _matrix(pairs, unplaced=len(failed) - len(placed))


def state_of(step: Step) -> str:
    """Return what a step is called on the axes: its tool, or who says what kind of thing."""
    if step.kind in (StepKind.TOOL_CALL, StepKind.RETRIEVAL) and step.name:
        return step.name
    if step.kind is StepKind.MESSAGE and step.role is not None:
        return f"{step.role.value} message"
    return step.kind.value.replace("_", " ")


def _first(steps: Sequence[int | None]) -> int | None:
    return min((step for step in steps if step is not None), default=None)


def _states(steps: Sequence[Step], wrong: int) -> tuple[str, str]:
    """The step before is the last that went right: whoever marked the first wrong one says so."""
    before = state_of(steps[wrong - 2]) if wrong > 1 else BEGIN
    return before, state_of(steps[wrong - 1])


def _matrix(pairs: Mapping[str, tuple[str, str]], *, unplaced: int) -> Transitions:
    rows, columns = ([pair[side] for pair in pairs.values()] for side in (0, 1))
    kept_rows, kept_columns = _frequent(rows), _frequent(columns)
    cells: dict[tuple[str, str], list[str]] = {}
    for trace, (before, wrong) in pairs.items():
        cell = (before if before in kept_rows else OTHER, wrong if wrong in kept_columns else OTHER)
        cells.setdefault(cell, []).append(trace)
    return Transitions(
        rows=tuple(kept_rows) + ((OTHER,) if any(row == OTHER for row, _ in cells) else ()),
        columns=tuple(kept_columns) + ((OTHER,) if any(column == OTHER for _, column in cells) else ()),
        cells={cell: tuple(traces) for cell, traces in cells.items()},
        placed=len(pairs),
        unplaced=unplaced,
    )


def _frequent(names: Sequence[str]) -> list[str]:
    counts = {name: names.count(name) for name in dict.fromkeys(names)}
    return sorted(counts, key=lambda name: (-counts[name], name))[:MOST_STATES]
