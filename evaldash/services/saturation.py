"""Saturation of a project, computed anew from the rows each time they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.coded import CodedProject, CodedTrace, load_coded
from evaldash.services.drawing_design import chosen_before
from evaldash.services.rates import segments_of
from evaldash.services.wording import caveats
from evaldash.stats.accumulation import CurvePoint, ExpectedNew, expected_new, modes_after, rarefaction
from evaldash.stats.firsts import First, first_traces, thin_modes
from evaldash.stats.incidence import Incidence
from evaldash.stats.saturation import (
    LINES,
    LOOK_EVERY,
    Advice,
    BatchNew,
    ChanceNew,
    Needed,
    Read,
    advise,
    chance_next_new,
    cumulative_modes,
    incidence,
    new_per_batch,
    once_per_session,
    traces_needed,
)
from evaldash.storage import open_codes, traces
from evaldash.storage.store import Store

RANDOM = ("uniform", "mixed")  # strategies whose traces, or half of them, are drawn at random
NEXT_BATCH = 20  # traces for which new modes are foretold; never more than T


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """All figures of the saturation page, with the taxonomy version they were computed under."""

    taxonomy_version: int
    traces_read: int
    chance: ChanceNew
    modes_seen: int
    loose_codes: int
    batches: tuple[BatchNew, ...]
    strategies: dict[int, str]
    cumulative: tuple[tuple[int, int], ...]
    rarefied: tuple[CurvePoint, ...]
    ahead: tuple[CurvePoint, ...]  # the curve extrapolated over the next batch
    expected: ExpectedNew
    firsts: tuple[First, ...]  # the traces that brought something new
    names: Mapping[str, str]  # of kinds: mode names, and the words of codes without a mode
    thin: tuple[tuple[str, int], ...]  # ids of modes in fewer than five traces, with their number
    needed: tuple[Needed, ...]
    deferred: tuple[str, ...]
    deferred_uniform: int
    same_session: tuple[str, ...]
    filtered: tuple[int, ...]  # batches with a random part that was drawn under a filter
    leaning: tuple[str, ...]  # that the random draws could no longer meet what had been chosen, where that is much
    advice: Advice

    def as_json(self) -> dict[str, Any]:
        """Return the figures as the interface documents them."""
        return {
            "taxonomy_version": self.taxonomy_version,
            "traces_read": self.traces_read,
            "T": self.chance.T,
            "modes_seen": self.modes_seen,
            "batches": [
                {
                    "batch": item.batch,
                    "strategy": self.strategies.get(item.batch or 0),
                    "read": item.read,
                    "failed": item.failed,
                    "new_modes_uniform": item.new_uniform,
                    "new_modes_targeted": item.new_targeted,
                }
                for item in self.batches
            ],
            "cumulative": [{"traces": number, "modes": modes} for number, modes in self.cumulative],
            "chance_next_new": asdict(self.chance),
            "expected_new_next": {"traces": self.expected.traces, "modes": self.expected.modes},
            "traces_needed": [asdict(item) for item in self.needed],
            "deferred": list(self.deferred),
            "same_session": list(self.same_session),
            "advice": self.advice.sentence,
            "caveats": caveats(self),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChance:
    """The headline within a segment; `needed` to the 10 % line. `chance` is None where too few were read."""

    segment: str
    T: int
    modes_seen: int
    chance: ChanceNew | None
    needed: Needed


def saturation(store: Store, project: Project, version: int | None = None) -> Saturation:
    """Return how much is still unseen, by the taxonomy of today or of a version, over the reading order."""
    return saturation_of(store, project, load_coded(store, project, version))


def saturation_of(store: Store, project: Project, coded: CodedProject, *, among: int | None = None) -> Saturation:
    """Return the same of what was loaded already; `among`: how many traces there are, where not all of the project."""
    reads = [_read(item) for item in coded.judged]
    with store.read() as connection:
        there = traces.count(connection, project) if among is None else among
    return _figures(store, project, coded, reads, there - len(coded.traces))


def saturation_by(store: Store, project: Project, by: str) -> list[SegmentChance]:
    """Return the chance of something new for each value of a field, those with most random traces first.

    Each segment stands alone: what another one showed does not count as seen in it.
    """
    return chances_by(store, project, load_coded(store, project), by)


def chances_by(store: Store, project: Project, coded: CodedProject, by: str) -> list[SegmentChance]:
    """Return the same of what was loaded already."""
    segment_of = segments_of(store, project, by, [item.trace for item in coded.judged])
    reads: dict[str, list[Read]] = {}
    for item in coded.judged:
        reads.setdefault(segment_of[item.trace], []).append(_read(item))
    return sorted((_segment(name, found) for name, found in reads.items()), key=lambda item: (-item.T, item.segment))


def _segment(name: str, reads: Sequence[Read]) -> SegmentChance:
    chance = chance_next_new(reads)
    return SegmentChance(
        segment=name,
        T=chance.T,
        modes_seen=len({kind for read in reads for kind in read.kinds}),
        chance=chance if chance.T >= LOOK_EVERY else None,
        needed=traces_needed(chance.L, chance.T, eps=LINES[0]),
    )


def _figures(store: Store, project: Project, coded: CodedProject, reads: Sequence[Read], unread: int) -> Saturation:
    chance = chance_next_new(reads)
    judged = Counter(item.batch for item in coded.judged)
    failed = Counter(item.batch for item in coded.judged if item.verdict is Verdict.FAIL)
    sizes = {row.number: (judged[row.number], failed[row.number]) for row in coded.batches}
    counted = incidence(reads)
    return Saturation(
        taxonomy_version=coded.taxonomy.version,
        traces_read=len(reads),
        chance=chance,
        modes_seen=len({kind for read in reads for kind in read.kinds}),
        loose_codes=sum(len(read.uncategorised) for read in reads),
        batches=new_per_batch(reads, sizes),
        strategies={row.number: row.strategy for row in coded.batches},
        cumulative=cumulative_modes(reads),
        rarefied=rarefaction(counted),
        ahead=_ahead(counted),
        expected=expected_new(counted, NEXT_BATCH),
        firsts=first_traces(reads),
        names=_names(store, project, coded),
        thin=thin_modes(reads, [mode.id for mode in coded.taxonomy.modes]),
        needed=tuple(traces_needed(chance.L, chance.T, eps=eps) for eps in LINES),
        deferred=coded.deferred,
        deferred_uniform=sum(item.stream == "uniform" for item in coded.traces if item.verdict is Verdict.DEFERRED),
        same_session=once_per_session(reads)[1],
        filtered=tuple(row.number for row in coded.batches if row.filter and row.strategy in RANDOM),
        leaning=chosen_before(coded, {item.batch for item in coded.uniform if item.batch is not None}),
        advice=advise(reads, left=unread),
    )


def _ahead(counted: Incidence) -> tuple[CurvePoint, ...]:
    """Extrapolate by a batch at most, never beyond a doubling; the band is that of what will be seen."""
    return tuple(
        CurvePoint(
            traces=counted.traces + m,
            modes=modes_after(counted, counted.traces + m),
            low=counted.observed + step.low,
            high=counted.observed + step.high,
        )
        for m in range(min(NEXT_BATCH, counted.traces) + 1)
        for step in (expected_new(counted, m),)
    )


def _names(store: Store, project: Project, coded: CodedProject) -> dict[str, str]:
    loose = {code for item in coded.judged for code in item.uncategorised}
    names = {mode.id: mode.name for mode in coded.taxonomy.modes}
    if not loose:
        return names
    with store.read() as connection:
        return names | {
            f"code:{code.id}": code.text for code in open_codes.codes(connection, project) if code.id in loose
        }


def _read(item: CodedTrace) -> Read:
    return Read(
        trace=item.trace,
        modes=item.modes,
        uncategorised=item.uncategorised,
        uniform=item.stream == "uniform",
        batch=item.batch,
        session=item.session,
    )
