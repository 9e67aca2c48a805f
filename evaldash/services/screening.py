"""Signals that need all traces of a project: equal endings, unusual orders of tools, distance from the others.

Those of a trace's own text are there since its import; traces of older stores get them here. All are metrics.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evaldash.domain.screening import TEXT_SIGNALS, text_signals
from evaldash.domain.stored import Project, StoredTrace
from evaldash.domain.trace import StepKind, content_id, final_answer
from evaldash.errors import Cancelled
from evaldash.stats.outlying import modified_z
from evaldash.storage import clusterings, measures, projects, traces, vectors
from evaldash.storage.bulk import in_chunks
from evaldash.storage.clusterings import ClusteringRow
from evaldash.storage.store import Connection, Store

SHORTEST_ANSWER = 40  # characters; "Done." ends many traces and says nothing
COMPARED = 600  # characters of an answer, without its numbers, that make it nearly the same as another
NEIGHBOURS = 10  # whose mean distance says how much alone a trace is
CHECKED = 200  # traces between two looks whether to stop
PORTION = 5_000  # traces written together: other writers wait no longer than that takes

Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenReport:
    """How many traces were looked at, and how many have something to say by each signal."""

    traces: int
    signals: Mapping[str, int]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return {"traces": self.traces, "signals": dict(self.signals), "seconds": self.seconds}


@dataclass(slots=True)
class _Seen:
    """What is kept of each trace while all are passed over: some numbers."""

    keys: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    own: list[dict[str, float]] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)  # hash of the last answer; "" where it is too short
    tools: list[tuple[str, ...]] = field(default_factory=list)


def screen(
    store: Store, project: Project, *, progress: Progress | None = None, should_stop: ShouldStop | None = None
) -> ScreenReport:
    """Compute the signals over all traces of a project and keep them as metrics. Raises Cancelled."""
    started = time.monotonic()
    with store.read() as connection:
        seen = _pass_over(connection, project, progress, should_stop)
        clustering = clusterings.newest(connection, project, of="traces")
        alone = {} if clustering is None else _alone(connection, project, clustering)
    found = [dict(own) for own in seen.own]
    for name, values in (("near_duplicate_answers", _equal_endings(seen)), ("unusual_tools", _unusual_tools(seen))):
        for row, value in zip(found, values, strict=True):
            if value is not None:
                row[name] = value
    for row, trace in zip(found, seen.ids, strict=True):
        row.update(alone.get(trace, {}))
    for portion in in_chunks(list(zip(seen.keys, found, strict=True)), PORTION):
        with store.write() as connection:
            measures.add_metrics(connection, dict(portion), replace=True)
            projects.touch(connection, project)
    said = Counter(name for row in found for name, value in row.items() if value > 0)
    return ScreenReport(traces=len(found), signals=dict(said.most_common()), seconds=time.monotonic() - started)


def _pass_over(
    connection: Connection, project: Project, progress: Progress | None, should_stop: ShouldStop | None
) -> _Seen:
    total, seen = traces.count(connection, project), _Seen()
    for done, trace in enumerate(traces.stream(connection, project), start=1):
        _note(seen, trace)
        if done % CHECKED == 0:
            if progress:
                progress(done, total, "looking for signals")
            if should_stop is not None and should_stop():
                raise Cancelled("looking for signals was stopped; nothing was changed")
    return seen


def _note(seen: _Seen, trace: StoredTrace) -> None:
    there = set(trace.head.metrics)
    seen.keys.append(trace.head.key)
    seen.ids.append(trace.id)
    seen.own.append({} if there.issuperset(TEXT_SIGNALS) else text_signals(trace.steps))
    answer = re.sub(r"[\W\d_]+", " ", final_answer(trace.steps)[: 2 * COMPARED].lower())[:COMPARED]
    seen.endings.append(content_id([answer]) if len(answer) >= SHORTEST_ANSWER else "")
    seen.tools.append(tuple(step.name or "" for step in trace.steps if step.kind is StepKind.TOOL_CALL))


def _equal_endings(seen: _Seen) -> list[float | None]:
    """Return for each trace how many others end with nearly its answer: the same words but for numbers and signs."""
    counts = Counter(ending for ending in seen.endings if ending)
    return [float(counts[ending] - 1) if ending else 0.0 for ending in seen.endings]


def _unusual_tools(seen: _Seen) -> list[float | None]:
    """Return the modified z-score of how surprising the order of a trace's tools is; None for one without tools.

    Surprise is the mean of -log2 of the share that each step from tool to tool has among all steps from that tool.
    """
    steps = Counter(pair for tools in seen.tools for pair in _pairs(tools))
    leaving: Counter[str] = Counter()
    for (tool, _), count in steps.items():
        leaving[tool] += count
    surprise = [
        [-math.log2(steps[pair] / leaving[pair[0]]) for pair in _pairs(tools)] if tools else [] for tools in seen.tools
    ]
    means = [sum(bits) / len(bits) for bits in surprise if bits]
    scores = iter(modified_z(means) or [0.0] * len(means))
    return [round(next(scores), 3) if bits else None for bits in surprise]


def _pairs(tools: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(("start", *tools), (*tools, "end"), strict=True)) if tools else []


def _alone(connection: Connection, project: Project, row: ClusteringRow) -> dict[str, dict[str, float]]:
    """Return the outlier score and the mean distance to the nearest others, by trace."""
    from evaldash.clustering.neighbours import find_neighbours

    found = {
        trace: {"outlier_score": round(float(score), 4)}
        for trace, score in zip(row.items, row.outlier_scores, strict=True)
    }
    items, matrix = vectors.matrix(connection, project, of=row.text, embedder=row.embedder, items=row.items)
    if len(items) > NEIGHBOURS:
        near = find_neighbours(matrix, k=NEIGHBOURS)
        distances = near.space.to_items(1 - near.similarities.mean(axis=1), blank=np.nan)
        for trace, distance in zip(items, distances, strict=True):
            if np.isfinite(distance):
                found[trace]["neighbour_distance"] = round(float(distance), 4)
    return found
