"""Where the analysis stands, and the one next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaldash.domain.stored import Project
from evaldash.services.browse import count_traces
from evaldash.services.clustering import newest_clustering
from evaldash.services.sampling import list_batches
from evaldash.services.saturation import ModeRate, Saturation, rates, saturation
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.stats.saturation import AdviceKind
from evaldash.storage import projects
from evaldash.storage.batches import BatchRow
from evaldash.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStep:
    """One step of the loop. `state`: done, under way, open."""

    name: str
    page: str  # as in the address: import, explore, …
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do next, and where."""

    words: str
    page: str
    batch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the first page shows."""

    traces: int
    clusters: int | None
    batches: Sequence[BatchRow]
    saturation: Saturation
    rates: Sequence[ModeRate]
    taxonomy: TaxonomyView
    loop: Sequence[LoopStep]
    next_step: NextStep
    lately: Sequence[tuple[datetime, str, str]]


def overview(store: Store, project: Project) -> Overview:
    """Return where a project stands."""
    clustering = newest_clustering(store, project)
    with store.read() as connection:
        lately = projects.trail(connection, project, limit=8)
    parts = {
        "traces": count_traces(store, project),
        "clusters": None if clustering is None else len(clustering.clusters),
        "batches": list_batches(store, project),
        "saturation": saturation(store, project),
        "rates": rates(store, project),
        "taxonomy": view(store, project),
    }
    loop = _loop(**parts)
    return Overview(**parts, loop=loop, next_step=_next_step(**parts), lately=lately)


def _loop(
    *,
    traces: int,
    clusters: int | None,
    batches: Sequence[BatchRow],
    saturation: Saturation,
    rates: Sequence[ModeRate],
    taxonomy: TaxonomyView,
) -> list[LoopStep]:
    drawn, read = sum(row.size for row in batches), sum(row.read for row in batches)
    grouped = len(taxonomy.codes) - len(taxonomy.uncategorised)
    judged = saturation.traces_read
    saturated = saturation.advice.kind is AdviceKind.STOP
    return [
        LoopStep(name="Gather", page="import", state=_state(traces, traces), detail=f"{traces} traces"),
        LoopStep(
            name="Cluster",
            page="explore",
            state="open" if clusters is None else "done",
            detail="not grouped" if clusters is None else f"{clusters} groups",
        ),
        LoopStep(name="Sample", page="sample", state=_state(drawn, drawn), detail=f"{len(batches)} batches"),
        LoopStep(name="Code", page="code", state=_state(read, drawn), detail=f"{read} of {drawn} read"),
        LoopStep(
            name="Group",
            page="taxonomy",
            state=_state(grouped, len(taxonomy.codes)),
            detail=f"{len(taxonomy.taxonomy.modes)} failure modes",
        ),
        LoopStep(
            name="Saturate",
            page="saturation",
            state="done" if saturated else ("under way" if judged else "open"),
            detail="may stop" if saturated else f"{saturation.chance.T} random read",
        ),
        LoopStep(name="Report", page="report", state="under way" if judged else "open", detail=f"{len(rates)} rates"),
    ]


def _next_step(
    *,
    traces: int,
    clusters: int | None,
    batches: Sequence[BatchRow],
    saturation: Saturation,
    rates: Sequence[ModeRate],
    taxonomy: TaxonomyView,
) -> NextStep:
    del rates
    if traces == 0:
        return NextStep(words="Import traces", page="import")
    unread = next((row for row in batches if row.read < row.size), None)
    if unread is not None:
        left = unread.size - unread.read
        return NextStep(words=f"Read batch {unread.number}: {left} traces left", page="code", batch=unread.number)
    if taxonomy.uncategorised:
        return NextStep(words=f"Group {len(taxonomy.uncategorised)} notes into failure modes", page="taxonomy")
    if clusters is None:
        return NextStep(words="See what the traces are about", page="explore")
    if saturation.advice.kind is AdviceKind.STOP:
        return NextStep(words="Read the report", page="report")
    return NextStep(words="Draw the next batch", page="sample")


def _state(done: int, total: int) -> str:
    if done == 0:
        return "open"
    return "done" if done >= total else "under way"
