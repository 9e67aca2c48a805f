"""What the figures say in each section of the report, in sentences of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from evaldash.domain.taxonomy import FailureMode, Severity
from evaldash.services.coded import CodedProject
from evaldash.services.cycles import Comparison, ModeChange
from evaldash.services.fixes import FixEffect, prevented
from evaldash.services.rates import ModeRate, RateTable
from evaldash.services.report_texts import SECTIONS
from evaldash.services.saturation import Saturation
from evaldash.services.surprising import SurprisingUse
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import (
    agree,
    caveats,
    comparison_caveats,
    count_of,
    headline,
    percent,
    rank_words,
    rate_words,
)
from evaldash.stats.intervals import RATE_LEVEL, normal_quantile, wilson_bounds

FIELD_LEAST = 100  # read traces that the practice of the field asks for
EASY, EASY_LEAST = 0.05, 20  # failure rate up to which, and random traces from which, a sample may be too easy
NAMED = 5  # modes named in a sentence
GRAVEST = tuple(Severity)  # gravest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that the report is made from, read once."""

    traces: int
    coded: CodedProject
    saturation: Saturation
    table: RateTable
    now: TaxonomyView
    uses: Sequence[SurprisingUse]
    comparison: Comparison | None
    fixes: Sequence[FixEffect]

    @property
    def modes(self) -> list[tuple[FailureMode, ModeRate]]:
        """The modes with their rates, gravest first, then most frequent."""
        rate_of = {rate.mode: rate for rate in self.table.rates}
        return sorted(((mode, rate_of[mode.id]) for mode in self.now.taxonomy.modes), key=_harm)


def computed_texts(found: Found) -> dict[str, str]:
    """Return the text of each section; one that has nothing to tell is left out."""
    texts = {
        "summary": _summary(found),
        "read": _read(found),
        "modes": _modes(found),
        "uses": _uses(found),
        "fixes": _fixes(found),
        "unknown": _unknown(found),
        "next": _next(found),
    }
    return {key: text for key, text in texts.items() if text}


def warnings(found: Found) -> tuple[str, ...]:
    """Return what a reader must know before anything else."""
    overall = found.table.overall.rate
    if overall.estimate is None or overall.n < EASY_LEAST or overall.estimate > EASY:
        return ()
    return (
        f"{percent(1 - overall.estimate)} of the traces drawn at random passed. So high a rate often means that the "
        "sample was too easy: these traces hardly put the product to the test. Read harder ones (unhappy users, long "
        "or failing runs, questions that try a rule) before calling it good.",
    )


def _harm(item: tuple[FailureMode, ModeRate]) -> tuple[int, float, int]:
    mode, rate = item
    grave = GRAVEST.index(Severity(mode.severity)) if mode.severity else len(GRAVEST)
    return grave, -(rate.rate.estimate or 0), -rate.count


def _summary(found: Found) -> str:
    top = [(mode, rate) for mode, rate in found.modes if rate.count][:3]
    said = [
        f"{_opened(found)}. Any failure: {rate_words(found.table.overall.rate, level=True)}.",
        *found.saturation.leaning,
    ]
    if top:
        first = "What matters most" if any(mode.severity for mode, _ in top) else "What was met most often"
        said.append(f"{first}:\n" + "\n".join(f"- {_named(mode, rate)}" for mode, rate in top))
    return "\n\n".join([*said, headline(found.saturation)])


def _opened(found: Found) -> str:
    judged, deferred = len(found.coded.judged), len(found.coded.deferred)
    said = f"{judged + deferred:,} of {count_of(found.traces, 'trace')} {agree(judged + deferred, 'was', 'were')} read"
    return f"{said}: {judged:,} judged, {deferred:,} deferred" if deferred else said


def _named(mode: FailureMode, rate: ModeRate) -> str:
    severity = f", {mode.severity}" if mode.severity else ""
    return f"{mode.name}{severity}: {rate_words(rate.rate, level=True)}, in {count_of(rate.count, 'read trace')}"


def _read(found: Found) -> str:
    coded = found.coded
    random, judged = len(coded.uniform), len(coded.judged)
    chosen = "chosen for variety, for signs of trouble, or by hand"
    how = f": {random:,} drawn at random, {judged - random:,} {chosen}"
    if judged in (random, judged - random):
        how = f", {'drawn at random' if random else chosen}" if judged else ""
    said = [
        f"{count_of(judged, 'trace')} {agree(judged, 'was', 'were')} judged pass or fail{how}."
        if judged
        else "Nothing is judged yet."
    ]
    if random < judged:
        said.append("Only random draws, or draws with known chances, carry rates.")
    open_ = {"deferred": len(coded.deferred), "passed over": len(coded.skipped)}
    left = ", ".join(f"{count_of(number, 'trace')} {what}" for what, number in open_.items() if number)
    said += [f"{left}."] if left else []
    return "\n\n".join([" ".join(said), *found.table.notes])


def _modes(found: Found) -> str:
    modes = found.modes
    if not modes:
        return "No failure mode has been named yet."
    unsaid = sum(not mode.severity for mode, _ in modes)
    order = "The gravest come first, among equals the most frequent."
    if unsaid == len(modes):
        order = "Nobody has said yet how grave each is, so the most frequent come first."
    elif unsaid:
        them = "it is; it comes" if unsaid == 1 else "they are; they come"
        order += f" Of {unsaid} nobody has said yet how grave {them} last."
    if len(modes) == 1:
        said = "1 failure mode, a yes-or-no question about a trace."
    else:
        said = f"{count_of(len(modes), 'failure mode')}, each a yes-or-no question about a trace. {order}"
    ranks = rank_words([rate for rate in found.table.rates if rate.mode])
    rests_on = f"What these rates leave open is said under “{SECTIONS['read']}”." if found.table.notes else ""
    return "\n\n".join(filter(None, [said, " ".join(filter(None, [ranks, rests_on]))]))


def _uses(found: Found) -> str:
    if not found.uses:
        return ""
    return f"{count_of(len(found.uses), 'group')} of traces that nobody had expected, named by people who looked."


def _fixes(found: Found) -> str:
    bugs = prevented(list(found.fixes))
    fixed = "No fix is recorded yet."
    if found.fixes:
        fixed = f"{len(found.fixes)} {'fix' if len(found.fixes) == 1 else 'fixes'} recorded"
        plain = "1 of them a plain bug" if len(bugs) == 1 else f"{len(bugs)} of them plain bugs"
        plain = "a plain bug" if len(found.fixes) == 1 else plain
        fixed += f", {plain} that reading found." if bugs else "."
    compared = found.comparison
    if compared is None:
        return fixed
    overall, *modes = compared.changes
    how = f"on {count_of(compared.pairs, 'equal input')}" if compared.pairs else "on different inputs"
    said = f"From version {compared.before} to {compared.after}, {how}, any failure{_joined(overall)}."
    moved = [f"- {item.name} {item.verdict}" for item in modes if item.moved]
    rest = _unmoved(len(modes), len(moved))
    rests_on = " ".join(line for line in comparison_caveats(compared) if line not in found.table.notes)
    return "\n\n".join(filter(None, [said, "\n".join(moved), rest, rests_on, fixed]))


def _joined(item: ModeChange) -> str:
    return f" {item.verdict}" if item.moved else f": {item.verdict}"


def _unmoved(modes: int, moved: int) -> str:
    if not modes or modes == moved:
        return ""
    if not moved:
        named = "The failure mode did not move" if modes == 1 else f"Of {modes} failure modes none moved"
        return f"{named} by more than chance explains."
    return f"{count_of(modes - moved, 'other mode')}: no more than chance explains."


def _unknown(found: Found) -> str:
    saturation = found.saturation
    said = [headline(saturation), *caveats(saturation)]
    unsure = [rate.name for rate in found.table.rates if rate.mode and rate.rate.estimate is None]
    if found.table.overall.rate.estimate is None:
        said.append("Rates cannot be estimated: no judged trace was drawn in a way that carries them.")
    elif unsure:
        said.append(f"Without a rate: {_some(unsure)}.")
    elif 0 < saturation.chance.T < FIELD_LEAST:
        low, high = wilson_bounds(0.5, saturation.chance.T, z=normal_quantile(RATE_LEVEL))
        said.append(
            f"With {count_of(saturation.chance.T, 'random trace')} a rate may be off by up to "
            f"{ceil(50 * (high - low))} points either way."
        )
    thin = [found.saturation.names.get(mode, mode) for mode, _ in saturation.thin]
    if thin:
        their = "its" if len(thin) == 1 else "their"
        said.append(f"Seen in fewer than five traces, so that {their} meaning may still change: {_some(thin)}.")
    said.append(
        "How grave a failure is does not follow from how often it comes; rare grave ones need a targeted search."
    )
    return "\n\n".join([said[0], "\n".join(f"- {line}" for line in said[1:])])


def _next(found: Found) -> str:
    said = [found.saturation.advice.sentence]
    unread = [row for row in found.coded.batches if row.read < row.size]
    if unread:
        waiting = sum(row.size - row.read for row in unread)
        said.append(f"Read what is drawn: {count_of(waiting, 'trace')} {'is' if waiting == 1 else 'are'} waiting.")
    if found.now.uncategorised:
        said.append(f"Find a failure mode for {count_of(len(found.now.uncategorised), 'note')} without one.")
    fixed = {item.fix.mode for item in found.fixes}
    open_modes = [(mode, rate) for mode, rate in found.modes if rate.count and mode.id not in fixed]
    ownerless = [mode.name for mode, _ in open_modes if not mode.owner]
    if open_modes:
        said.append(f"Nothing is recorded as done about: {_some([mode.name for mode, _ in open_modes])}.")
    if ownerless:
        said.append(f"Find somebody to see to: {_some(ownerless)}.")
    if found.coded.deferred:
        said.append(f"Decide {count_of(len(found.coded.deferred), 'deferred trace')}.")
    said += ["Draw harder traces: the pass rate is near 100 %."] if warnings(found) else []
    return "\n".join(f"- {line}" for line in said)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
