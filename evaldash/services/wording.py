"""Figures as sentences, the same on pages, in commands and in reports. Bounds are rounded away from comfort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evaldash.domain.counting import agree, count_of
from evaldash.stats.rates import Rate

if TYPE_CHECKING:
    from evaldash.services.agreement import Agreement
    from evaldash.services.cycles import Comparison
    from evaldash.services.rates import ModeRate
    from evaldash.services.saturation import Saturation

__all__ = [
    "FEW_DOUBLED",
    "SURE",
    "a_percent",
    "agree",
    "agreement_words",
    "caveats",
    "comparison_caveats",
    "count_of",
    "headline",
    "percent",
    "percent_down",
    "percent_up",
    "rank_words",
    "rate_words",
]

FEW_DOUBLED = 50  # traces judged twice; the standard error of kappa is then about .14
SURE = "about 95 % sure"  # what a one-sided bound at .975 holds in simulation (STATISTICS 1.3)


def a_percent(share: float) -> str:
    """Return a share as whole percent with its article: "a 7 %", "an 18 %"."""
    said = percent(share)
    return f"an {said}" if said.startswith("8") or said.split()[0] in ("11", "18") else f"a {said}"


def percent(share: float) -> str:
    """Return a share as whole percent, as precise as such figures are."""
    return f"{share * 100:.0f} %"


def percent_up(share: float) -> str:
    """Return an upper bound as whole percent, rounded up."""
    return f"{math.ceil(round(share * 100, 6))} %"


def percent_down(share: float) -> str:
    """Return a lower bound as whole percent, rounded down."""
    return f"{math.floor(round(share * 100, 6))} %"


def headline(found: Saturation) -> str:
    """Return the sentence of the saturation page: the chance, its bound, what it rests on."""
    chance = found.chance
    if chance.estimate is None:
        return "How much is still unseen cannot be said yet: no trace drawn at random has been judged."
    return (
        f"The next trace has about {a_percent(chance.estimate)} chance of showing a failure mode you have not seen "
        f"(at most {percent_up(chance.upper)}, {SURE}: {chance.L} of {count_of(chance.T, 'random trace')} held "
        "something no other did)."
    )


def caveats(found: Saturation) -> list[str]:
    """Return what the headline leaves open: loose codes, deferred traces, sessions counted once."""
    chance, said = found.chance, []
    if found.loose_codes and chance.low is not None and chance.estimate is not None:
        known, now = percent(chance.low), percent(chance.estimate)
        change = f"the chance would be {known} instead of {now}" if known != now else f"the chance would still be {now}"
        loose = count_of(found.loose_codes, "note")
        counts = "counts as a mode of its own" if found.loose_codes == 1 else "count as a mode each"
        were = "were it of a known one" if found.loose_codes == 1 else "were all of known ones"
        said.append(f"{loose} without a failure mode {counts}; {were}, {change}.")
    if found.deferred_uniform:
        worst = (chance.L + found.deferred_uniform) / (chance.T + found.deferred_uniform)
        each = "it" if found.deferred_uniform == 1 else "each"
        said.append(
            f"{count_of(found.deferred_uniform, 'random trace')} deferred; if {each} held something new, the chance "
            f"would be {percent(worst)}."
        )
    if found.same_session:
        same = count_of(len(found.same_session), "trace")
        said.append(f"{same} of a session that another random trace stands for: counted with it.")
    if found.filtered:
        numbers = ", ".join(map(str, found.filtered))
        said.append(f"Drawn at random under a filter: batch {numbers}. Those traces speak for what the filter selects.")
    return [*said, *found.leaning]


def rate_words(rate: Rate, *, level: bool = False) -> str:
    """Return a rate with its denominator, interval and basis; with the `level` where nothing beside it says that."""
    if rate.estimate is None or rate.low is None or rate.high is None:
        if not rate.n:
            return "cannot be estimated (no trace read)"
        return f"cannot be estimated ({count_of(rate.n, 'trace')}, none drawn in a way that carries rates)"
    basis = rate.basis if rate.basis == "uniform" else f"weighted, effective n {rate.n_eff:.0f}"
    at = f" at {percent(rate.level)}" if level else ""
    return f"{percent(rate.estimate)} of {rate.n} ({percent_down(rate.low)} to {percent_up(rate.high)}{at}, {basis})"


def rank_words(modes: Sequence[ModeRate]) -> str:
    """Say which modes surely rank first, and that the others may change places."""
    ranked = [item for item in modes if item.ranks is not None]
    if len(ranked) < 2:
        return ""
    sure = [item for item in ranked if item.ranks is not None and item.ranks.best == item.ranks.worst]
    if len(sure) == len(ranked):
        return "Their order is more than chance."
    first = ranked[0].ranks
    tied = 0 if first is None else first.worst
    if tied > 1:
        return (
            f"Ranks overlap: the data cannot tell which of the first {tied} comes first (all intervals taken together)."
        )
    return "The first is surely the most frequent; below it ranks overlap (all intervals taken together)."


def comparison_caveats(found: Comparison) -> list[str]:
    """Return what a comparison of two versions rests on and leaves open, one sentence each."""
    if not found.pairs:
        return list(found.notes)
    said = []
    if found.repeated:
        said.append(f"{found.repeated:,} of these inputs ran several times: each counts once, by the mean of its runs.")
    if found.chosen:
        said.append(
            f"{found.chosen:,} of these inputs were not drawn at random on both sides: the change is that of these "
            "inputs, and those that were chosen because they failed do better the next time by chance alone."
        )
    return said


def agreement_words(found: Agreement) -> str:
    """Return how far coders agree, in a sentence; which figures can be had depends on what was judged twice."""
    if not found.pairs or found.percent is None:
        return "No trace was judged by two coders yet. Let a second one read a batch that is read already."
    figures = {"AC1": found.ac1, "kappa": found.kappa, "alpha on sets of modes": found.alpha_masi}
    said = ", ".join(f"{name} {value:.2f}" for name, value in figures.items() if value is not None)
    apart = len(found.verdicts_apart) + len(found.modes_apart)
    few = "" if found.traces >= FEW_DOUBLED else f" With fewer than {FEW_DOUBLED} traces these figures are rough."
    return (
        f"{len(found.coders)} coders agree on pass or fail in {percent(found.percent)} of "
        f"{count_of(found.pairs, 'pair')} of judgements ({said}); they differ on {count_of(apart, 'trace')}.{few}"
    )
