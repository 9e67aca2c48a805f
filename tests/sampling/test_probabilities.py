"""2,000 draws of each strategy with known chances: how often a trace comes is the chance that is recorded, and the
weighted estimate of a known rate is right on average; the next batch, from what is left, too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from evaldash.domain.batch import DrawnTrace, Strategy, Stream
from evaldash.sampling import STRATEGIES, Allocation, Candidate, Draw, Frame, Queries, Request, draw
from evaldash.sampling.weighted import inclusion_probabilities, weight_of

pytestmark = pytest.mark.slow

DRAWS = 2_000
N = 36
VECTORS = np.random.default_rng(1).normal(size=(N, 6)).astype(np.float32)
FAILS = {f"t{i:02}" for i in range(0, N, 4)} | {f"t{i:02}" for i in range(27, N)}  # rarer where there are no signals
WHOLE = Frame(
    candidates=tuple(
        Candidate(
            trace=f"t{i:02}",
            stratum="web" if i < 24 else "phone",
            cluster=i // 12,
            metrics={"latency_ms": float(i), "retries": int(i > 24), "frustration": int(i > 30)},
            outlier_score=i / N,
            vector=i,
            unhappy="thumbs: down" if i % 3 == 0 else None,
        )
        for i in range(N)
    ),
    vectors=VECTORS,
)
REQUEST = Request(
    size=8,
    seed=0,
    metric="latency_ms",
    traces=("t03", "t09"),
    queries=Queries(texts=("a dog",), vectors=VECTORS[:1]),
    rates={"web": 0.3, "phone": 0.5},
)
CASES = {
    **{strategy.name.value: (strategy.name, {}) for strategy in STRATEGIES},
    **{f"stratified, {way}": (Strategy.STRATIFIED, {"allocation": way}) for way in Allocation},
    "mixed with signal": (Strategy.MIXED, {"targeted": Strategy.SIGNAL}),
    "mixed with clusters": (Strategy.MIXED, {"targeted": Strategy.CLUSTERS}),
}


def draws(name: Strategy, options: dict[str, object], frame: Frame = WHOLE) -> Iterator[Draw]:
    wanted = replace(REQUEST, **options)  # type: ignore[arg-type]
    for seed in range(DRAWS):
        yield draw(name, frame, replace(wanted, seed=seed))


def agrees(seen: Counter[str], expected: dict[str, float]) -> bool:
    """Tell whether counts agree with the sums of chances: chi-square on the binomial spread of each trace."""
    from scipy import stats

    free = {trace: sum_ for trace, sum_ in expected.items() if 0 < sum_ < DRAWS}
    if any(seen[trace] != expected[trace] for trace in expected if trace not in free):
        return False
    found = sum((seen[t] - e) ** 2 / (e * (1 - e / DRAWS)) for t, e in free.items())
    return not free or bool(stats.chi2.sf(found, len(free)) > 1e-4)


@pytest.mark.parametrize(("name", "options"), CASES.values(), ids=CASES.keys())
def test_traces_come_as_often_as_is_recorded(name: Strategy, options: dict[str, object]) -> None:
    seen: Counter[str] = Counter()
    chances: dict[str, set[float]] = defaultdict(set)
    for found in draws(name, options):
        for drawn in found.traces:
            if drawn.inclusion_probability is not None and (drawn.stream is Stream.UNIFORM or name != Strategy.MIXED):
                seen[drawn.trace] += 1
                chances[drawn.trace].add(drawn.inclusion_probability)
    assert all(len(values) == 1 for values in chances.values())
    assert agrees(seen, {trace: DRAWS * next(iter(values)) for trace, values in chances.items()})


def weighted_share(drawn: list[DrawnTrace]) -> float:
    return sum((item.trace in FAILS) / (item.inclusion_probability or 1) for item in drawn) / N


@pytest.mark.parametrize(
    ("name", "options"),
    [
        (Strategy.UNIFORM, {}),
        (Strategy.CLUSTERS, {}),
        (Strategy.SIGNAL, {}),
        *((Strategy.STRATIFIED, {"allocation": way}) for way in Allocation),
    ],
    ids=str,
)
def test_the_weighted_estimate_of_a_known_rate_is_unbiased(name: Strategy, options: dict[str, object]) -> None:
    shares = [weighted_share(list(found.traces)) for found in draws(name, options)]
    error = float(np.std(shares)) / DRAWS**0.5
    assert abs(float(np.mean(shares)) - len(FAILS) / N) < 4 * error


@pytest.mark.parametrize("second", [Strategy.UNIFORM, Strategy.SIGNAL, Strategy.CLUSTERS])
@pytest.mark.parametrize("first", [Strategy.UNIFORM, Strategy.SIGNAL])
def test_a_second_batch_with_the_same_seed_keeps_its_word(first: Strategy, second: Strategy) -> None:
    """Of all draws, those with the same first batch are too few: what came is held against the chances of its frame."""
    seen: Counter[str] = Counter()
    hoped: dict[str, float] = defaultdict(float)
    for seed, found in enumerate(draws(first, {})):
        taken = {drawn.trace for drawn in found.traces}
        rest = replace(WHOLE, candidates=[c for c in WHOLE.candidates if c.trace not in taken])
        seen.update(drawn.trace for drawn in draw(second, rest, replace(REQUEST, seed=seed)).traces)
        for trace, chance in chances_in(second, rest).items():
            hoped[trace] += chance
    assert agrees(seen, hoped)


def chances_in(name: Strategy, frame: Frame) -> dict[str, float]:
    """Return the chance of every trace of a frame, from the definition of the strategy."""
    if name is Strategy.UNIFORM:
        return {candidate.trace: REQUEST.size / frame.size for candidate in frame.candidates}
    if name is Strategy.SIGNAL:
        return inclusion_probabilities({c.trace: weight_of(c) for c in frame.candidates}, REQUEST.size)
    shares = {item.name: item.drawn / item.size for item in draw(name, frame, REQUEST).strata}
    return {candidate.trace: shares[str(candidate.cluster)] for candidate in frame.candidates}


def test_a_mixture_of_a_random_and_a_weighted_half_estimates_the_rate_of_the_rest_without_bias() -> None:
    gaps = []
    for found in draws(Strategy.MIXED, {"targeted": Strategy.SIGNAL}):
        first = {drawn.trace for drawn in found.traces if drawn.stream is Stream.UNIFORM}
        rest = [c.trace for c in WHOLE.candidates if c.trace not in first]
        half = [drawn for drawn in found.traces if drawn.stream is Stream.TARGETED]
        estimate = weighted_share(half) * N / len(rest)
        gaps.append(estimate - sum(trace in FAILS for trace in rest) / len(rest))
    assert abs(float(np.mean(gaps))) < 4 * float(np.std(gaps)) / DRAWS**0.5
