"""Draws that look for failures: their probabilities are not known, so they find modes and give no rates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.batch import DrawnTrace, Stream, draw_order
from evaldash.errors import InvalidInput
from evaldash.sampling.farthest import farthest_first
from evaldash.sampling.frame import Candidate, Draw, End, Frame, Request
from evaldash.sampling.random_draws import uniform

SHOWN = 60  # characters of a question in the reason of a draw


def extremes(frame: Frame, request: Request) -> Draw:
    """Return the traces with the highest, the lowest or, taking turns, both ends of a metric."""
    metric = request.metric
    if metric is None:
        raise InvalidInput("strategy 'extremes' needs a metric, got none; name one with --metric, such as latency_ms")
    known = [c for c in frame.candidates if isfinite(c.metrics.get(metric, float("nan")))]
    if not known:
        names = sorted({name for candidate in frame.candidates for name in candidate.metrics})
        raise InvalidInput(f"no trace of the frame has the metric {metric!r}; there are: {', '.join(names) or 'none'}")
    rising = sorted(_shuffled(known, request.seed), key=lambda candidate: candidate.metrics[metric])
    falling = sorted(_shuffled(known, request.seed), key=lambda candidate: -candidate.metrics[metric])
    lows = [(c, f"lowest {metric}, {c.metrics[metric]:g}") for c in rising]
    highs = [(c, f"highest {metric}, {c.metrics[metric]:g}") for c in falling]
    ranked = {End.HIGH: highs, End.LOW: lows, End.BOTH: [x for pair in zip(highs, lows, strict=True) for x in pair]}
    reasons: dict[str, str] = {}
    for candidate, reason in ranked[request.end]:
        reasons.setdefault(candidate.trace, reason)
    chosen = list(reasons.items())[: request.size]
    notes = _left_out(frame.size - len(known), f"without the metric {metric!r}")
    return Draw(traces=tuple(_targeted(trace, reason) for trace, reason in chosen), notes=notes)


def outliers(frame: Frame, request: Request) -> Draw:
    """Return the traces that fit least into any group, by outlier score (GLOSH)."""
    scored = [(c, c.outlier_score) for c in _shuffled(frame.candidates, request.seed) if c.outlier_score is not None]
    if not scored:
        raise InvalidInput(
            "strategy 'outliers' needs outlier scores, and no trace of the frame has one; group the traces on the page "
            "Explore or run 'evaldash cluster' first"
        )
    ranked = sorted(scored, key=lambda pair: -pair[1])[: request.size]
    drawn = tuple(_targeted(c.trace, f"fits no group well, outlier score {score:.2f}") for c, score in ranked)
    return Draw(traces=drawn, notes=_left_out(frame.size - len(scored), "without an outlier score"))


def variety(frame: Frame, request: Request) -> Draw:
    """Return traces as different as possible from each other and from those already read (k-center)."""
    vectors = _vectors(frame, "variety")
    # In the order of the draw, so that the first pick and ties depend on the seed and not on how traces were stored.
    usable = [c for c in _shuffled(frame.candidates, request.seed) if _has_direction(vectors, c)]
    points = _directions(vectors, usable)
    read = None if frame.read is None else _unit(frame.read)
    rows = farthest_first(points, count=request.size, start=0 if usable else None, chosen=read)
    drawn = tuple(_targeted(usable[row].trace, "unlike what was drawn before it") for row in rows)
    notes = _left_out(frame.size - len(usable), "without a vector or without words", of=" for variety")
    if len(rows) < min(request.size, len(usable)):
        few = f"only {len(rows)} of {request.size} could be drawn for variety"
        notes += (f"{few}: the others repeat what is already there",)
    return Draw(traces=drawn, notes=notes)


def picked(frame: Frame, request: Request) -> Draw:
    """Return the named traces in the order given; when they are the whole frame each was certain to be read."""
    wanted = list(dict.fromkeys(request.traces))
    known = {candidate.trace for candidate in frame.candidates}
    unknown = [trace for trace in wanted if trace not in known]
    if not wanted or unknown:
        got = f"{', '.join(trace[:12] for trace in unknown[:5])} is not in it" if unknown else "got none"
        raise InvalidInput(f"strategy 'picked' needs traces of the frame, {got}; name traces with --traces")
    if len(wanted) == frame.size:
        return Draw(traces=tuple(_certain(trace) for trace in wanted))
    return Draw(traces=tuple(_targeted(trace, "picked by hand") for trace in wanted))


def half_and_half(frame: Frame, request: Request, other: Callable[[Frame, Request], Draw]) -> Draw:
    """Return half a uniform sample of the whole frame, first in reading order, and half of the rest drawn by `other`.

    Probabilities of the second half are conditional on the rest, as those of a next batch would be.
    """
    by_chance = uniform(frame, replace(request, size=(request.size + 1) // 2))
    chosen = {drawn.trace for drawn in by_chance.traces}
    rest = [candidate for candidate in frame.candidates if candidate.trace not in chosen]
    if request.size < 2 or not rest:
        return by_chance
    spread = other(_less(frame, rest, chosen), replace(request, size=request.size // 2))
    return replace(spread, traces=by_chance.traces + spread.traces)


def _less(frame: Frame, rest: Sequence[Candidate], chosen: Collection[str]) -> Frame:
    """Return the frame of the rest; the chosen count as read, so that variety keeps away from them."""
    if frame.vectors is None:
        return replace(frame, candidates=rest)
    taken = [c for c in frame.candidates if c.trace in chosen and _has_direction(frame.vectors, c)]
    read = [rows for rows in (frame.read, _directions(frame.vectors, taken)) if rows is not None and len(rows)]
    return replace(frame, candidates=rest, read=np.vstack(read) if read else None)


def stress(frame: Frame, request: Request) -> Draw:
    """Return the traces nearest in meaning to questions made to stress a rule, the questions taking turns."""
    queries = request.queries
    if queries is None or not queries.texts:
        raise InvalidInput("strategy 'stress' needs questions, got none; give a file of them, one a line, by --queries")
    vectors = _vectors(frame, "stress")
    usable = [c for c in _shuffled(frame.candidates, request.seed) if _has_direction(vectors, c)]
    closeness = _unit(queries.vectors) @ _directions(vectors, usable).T
    ranked = np.argsort(-closeness, axis=1, kind="stable")
    reasons: dict[str, str] = {}
    for turn in range(len(usable)):
        for text, order, near in zip(queries.texts, ranked, closeness, strict=True):
            row = int(order[turn])
            reasons.setdefault(usable[row].trace, f"like “{text[:SHOWN]}” (cosine {near[row]:.2f})")
        if len(reasons) >= request.size:
            break
    drawn = tuple(_targeted(trace, reason) for trace, reason in list(reasons.items())[: request.size])
    return Draw(traces=drawn, notes=_left_out(frame.size - len(usable), "without a vector or without words"))


def _vectors(frame: Frame, strategy: str) -> NDArray[np.float32]:
    if frame.vectors is None or not any(candidate.vector is not None for candidate in frame.candidates):
        raise InvalidInput(
            f"strategy '{strategy}' needs vectors, and no trace of the frame has one; "
            "run 'evaldash embed' first, or take strategy 'uniform'"
        )
    return frame.vectors


def _has_direction(vectors: NDArray[np.float32], candidate: Candidate) -> bool:
    return candidate.vector is not None and bool(np.any(vectors[candidate.vector]))


def _directions(vectors: NDArray[np.float32], candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    return _unit(vectors[np.array([c.vector for c in candidates], dtype=np.intp)])


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows at length 1, those of zeros left out: they would be as far from all others as can be."""
    lengths = np.linalg.norm(rows, axis=1)
    present = lengths > 0
    unit: NDArray[np.float32] = (rows[present] / lengths[present, None]).astype(np.float32)
    return unit


def _shuffled(candidates: Sequence[Candidate], seed: int) -> list[Candidate]:
    by_trace = {candidate.trace: candidate for candidate in candidates}
    return [by_trace[trace] for trace in draw_order(by_trace, seed=seed)]


def _left_out(count: int, what: str, *, of: str = "") -> tuple[str, ...]:
    if not count:
        return ()
    return (f"{count} trace{'s' if count > 1 else ''} {what} left out{of}",)


def _certain(trace: str) -> DrawnTrace:
    return DrawnTrace(trace=trace, stream=Stream.UNIFORM, inclusion_probability=1.0, reason="picked, with all others")


def _targeted(trace: str, reason: str) -> DrawnTrace:
    return DrawnTrace(trace=trace, stream=Stream.TARGETED, inclusion_probability=None, reason=reason)
