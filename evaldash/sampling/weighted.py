"""Draws that prefer some traces with chances one knows: by signals of trouble, and of unhappy users."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from math import floor

from evaldash.domain.batch import DrawnTrace, Stream, draw_order, frame_hash
from evaldash.domain.screening import explain
from evaldash.errors import InvalidInput
from evaldash.sampling.frame import Candidate, Draw, Frame, Request, Stratum

PER_SIGNAL = 2.0  # what each signal adds to the weight of 1 that every trace has
MOST_SIGNALS = 4  # more do not count: a moderate preference finds failures, a strong one finds one kind of them
UNHAPPY_USER = "the user was unhappy"


def signal(frame: Frame, request: Request) -> Draw:
    """Return a sample in which traces with signals of trouble stand more often; each trace's chance is known.

    Weights w = 1 + 2 per signal, at most 9. Systematic sampling with probability n w / sum w over a random order
    (Goodman & Kish 1950; Hartley & Rao 1962): of exactly that size, with exactly these probabilities. Whose
    probability would be 1 or more is taken for certain, and the rest shared again.
    """
    signals = {candidate.trace: signals_of(candidate) for candidate in frame.candidates}
    if not any(signals.values()):
        raise InvalidInput(
            f"strategy 'signal' found no signal on the {frame.size} traces of the frame: no unhappy user, no failed "
            "tool, no question asked again; take strategy 'uniform'"
        )
    weights = {candidate.trace: weight_of(candidate) for candidate in frame.candidates}
    chances = inclusion_probabilities(weights, request.size)
    chosen = systematic(chances, seed=request.seed)
    drawn = {trace: _drawn(trace, chances[trace], _why(signals[trace])) for trace in chosen}
    return Draw(traces=tuple(drawn[trace] for trace in draw_order(drawn, seed=request.seed)))


def feedback(frame: Frame, request: Request) -> Draw:
    """Return a random sample of the traces whose users were unhappy; probability n / their number, 1 if all are taken.

    The other traces are a stratum of which nothing is drawn: rates from this batch speak of unhappy users only.
    """
    unhappy = [candidate.trace for candidate in frame.candidates if candidate.unhappy]
    if not unhappy:
        raise InvalidInput(
            f"strategy 'feedback' found no unhappy user on the {frame.size} traces of the frame; bring feedback in "
            "on the page Import or with 'evaldash feedback FILE --on FIELD', or follow signals of trouble ('signal')"
        )
    chosen = draw_order(unhappy, seed=request.seed)[: request.size]
    said = {candidate.trace: candidate.unhappy for candidate in frame.candidates}
    drawn = tuple(
        _drawn(trace, len(chosen) / len(unhappy), f"{said[trace]}; {len(chosen)} of {len(unhappy)} such traces")
        for trace in chosen
    )
    few = f"only {len(unhappy)} traces have an unhappy user; all of them are drawn"
    return Draw(
        traces=drawn,
        strata=(
            Stratum(name="unhappy users", size=len(unhappy), drawn=len(chosen)),
            Stratum(name="all others", size=frame.size - len(unhappy), drawn=0),
        ),
        notes=(few,) if len(unhappy) < request.size else (),
    )


def signals_of(candidate: Candidate) -> list[str]:
    """Return what speaks for trouble in a trace: its text, its user, its place on the map; a sentence each."""
    scored = {} if candidate.outlier_score is None else {"outlier_score": candidate.outlier_score}
    found = explain({**candidate.metrics, **scored})
    return [UNHAPPY_USER, *found] if candidate.unhappy else found


def weight_of(candidate: Candidate) -> float:
    """Return the weight of a trace: 1, and PER_SIGNAL for each signal up to MOST_SIGNALS."""
    return 1 + PER_SIGNAL * min(len(signals_of(candidate)), MOST_SIGNALS)


def inclusion_probabilities(weights: Mapping[str, float], size: int) -> dict[str, float]:
    """Return n w / sum w for each trace; those at 1 or more are certain, and the others share what is left."""
    certain: set[str] = set()
    while True:
        left = {trace: weight for trace, weight in weights.items() if trace not in certain}
        places, total = size - len(certain), sum(left.values())
        more = {trace for trace, weight in left.items() if places * weight >= total}
        if not more:
            return {trace: 1.0 if trace in certain else places * weights[trace] / total for trace in weights}
        certain |= more


def systematic(chances: Mapping[str, float], *, seed: int) -> list[str]:
    """Return a sample of size sum(chances): every whole step along the chances laid end to end in random order.

    Order and first step come from a hash of seed and frame: the same on every machine, and another one for the next
    batch, which with the same order would avoid those whose turn came now (seen in simulation).
    """
    digest = hashlib.sha256(f"{seed}:{frame_hash(chances)}".encode()).digest()
    chosen: list[str] = []
    reached = int.from_bytes(digest[:7]) / 2**56
    for trace in draw_order(chances, seed=int.from_bytes(digest[8:16])):
        before, reached = reached, reached + chances[trace]
        if floor(reached + 1e-12) > floor(before + 1e-12):
            chosen.append(trace)
    return chosen


def _why(found: Sequence[str]) -> str:
    return f"weighted by its signals: {'; '.join(found[:MOST_SIGNALS])}" if found else "weighted: it has no signal"


def _drawn(trace: str, probability: float, reason: str) -> DrawnTrace:
    return DrawnTrace(trace=trace, stream=Stream.TARGETED, inclusion_probability=probability, reason=reason)
