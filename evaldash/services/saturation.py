"""Saturation of a project, computed anew from the rows each time they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.coded import CodedProject, CodedTrace, load_coded
from evaldash.stats.accumulation import CurvePoint, ExpectedNew, expected_new, rarefaction
from evaldash.stats.saturation import (
    LINES,
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
from evaldash.storage import traces
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
    expected: ExpectedNew
    needed: tuple[Needed, ...]
    deferred: tuple[str, ...]
    deferred_uniform: int
    same_session: tuple[str, ...]
    filtered: tuple[int, ...]  # batches with a random part that was drawn under a filter
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
        }


def saturation(store: Store, project: Project, version: int | None = None) -> Saturation:
    """Return how much is still unseen, by the taxonomy of today or of a version, over the reading order."""
    coded = load_coded(store, project, version)
    reads = [_read(item) for item in coded.judged]
    with store.read() as connection:
        unread = traces.count(connection, project) - len(coded.traces)
    return _figures(coded, reads, unread)


def _figures(coded: CodedProject, reads: Sequence[Read], unread: int) -> Saturation:
    chance = chance_next_new(reads)
    sizes = {
        row.number: _judged_and_failed([item for item in coded.judged if item.batch == row.number])
        for row in coded.batches
    }
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
        expected=expected_new(counted, NEXT_BATCH),
        needed=tuple(traces_needed(chance.L, chance.T, eps=eps) for eps in LINES),
        deferred=coded.deferred,
        deferred_uniform=sum(item.stream == "uniform" for item in coded.traces if item.verdict is Verdict.DEFERRED),
        same_session=once_per_session(reads)[1],
        filtered=tuple(row.number for row in coded.batches if row.filter and row.strategy in RANDOM),
        advice=advise(reads, left=unread),
    )


def _read(item: CodedTrace) -> Read:
    return Read(
        trace=item.trace,
        modes=item.modes,
        uncategorised=item.uncategorised,
        uniform=item.stream == "uniform",
        batch=item.batch,
        session=item.session,
    )


def _judged_and_failed(items: Sequence[CodedTrace]) -> tuple[int, int]:
    return len(items), sum(item.verdict is Verdict.FAIL for item in items)
