"""Two coders on the same traces: where they differ, and who settles it; what is settled is no blind reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaldash.domain.coding import Annotation
from evaldash.domain.stored import Project
from evaldash.errors import NotFound
from evaldash.services import coding
from evaldash.services.desk import Queue
from evaldash.services.desk_settings import desk_settings
from evaldash.services.desk_state import reading_document
from evaldash.storage import projects, taxonomies, traces
from evaldash.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTwice:
    """A trace that several coders have read. `how`: agree, verdicts differ or modes differ; `settled` by whom."""

    trace: str
    name: str
    readings: tuple[Annotation, ...]
    how: str
    settled: str | None


AGREE, VERDICTS, MODES = "agree", "verdicts differ", "modes differ"


def read_twice(store: Store, project: Project) -> list[ReadTwice]:
    """Return the traces that at least two coders have read, in the order in which they were first read."""
    found: dict[str, list[Annotation]] = {}
    for item in coding.list_annotations(store, project):
        found.setdefault(item.trace, []).append(item)
    several = {trace: items for trace, items in found.items() if len(items) > 1}
    with store.read() as connection:
        codes = [code.id for items in several.values() for item in items for code in item.codes]
        modes = taxonomies.modes_of(connection, project, codes)
        heads = {head.id: head for head in traces.heads_of(connection, project, list(several))}
    return [
        ReadTwice(
            trace=trace,
            name=heads[trace].external_id or trace[:12],
            readings=tuple(items),
            how=_how(items, modes),
            settled=next((item.coder for item in items if item.settles), None),
        )
        for trace, items in several.items()
    ]


def settling_queue(store: Store, project: Project, *, coder: str, start: str | None = None) -> Queue | None:
    """Return the disagreements as a queue for the one who decides, with the readings of the others in view."""
    open_ones = [
        item for item in read_twice(store, project) if item.how != AGREE and (not item.settled or item.trace == start)
    ]
    if not open_ones:
        return None
    with store.read() as connection:
        codes = [code.id for item in open_ones for said in item.readings for code in said.codes]
        modes = taxonomies.modes_of(connection, project, codes)
    others = {
        item.trace: [
            {"coder": said.coder, **reading_document(said, modes)} for said in item.readings if said.coder != coder
        ]
        for item in open_ones
    }
    order = tuple(item.trace for item in open_ones)
    return Queue(
        batch=None,
        title="To settle",
        order=order,
        start=start if start in order else order[0],
        settles=True,
        extras={"others": others},
    )


def for_reader(store: Store, project: Project, queue: Queue, *, coder: str) -> Queue:
    """Return the queue with what stands beside it: the project's sub-checks, and where others said otherwise."""
    checks = [{"name": check.name, "items": list(check.items)} for check in desk_settings(store, project).checks]
    extras = {"checks": checks, "disagreed": disagreed(store, project, coder=coder, order=queue.order), **queue.extras}
    return replace(queue, extras=extras)


def choose_deciding_coder(store: Store, project: Project, coder: str | None, *, who: str | None) -> Project:
    """Say whose verdict counts where coders differ; None: the first coder's. Raises NotFound for nobody's name."""
    if coder is not None and coder not in coding.list_coders(store, project):
        raise NotFound(f"nobody called {coder!r} has read a trace of project {project.name!r}; choose one who has")
    with store.write() as connection:
        projects.set_deciding_coder(connection, project, coder)
        projects.record(connection, project, who=who, what=f"chose who decides: {coder or 'the first coder'}")
        projects.touch(connection, project)
    return replace(project, deciding_coder=coder)


def disagreed(store: Store, project: Project, *, coder: str, order: Sequence[str]) -> list[str]:
    """Return the traces of an order that a coder has read and on which another said otherwise."""
    there = set(order)
    return [
        item.trace
        for item in read_twice(store, project)
        if item.trace in there and item.how != AGREE and any(said.coder == coder for said in item.readings)
    ]


def _how(items: Sequence[Annotation], modes: dict[str, str]) -> str:
    blind = [item for item in items if not item.settles] or list(items)
    if len({item.verdict for item in blind}) > 1:
        return VERDICTS
    named = {frozenset(modes[code.id] for code in item.codes if code.id in modes) for item in blind}
    return MODES if len(named - {frozenset()}) > 1 else AGREE
