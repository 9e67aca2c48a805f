"""What was read, as the numbers need it: each read trace with its modes, in reading order, with how it was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaldash.domain.batch import DrawnTrace, Stream
from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Taxonomy
from evaldash.storage import batches, readings, taxonomies
from evaldash.storage.batches import BatchRow
from evaldash.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedTrace:
    """One read trace: its reference verdict, the ids of its modes and of its codes without a mode, how it was drawn.

    A trace that stands in no batch was chosen by somebody, so it counts as targeted and has no probability.
    """

    trace: str
    session: str | None
    verdict: Verdict
    modes: frozenset[str]
    uncategorised: frozenset[str]
    batch: int | None
    stream: Stream
    inclusion_probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedProject:
    """All read traces in reading order (time of the first verdict), the taxonomy they are seen by, and the batches."""

    traces: tuple[CodedTrace, ...]
    taxonomy: Taxonomy
    batches: tuple[BatchRow, ...]
    drawn: Mapping[str, tuple[int, DrawnTrace]] = field(default_factory=dict)  # trace -> its first batch, and how

    @property
    def judged(self) -> tuple[CodedTrace, ...]:
        """The traces with pass or fail, of both streams."""
        return tuple(item for item in self.traces if item.verdict is not Verdict.DEFERRED)

    @property
    def uniform(self) -> tuple[CodedTrace, ...]:
        """The judged traces of the uniform stream: what T counts before sessions are taken once."""
        return tuple(item for item in self.judged if item.stream is Stream.UNIFORM)

    @property
    def deferred(self) -> tuple[str, ...]:
        """The ids of the deferred traces."""
        return tuple(item.trace for item in self.traces if item.verdict is Verdict.DEFERRED)

    @property
    def skipped(self) -> tuple[str, ...]:
        """The ids of traces that were passed over: unread, though one after them in their batch was read."""
        read = {item.trace for item in self.traces}
        by_batch: dict[int, list[str]] = {}
        for trace, (number, _) in self.drawn.items():
            by_batch.setdefault(number, []).append(trace)
        return tuple(trace for traces in by_batch.values() for trace in _before_the_last_read(traces, read))


def load_coded(store: Store, project: Project, version: int | None = None) -> CodedProject:
    """Return what was read, seen by the taxonomy of today or of a version."""
    with store.read() as connection:
        taxonomy = taxonomies.load(connection, project, version)
        drawn = batches.first_batch_of(connection, project)
        found = readings.reference(connection, project)
        rows = batches.listing(connection, project, verdicts={item.trace_key: item.verdict.value for item in found})
    there = {mode.id for mode in taxonomy.modes}
    coded = []
    for item in found:
        modes = [taxonomy.assignments.get(code) for code in item.codes]
        batch, how = drawn.get(item.trace, (None, None))
        coded.append(
            CodedTrace(
                trace=item.trace,
                session=item.session,
                verdict=item.verdict,
                modes=frozenset(mode for mode in modes if mode in there and mode is not None),
                uncategorised=frozenset(
                    code for code, mode in zip(item.codes, modes, strict=True) if mode not in there
                ),
                batch=batch,
                stream=how.stream if how else Stream.TARGETED,
                inclusion_probability=how.inclusion_probability if how else None,
            )
        )
    return CodedProject(traces=tuple(coded), taxonomy=taxonomy, batches=tuple(rows), drawn=drawn)


def _before_the_last_read(traces: list[str], read: set[str]) -> list[str]:
    last = max((place for place, trace in enumerate(traces) if trace in read), default=0)
    return [trace for trace in traces[:last] if trace not in read]
