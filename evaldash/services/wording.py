"""Figures as sentences, the same on pages, in commands and in reports. Bounds are rounded away from comfort."""

from __future__ import annotations

import math

from evaldash.services.saturation import Saturation
from evaldash.stats.rates import Rate

SURE = "about 95 % sure"  # what a one-sided bound at .975 holds in simulation (STATISTICS 1.3)


def count_of(number: int, noun: str) -> str:
    """Return "1 note", "3 notes"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


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
    held = "held something no other did" if chance.L != 1 else "held something that no other did"
    return (
        f"The next trace has about a {percent(chance.estimate)} chance of showing a failure mode you have not seen "
        f"(at most {percent_up(chance.upper)}, {SURE}: {chance.L} of {chance.T} random traces {held})."
    )


def caveats(found: Saturation) -> list[str]:
    """Return what the headline leaves open: loose codes, deferred traces, sessions counted once."""
    chance, said = found.chance, []
    if found.loose_codes and chance.low is not None and chance.estimate is not None:
        said.append(
            f"{count_of(found.loose_codes, 'note')} without a failure mode count as a mode each; were all known modes, "
            f"the chance would be {percent(chance.low)} instead of {percent(chance.estimate)}."
        )
    if found.deferred_uniform:
        worst = (chance.L + found.deferred_uniform) / (chance.T + found.deferred_uniform)
        said.append(
            f"{count_of(found.deferred_uniform, 'random trace')} deferred; if each held something new, the chance "
            f"would be {percent(worst)}."
        )
    if found.same_session:
        same = count_of(len(found.same_session), "trace")
        said.append(f"{same} of a session that another random trace stands for: counted with it.")
    if found.filtered:
        numbers = ", ".join(map(str, found.filtered))
        said.append(f"Drawn at random under a filter: batch {numbers}. Those traces speak for what the filter selects.")
    return said


def rate_words(rate: Rate) -> str:
    """Return a rate with its denominator, interval and basis."""
    if rate.estimate is None or rate.low is None or rate.high is None:
        return f"cannot be estimated ({rate.n} traces, none drawn in a way that carries rates)"
    basis = rate.basis if rate.basis == "uniform" else f"weighted, effective n {rate.n_eff:.0f}"
    return f"{percent(rate.estimate)} of {rate.n} ({percent_down(rate.low)} to {percent_up(rate.high)}, {basis})"
