"""Draws with known probabilities: uniform, and stratified by a field or by cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evaldash.domain.batch import DrawnTrace, Stream, draw_order
from evaldash.errors import InvalidInput
from evaldash.sampling.allocation import Allocation, allocate
from evaldash.sampling.frame import Candidate, Draw, Frame, Request, Stratum

NO_VALUE = "no value"
FITS_NOWHERE = "fits nowhere"
NO_CLUSTER = "no cluster yet"


def take_all(frame: Frame, request: Request) -> Draw:
    """Return the whole frame in random order: each trace for certain, hence part of the uniform stream."""
    order = draw_order([candidate.trace for candidate in frame.candidates], seed=request.seed)
    reason = f"all {frame.size} traces there were"
    return Draw(traces=tuple(_drawn(trace, Stream.UNIFORM, 1.0, reason) for trace in order))


def uniform(frame: Frame, request: Request) -> Draw:
    """Return a simple random sample: the first n in the order of a hash of seed and id, each with probability n/N."""
    order = draw_order([candidate.trace for candidate in frame.candidates], seed=request.seed)
    chosen = order[: request.size]
    reason = f"drawn at random, {len(chosen)} of {frame.size}"
    return Draw(traces=tuple(_drawn(trace, Stream.UNIFORM, len(chosen) / frame.size, reason) for trace in chosen))


def stratified(frame: Frame, request: Request) -> Draw:
    """Return a random sample from each value of a field, shared by `allocation`; probability n_h/N_h in a stratum."""
    if all(candidate.stratum is None for candidate in frame.candidates):
        raise InvalidInput(
            f"strategy 'stratified' found no value of '{request.by}' on the {frame.size} traces of the frame; "
            "name another field with --by"
        )
    groups = _grouped(frame.candidates, lambda candidate: candidate.stratum or NO_VALUE)
    rates = _rates(groups, request) if request.allocation is Allocation.NEYMAN else []
    counts = allocate(
        [len(group) for group in groups.values()], request.size, allocation=request.allocation, rates=rates
    )
    return _from_strata(groups, counts, request, word=request.by)


def by_cluster(frame: Frame, request: Request) -> Draw:
    """Return a random sample from each cluster, small ones oversampled (square root); probability n_h/N_h in each."""
    if all(candidate.cluster is None for candidate in frame.candidates):
        raise InvalidInput(
            "strategy 'clusters' needs clusters, and no trace of the frame is in one; group the traces on the page "
            "Explore or run 'evaldash cluster' first, or draw at random ('uniform')"
        )
    groups = _grouped(frame.candidates, lambda candidate: _cluster_name(frame, candidate))
    counts = allocate([len(group) for group in groups.values()], request.size, allocation=Allocation.SQRT)
    return _from_strata(groups, counts, request, word="cluster")


def _cluster_name(frame: Frame, candidate: Candidate) -> str:
    if candidate.cluster is None:
        return NO_CLUSTER
    if candidate.cluster < 0:
        return FITS_NOWHERE
    name = frame.cluster_names.get(candidate.cluster)
    return f"{candidate.cluster} {name}" if name else str(candidate.cluster)


def _grouped(candidates: Sequence[Candidate], name: Callable[[Candidate], str]) -> dict[str, list[str]]:
    """Return the traces of each stratum, strata by name, so that the order of the frame changes nothing."""
    groups: dict[str, list[str]] = {}
    for candidate in candidates:
        groups.setdefault(name(candidate), []).append(candidate.trace)
    return dict(sorted(groups.items()))


def _rates(groups: dict[str, list[str]], request: Request) -> list[float]:
    missing = [name for name in groups if name not in request.rates]
    if missing:
        raise InvalidInput(
            f"allocation 'neyman' needs a failure rate for each value of '{request.by}', none for "
            f"{', '.join(repr(name) for name in missing[:5])}; read a first batch of them, or share in "
            "another way, such as 'sqrt' (small ones get more)"
        )
    return [request.rates[name] for name in groups]


def _from_strata(groups: dict[str, list[str]], counts: Sequence[int], request: Request, *, word: str) -> Draw:
    found: dict[str, DrawnTrace] = {}
    for (name, traces), count in zip(groups.items(), counts, strict=True):
        reason = f"drawn at random from {word} '{name}', {count} of {len(traces)}"
        for trace in draw_order(traces, seed=request.seed)[:count]:
            found[trace] = _drawn(trace, Stream.TARGETED, count / len(traces), reason)
    strata = tuple(
        Stratum(name=name, size=len(traces), drawn=count)
        for (name, traces), count in zip(groups.items(), counts, strict=True)
    )
    order = draw_order(found, seed=request.seed)  # strata mixed, so that fatigue does not fall on one of them
    return Draw(traces=tuple(found[trace] for trace in order), strata=strata, notes=_unseen(strata, word))


def _unseen(strata: Sequence[Stratum], word: str) -> tuple[str, ...]:
    empty = [stratum for stratum in strata if not stratum.drawn]
    if not empty:
        return ()
    traces = sum(stratum.size for stratum in empty)
    return (
        f"{len(empty)} of {len(strata)} values of {word} ({traces} traces) are too many for this size and not drawn; "
        "rates will not cover them",
    )


def _drawn(trace: str, stream: Stream, probability: float, reason: str) -> DrawnTrace:
    return DrawnTrace(trace=trace, stream=stream, inclusion_probability=probability, reason=reason)
