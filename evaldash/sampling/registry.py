"""The strategies there are, what each is good for, and the one door to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evaldash.domain.batch import Strategy
from evaldash.errors import InvalidInput
from evaldash.sampling import random_draws, targeted, weighted
from evaldash.sampling.frame import Draw, Frame, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingStrategy:
    """A way to draw: what it is good for, what it costs, whether rates can be computed from it, and what it needs."""

    name: Strategy
    good_for: str
    costs: str
    rates: str  # "uniform", "weighted" or "not estimable", as on the badge of a rate
    needs: tuple[str, ...]
    draw: Callable[[Frame, Request], Draw]


def mixed(frame: Frame, request: Request) -> Draw:
    """Return half a uniform sample, and as many of the rest drawn by `request.targeted`, variety by default."""
    other = get_strategy(request.targeted)
    if other.name in _NO_HALVES:
        raise InvalidInput(
            f"the targeted half of 'mixed' cannot be {other.name.value!r}; take one of {', '.join(HALVES)}"
        )
    return targeted.half_and_half(frame, request, other.draw)


STRATEGIES = (
    SamplingStrategy(
        name=Strategy.MIXED,
        good_for="most batches: rates and saturation from the random half, rare failures from the varied half",
        costs="half of the reading counts towards rates",
        rates="uniform",
        needs=(),
        draw=mixed,
    ),
    SamplingStrategy(
        name=Strategy.UNIFORM,
        good_for="rates and saturation anybody can check",
        costs="meets rare failures late",
        rates="uniform",
        needs=(),
        draw=random_draws.uniform,
    ),
    SamplingStrategy(
        name=Strategy.STRATIFIED,
        good_for="comparing the values of a field, and hearing from the rare ones",
        costs="rates carry weights; saturation is not measured",
        rates="weighted",
        needs=("stratum",),
        draw=random_draws.stratified,
    ),
    SamplingStrategy(
        name=Strategy.CLUSTERS,
        good_for="a look into every cluster, the small ones included",
        costs="rates carry weights; finds new failures no sooner than chance",
        rates="weighted",
        needs=("cluster",),
        draw=random_draws.by_cluster,
    ),
    SamplingStrategy(
        name=Strategy.VARIETY,
        good_for="finding as many different failures as possible in little reading",
        costs="no rates, no saturation",
        rates="not estimable",
        needs=("vectors",),
        draw=targeted.variety,
    ),
    SamplingStrategy(
        name=Strategy.SIGNAL,
        good_for="meeting failures sooner: annoyed users, failed tools and questions asked again stand more often",
        costs="rates carry weights; saturation is not measured",
        rates="weighted",
        needs=("signals",),
        draw=weighted.signal,
    ),
    SamplingStrategy(
        name=Strategy.FEEDBACK,
        good_for="what made users give a thumbs down or complain",
        costs="rates speak of unhappy users only; most unhappy users say nothing",
        rates="not estimable",
        needs=("feedback",),
        draw=weighted.feedback,
    ),
    SamplingStrategy(
        name=Strategy.EXTREMES,
        good_for="what goes wrong when traces are slow, dear, long or short",
        costs="no rates, no saturation; sees one kind of trouble",
        rates="not estimable",
        needs=("metric",),
        draw=targeted.extremes,
    ),
    SamplingStrategy(
        name=Strategy.OUTLIERS,
        good_for="uses nobody thought of",
        costs="no rates, no saturation; finds failures no sooner than chance",
        rates="not estimable",
        needs=("outlier_score",),
        draw=targeted.outliers,
    ),
    SamplingStrategy(
        name=Strategy.STRESS,
        good_for="whether a rule holds: the traces nearest to questions you wrote to try it",
        costs="no rates, no saturation; finds what the questions ask for",
        rates="not estimable",
        needs=("vectors", "queries"),
        draw=targeted.stress,
    ),
    SamplingStrategy(
        name=Strategy.PICKED,
        good_for="traces somebody asked about",
        costs="no rates, no saturation, unless it is the whole frame",
        rates="not estimable",
        needs=("traces",),
        draw=targeted.picked,
    ),
)

_NO_HALVES = frozenset({Strategy.MIXED, Strategy.UNIFORM, Strategy.PICKED})
HALVES = tuple(strategy.name for strategy in STRATEGIES if strategy.name not in _NO_HALVES)
_BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}
if len(_BY_NAME) != len(STRATEGIES):
    raise RuntimeError("two sampling strategies share a name; each name in STRATEGIES must be given once")


def get_strategy(name: Strategy | str) -> SamplingStrategy:
    """Return the strategy called `name`. Raises InvalidInput for a name that is not in STRATEGIES."""
    for strategy in STRATEGIES:
        if strategy.name == name:
            return strategy
    raise InvalidInput(f"strategy must be one of {', '.join(_BY_NAME)}, got {str(name)!r}")


def needs_of(name: Strategy | str, targeted_half: Strategy | str) -> frozenset[str]:
    """Return what a draw needs of the frame, for `mixed` what its targeted half needs."""
    strategy = get_strategy(name)
    return frozenset(get_strategy(targeted_half).needs if strategy.name is Strategy.MIXED else strategy.needs)


def draw(name: Strategy | str, frame: Frame, request: Request) -> Draw:
    """Draw a batch; a size of the whole frame or more takes every trace with probability 1, whatever the strategy.

    The same frame and request give the same batch, in whatever order the frame lists its traces. Raises InvalidInput
    for an empty frame, a size below 1, ids that stand twice, or what the strategy needs and the frame does not have.
    """
    strategy = get_strategy(name)
    _check(frame, request)
    if strategy.name is not Strategy.PICKED and request.size >= frame.size:
        return random_draws.take_all(frame, request)
    return strategy.draw(frame, request)


def _check(frame: Frame, request: Request) -> None:
    if not frame.candidates:
        raise InvalidInput("the frame holds no trace to draw from; widen the filter, or import more traces")
    if request.size < 1:
        raise InvalidInput(f"size must be at least 1, got {request.size}")
    if len({candidate.trace for candidate in frame.candidates}) != frame.size:
        raise InvalidInput("the frame names a trace twice; each may stand in it once")
