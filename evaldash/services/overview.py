"""Where the analysis stands, and the one next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaldash.domain.stored import Project
from evaldash.services.browse import count_traces
from evaldash.services.clustering import newest_clustering
from evaldash.services.rates import ModeRate, rates
from evaldash.services.sampling import list_batches
from evaldash.services.saturation import Saturation, saturation
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.services.wording import count_of
from evaldash.stats.saturation import AdviceKind
from evaldash.storage import projects
from evaldash.storage.batches import BatchRow
from evaldash.storage.store import Store


@dataclass(frozen=True, slots=True)
class LoopStep:
    """One step of the loop. `state`: done, under way, open."""

    name: str
    page: str  # as in the address: import, explore, …
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, and where."""

    words: str
    page: str
    batch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is known of a project: `clusters` is None before the first run."""

    traces: int
    clusters: int | None
    batches: Sequence[BatchRow]
    saturation: Saturation
    rates: Sequence[ModeRate]
    taxonomy: TaxonomyView


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the first page shows."""

    figures: Figures
    loop: Sequence[LoopStep]
    next_step: NextStep
    lately: Sequence[tuple[datetime, str, str]]


def overview(store: Store, project: Project) -> Overview:
    """Return where a project stands."""
    clustering = newest_clustering(store, project)
    with store.read() as connection:
        lately = projects.trail(connection, project, limit=8)
    found = Figures(
        traces=count_traces(store, project),
        clusters=None if clustering is None else len(clustering.clusters),
        batches=tuple(list_batches(store, project)),
        saturation=saturation(store, project),
        rates=tuple(rates(store, project)),
        taxonomy=view(store, project),
    )
    return Overview(figures=found, loop=_loop(found), next_step=_next_step(found), lately=lately)


def _loop(found: Figures) -> tuple[LoopStep, ...]:
    drawn, read = sum(row.size for row in found.batches), sum(row.read for row in found.batches)
    codes = len(found.taxonomy.codes)
    grouped = codes - len(found.taxonomy.uncategorised)
    judged = found.saturation.traces_read
    saturated = found.saturation.advice.kind is AdviceKind.STOP
    clusters = "not grouped" if found.clusters is None else f"{found.clusters} groups"
    modes = f"{len(found.taxonomy.taxonomy.modes)} failure modes"
    unseen = "may stop" if saturated else f"{found.saturation.chance.T} random read"
    return (
        LoopStep("Gather", "import", _state(found.traces, found.traces), f"{found.traces:,} traces"),
        LoopStep("Cluster", "explore", "open" if found.clusters is None else "done", clusters),
        LoopStep("Sample", "sample", _state(drawn, drawn), f"{len(found.batches)} batches"),
        LoopStep("Code", "code", _state(read, drawn), f"{read} of {drawn} read"),
        LoopStep("Group", "taxonomy", _state(grouped, codes), modes),
        LoopStep("Saturate", "saturation", "done" if saturated else _state(min(judged, 1), 2), unseen),
        LoopStep("Report", "report", _state(min(judged, 1), 1 + (not saturated)), f"{len(found.rates)} rates"),
    )


def _next_step(found: Figures) -> NextStep:
    if found.traces == 0:
        return NextStep("Import traces", "import")
    unread = next((row for row in found.batches if row.read < row.size), None)
    if unread is not None:
        return NextStep(f"Read batch {unread.number}: {unread.size - unread.read} left", "code", unread.number)
    if found.taxonomy.uncategorised:
        return NextStep(f"Group {count_of(len(found.taxonomy.uncategorised), 'note')}", "taxonomy")
    if found.clusters is None:
        return NextStep("See what the traces are about", "explore")
    if found.saturation.advice.kind is AdviceKind.STOP:
        return NextStep("Read the report", "report")
    return NextStep("Draw the next batch", "sample")


def _state(done: int, total: int) -> str:
    if done == 0:
        return "open"
    return "done" if done >= total else "under way"
