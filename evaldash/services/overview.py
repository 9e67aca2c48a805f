"""Where the analysis stands, and the one next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaldash.domain.stored import Project
from evaldash.services.browse import count_traces
from evaldash.services.coded import CodedProject, load_coded
from evaldash.services.rates import RateTable, table_of
from evaldash.services.saturation import Saturation, saturation_of
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.services.wording import count_of
from evaldash.stats.saturation import AdviceKind
from evaldash.storage import clusterings, projects
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
    rates: RateTable
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
    return overview_of(store, project, load_coded(store, project), view(store, project))


def overview_of(store: Store, project: Project, coded: CodedProject, now: TaxonomyView) -> Overview:
    """Return the same of what was loaded already."""
    with store.read() as connection:
        lately = projects.trail(connection, project, limit=8)
        run = clusterings.newest_key(connection, project, of="traces")
        clusters = None if run is None else clusterings.count_clusters(connection, run)
    found = Figures(
        traces=count_traces(store, project),
        clusters=clusters,
        batches=coded.batches,
        saturation=saturation_of(store, project, coded),
        rates=table_of(coded),
        taxonomy=now,
    )
    return Overview(figures=found, loop=_loop(found), next_step=_next_step(found), lately=lately)


def _loop(found: Figures) -> tuple[LoopStep, ...]:
    drawn, read = sum(row.size for row in found.batches), sum(row.read for row in found.batches)
    codes = len(found.taxonomy.codes)
    grouped = codes - len(found.taxonomy.uncategorised)
    judged = found.saturation.traces_read
    saturated = found.saturation.advice.kind is AdviceKind.STOP
    clusters = "not grouped" if found.clusters is None else count_of(found.clusters, "group")
    modes = count_of(len(found.taxonomy.taxonomy.modes), "failure mode")
    unseen = "may stop" if saturated else f"{found.saturation.chance.T} random read"
    return (
        LoopStep("Gather", "import", _state(found.traces, found.traces), count_of(found.traces, "trace")),
        LoopStep("Cluster", "explore", "open" if found.clusters is None else "done", clusters),
        LoopStep("Sample", "sample", _state(drawn, drawn), count_of(len(found.batches), "batch", "batches")),
        LoopStep("Code", "code", _state(read, drawn), f"{read} of {drawn} read"),
        LoopStep("Group", "taxonomy", _state(grouped, codes), modes),
        LoopStep("Saturate", "saturation", "done" if saturated else _state(min(judged, 1), 2), unseen),
        LoopStep(
            "Report", "report", _state(min(judged, 1), 1 + (not saturated)), count_of(len(found.rates.rates), "rate")
        ),
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
