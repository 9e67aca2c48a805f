"""Traces of two versions that were given the same input: what makes a comparison a paired one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaldash.domain.stored import Project, StoredTrace
from evaldash.domain.trace import Role, StepKind
from evaldash.services.browse import load_traces
from evaldash.services.coded import CodedTrace
from evaldash.storage.store import Store

PAIRED_SHARE = 0.5  # of the smaller side that must have its like in the other for the comparison to be paired
LEAST_PAIRS = 10


def equal_inputs(
    store: Store,
    project: Project,
    before: Sequence[CodedTrace],
    after: Sequence[CodedTrace],
    *,
    queries: Mapping[str, str],
) -> list[tuple[CodedTrace, CodedTrace]]:
    """Return pairs of which the user said the same from first to last, each trace used once; none where too few are.

    "Hello" opens many conversations, so the first query (`queries`, by trace) alone makes no pair; it only says which
    traces are worth loading.
    """
    least = max(LEAST_PAIRS, PAIRED_SHARE * min(len(before), len(after)))
    ids = [item.trace for item in (*before, *after)]
    opening = {trace: _plain(queries[trace]) for trace in ids}
    pairs = _matched(before, after, opening)
    if len(pairs) < least:  # fewer still say the same to the end
        return []
    shared = {opening[old.trace] for old, _ in pairs}
    alike = [trace for trace in ids if opening[trace] in shared]
    said = {trace.id: _said(trace) for trace in load_traces(store, project, alike)}
    pairs = _matched(before, after, said)
    return pairs if len(pairs) >= least else []


def _matched(
    before: Sequence[CodedTrace], after: Sequence[CodedTrace], key_of: Mapping[str, str]
) -> list[tuple[CodedTrace, CodedTrace]]:
    waiting: dict[str, list[CodedTrace]] = {}
    for item in before:
        if item.trace in key_of:
            waiting.setdefault(key_of[item.trace], []).append(item)
    return [(like.pop(0), item) for item in after if item.trace in key_of and (like := waiting.get(key_of[item.trace]))]


def _said(trace: StoredTrace) -> str:
    """All that the user said, in order; a trace without a user (a job, a retrieval) is known by its query."""
    said = [step.text or "" for step in trace.steps if step.kind is StepKind.MESSAGE and step.role is Role.USER]
    return "\n".join(map(_plain, said)) or _plain(trace.head.query)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
