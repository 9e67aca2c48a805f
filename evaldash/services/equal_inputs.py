"""Traces of two versions that were given the same input: what makes a comparison a paired one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaldash.domain.batch import Stream
from evaldash.domain.stored import Project, StoredTrace
from evaldash.domain.trace import Role, StepKind
from evaldash.services.browse import load_traces
from evaldash.services.coded import CodedTrace
from evaldash.storage.store import Store

PAIRED_SHARE = 0.5  # of the inputs of the smaller side that must have run in the other for the comparison to be paired
LEAST_CASES = 10


@dataclass(frozen=True, slots=True)
class EqualInput:
    """One input with its judged runs in both versions, at least one in each."""

    before: tuple[CodedTrace, ...]
    after: tuple[CodedTrace, ...]

    @property
    def is_chosen(self) -> bool:
        """Tell whether somebody chose a run of it: what was read because it failed does better the next time."""
        return any(run.stream is not Stream.UNIFORM for run in (*self.before, *self.after))

    @property
    def is_repeated(self) -> bool:
        """Tell whether it ran several times in a version."""
        return len(self.before) + len(self.after) > 2


def equal_inputs(
    store: Store,
    project: Project,
    before: Sequence[CodedTrace],
    after: Sequence[CodedTrace],
    *,
    queries: Mapping[str, str],
) -> list[EqualInput]:
    """Return the inputs of which the user said the same from first to last; none where too few are.

    "Hello" opens many conversations, so the first query (`queries`, by trace) alone makes no equal input; it only says
    which traces are worth loading.
    """
    ids = [item.trace for item in (*before, *after)]
    opening = {trace: _plain(queries[trace]) for trace in ids}
    old, new = (Counter(opening[item.trace] for item in side) for side in (before, after))
    shared = old.keys() & new.keys()
    if sum(min(old[words], new[words]) for words in shared) < _least(len(old), len(new)):
        return []  # fewer still say the same to the end
    alike = [trace for trace in ids if opening[trace] in shared]
    said = opening | {trace.id: _said(trace) for trace in load_traces(store, project, alike)}
    runs_before, runs_after = (_by_input(side, said) for side in (before, after))
    both = [words for words in runs_before if words in runs_after]
    if len(both) < _least(len(runs_before), len(runs_after)):
        return []
    return [EqualInput(tuple(runs_before[words]), tuple(runs_after[words])) for words in both]


def _least(before: int, after: int) -> float:
    return max(LEAST_CASES, PAIRED_SHARE * min(before, after))


def _by_input(side: Sequence[CodedTrace], said: Mapping[str, str]) -> dict[str, list[CodedTrace]]:
    found: dict[str, list[CodedTrace]] = {}
    for item in side:
        found.setdefault(said[item.trace], []).append(item)
    return found


def _said(trace: StoredTrace) -> str:
    """All that the user said, in order; a trace without a user (a job, a retrieval) is known by its query."""
    said = [step.text or "" for step in trace.steps if step.kind is StepKind.MESSAGE and step.role is Role.USER]
    return "\n".join(map(_plain, said)) or _plain(trace.head.query)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
