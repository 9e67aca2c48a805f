"""Drawing batches: from what the filter selects, less what stands in an earlier batch; kept with how each was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evaldash.domain.batch import DrawnTrace, Strategy, frame_hash
from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project, TraceHead
from evaldash.embedding import get_embedder
from evaldash.errors import InvalidInput
from evaldash.sampling import Allocation, Candidate, Draw, End, Frame, Queries, Request, draw, get_strategy, needs_of
from evaldash.services.browse import filter_of
from evaldash.services.embedding import Progress, TextChoice, embed_traces, missing_vectors, vectors_in_use
from evaldash.services.fields import field_value, values_by_trace
from evaldash.services.unhappy import unhappy_users
from evaldash.storage import batches, clusterings, projects, readings, traces, vectors
from evaldash.storage.batches import BatchRow
from evaldash.storage.clusterings import ClusteringRow
from evaldash.storage.store import Connection, Store

MAX_SIZE = 10_000  # traces in a batch; nobody reads more in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """What to draw. `by`, `metric`, `traces` and `queries` are needed by some strategies only; `targeted` is how the
    other half of a mixture is drawn. `text` and `embedder` say which vectors; None: those of the newest clusters."""

    strategy: str = Strategy.MIXED
    size: int = 20
    seed: int = 0
    filter: str | None = None
    by: str | None = None
    allocation: str = Allocation.SQRT
    metric: str | None = None
    end: str = End.HIGH
    traces: Sequence[str] = ()
    queries: Sequence[str] = ()
    targeted: str = Strategy.VARIETY
    text: TextChoice | None = None
    embedder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A batch as it was drawn; `batch` is None for a preview."""

    batch: int | None
    strategy: str
    seed: int
    frame_size: int
    frame_hash: str
    traces: tuple[DrawnTrace, ...]
    notes: tuple[str, ...] = field(default=())
    filter: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the batch as the interface documents it."""
        return {
            "batch": self.batch,
            "strategy": self.strategy,
            "seed": self.seed,
            "frame_size": self.frame_size,
            "frame_hash": self.frame_hash,
            "traces": [
                {
                    "id": item.trace,
                    "stream": item.stream.value,
                    "inclusion_probability": item.inclusion_probability,
                    "reason": item.reason,
                }
                for item in self.traces
            ],
        }


def draw_batch(
    store: Store,
    project: Project,
    request: SampleRequest,
    *,
    coder: str | None = None,
    who: str | None = None,
    progress: Progress | None = None,
) -> Sample:
    """Draw a batch and store it, embedding first what has no vector yet; `coder` is who should read it."""
    request = _settled(store, project, request)
    if needs_embedding(store, project, request):
        text, embedder = _vectors(request)
        embed_traces(store, project, text=text, embedder=embedder, progress=progress)
    queries = _queries(request)
    with store.write() as connection:
        sample, found = _draw(connection, project, request, queries)
        number = batches.add(
            connection,
            project,
            sample.traces,
            strategy=sample.strategy,
            seed=sample.seed,
            filter=request.filter,
            frame_size=sample.frame_size,
            frame_hash=sample.frame_hash,
            parameters=_parameters(request, found),
            coder=coder,
        )
        projects.record(
            connection, project, who=who, what=f"drew batch {number}: {len(sample.traces)} {sample.strategy}"
        )
        projects.touch(connection, project)
    return replace(sample, batch=number)


def preview_batch(store: Store, project: Project, request: SampleRequest) -> Sample:
    """Return what would be drawn, writing nothing."""
    request = _settled(store, project, request)
    queries = _queries(request)
    with store.read() as connection:
        return _draw(connection, project, request, queries)[0]


def list_batches(store: Store, project: Project) -> list[BatchRow]:
    """Return the batches in the order they were drawn."""
    with store.read() as connection:
        return batches.listing(connection, project)


def drawn_traces(store: Store, project: Project, number: int) -> list[DrawnTrace]:
    """Return the traces of a batch in reading order."""
    with store.read() as connection:
        return batches.drawn(connection, project, number)


def frame_size(store: Store, project: Project, expression: str | None = None) -> int:
    """Return how many traces a draw with this filter would be from."""
    with store.read() as connection:
        earlier = batches.already_drawn(connection, project)
        return sum(trace not in earlier for trace in traces.ids(connection, project, filter_of(expression)))


def needs_embedding(store: Store, project: Project, request: SampleRequest) -> bool:
    """Tell whether a draw has to make vectors first, which takes a while."""
    if "vectors" not in _needs(request):
        return False
    text, embedder = _vectors(_settled(store, project, request))
    return missing_vectors(store, project, text=text, embedder=embedder) > 0


def _settled(store: Store, project: Project, request: SampleRequest) -> SampleRequest:
    """Return the request with the vectors it draws by: clusters that are made meanwhile change nothing.

    Raises InvalidInput for a request that cannot be drawn.
    """
    _check(request)
    with store.read() as connection:
        text, embedder = vectors_in_use(connection, project)
    return replace(request, text=request.text or text, embedder=request.embedder or embedder)


def _vectors(settled: SampleRequest) -> tuple[TextChoice, str]:
    assert settled.text is not None, "settled before"
    assert settled.embedder is not None, "settled before"
    return settled.text, settled.embedder


def _needs(request: SampleRequest) -> frozenset[str]:
    return needs_of(request.strategy, request.targeted)


def _draw(
    connection: Connection, project: Project, request: SampleRequest, queries: Queries | None
) -> tuple[Sample, Draw]:
    heads = frame_heads(connection, project, request.filter)
    frame = _frame(connection, project, request, heads)
    rates = failure_rates(connection, project, request.by) if request.allocation == Allocation.NEYMAN else {}
    wanted = Request(
        size=len(request.traces) or request.size,
        seed=request.seed,
        by=request.by or "field",
        allocation=Allocation(request.allocation),
        metric=request.metric,
        end=End(request.end),
        traces=tuple(traces.resolve(connection, project, name) for name in request.traces),
        rates=rates,
        queries=queries,
        targeted=get_strategy(request.targeted).name,
    )
    found = draw(request.strategy, frame, wanted)
    sample = Sample(
        batch=None,
        strategy=request.strategy,
        seed=request.seed,
        frame_size=frame.size,
        frame_hash=frame_hash(head.id for head in heads),
        traces=found.traces,
        notes=found.notes,
        filter=request.filter,
    )
    return sample, found


def _check(request: SampleRequest) -> None:
    if not 1 <= request.size <= MAX_SIZE:
        raise InvalidInput(f"size must be between 1 and {MAX_SIZE}, got {request.size}")
    for name, allowed in (("allocation", Allocation), ("end", End)):
        if getattr(request, name) not in set(allowed):
            raise InvalidInput(f"{name} must be one of {', '.join(allowed)}, got {getattr(request, name)!r}")
    if "stratum" in _needs(request) and not request.by:
        raise InvalidInput(
            "stratified needs the field to stratify by; say --by version, --by metadata.plan or the like"
        )


def frame_heads(connection: Connection, project: Project, expression: str | None) -> list[TraceHead]:
    """Return the traces that a draw with this filter would be from: those that stand in no batch."""
    earlier = batches.already_drawn(connection, project)
    return [head for head in traces.heads(connection, project, filter_of(expression)) if head.id not in earlier]


def _frame(connection: Connection, project: Project, request: SampleRequest, heads: Sequence[TraceHead]) -> Frame:
    clustering = clusterings.newest(connection, project, of="traces")
    ids = [head.id for head in heads]
    rows: dict[str, int] = {}
    matrix = read = None
    if "vectors" in _needs(request):
        text, embedder = _vectors(request)
        of = {"of": text.value, "embedder": get_embedder(embedder).name}
        present, matrix = vectors.matrix(connection, project, items=ids, **of)
        rows = {trace: row for row, trace in enumerate(present)}
        _, read = vectors.matrix(connection, project, items=sorted(batches.already_drawn(connection, project)), **of)
    numbers, scores = _of_clustering(clustering)
    values = values_by_trace(connection, project, request.by) if request.by else {}
    unhappy = unhappy_users(connection, project) if {"feedback", "signals"} & _needs(request) else {}
    return Frame(
        candidates=[
            Candidate(
                trace=head.id,
                stratum=field_value(head, request.by, values) if request.by else None,
                cluster=numbers.get(head.id),
                metrics=head.metrics,
                outlier_score=scores.get(head.id),
                vector=rows.get(head.id),
                unhappy=unhappy.get(head.id),
            )
            for head in heads
        ],
        vectors=matrix if rows else None,
        read=read if read is not None and len(read) else None,
        cluster_names={item.number: item.label for item in clustering.clusters} if clustering else {},
    )


def _queries(settled: SampleRequest) -> Queries | None:
    """Return the questions of a stress set with their vectors, None where there are none; no writer waits for them."""
    texts = tuple(dict.fromkeys(text.strip() for text in settled.queries if text.strip()))
    if not texts or "queries" not in _needs(settled):
        return None
    return Queries(texts=texts, vectors=get_embedder(_vectors(settled)[1]).embed(texts))


def failure_rates(connection: Connection, project: Project, by: str | None) -> dict[str, float]:
    """Return the share failed of each value of a field among the traces judged so far, for Neyman's allocation."""
    if by is None:
        return {}
    verdicts = {
        item.trace: item.verdict
        for item in readings.reference(connection, project)
        if item.verdict is not Verdict.DEFERRED
    }
    values = values_by_trace(connection, project, by)
    counts: dict[str, list[bool]] = {}
    for head in traces.heads_of(connection, project, list(verdicts)):
        counts.setdefault(field_value(head, by, values), []).append(verdicts[head.id] is Verdict.FAIL)
    return {value: sum(failed) / len(failed) for value, failed in counts.items()}


def _of_clustering(clustering: ClusteringRow | None) -> tuple[dict[str, int], dict[str, float]]:
    if clustering is None:
        return {}, {}
    numbers = dict(zip(clustering.items, clustering.numbers, strict=True))
    return numbers, dict(zip(clustering.items, clustering.outlier_scores, strict=True))


def _parameters(request: SampleRequest, found: Draw) -> dict[str, Any]:
    text, embedder = _vectors(request)
    strata = [{"name": item.name, "size": item.size, "drawn": item.drawn} for item in found.strata]
    options = {name: getattr(request, name) for name in ("by", "metric") if getattr(request, name)}
    if request.strategy == Strategy.MIXED:
        options["targeted"] = request.targeted
    if request.queries:
        options["queries"] = list(request.queries)
    return {
        "requested_size": request.size,
        "allocation": request.allocation,
        "end": request.end,
        "text": text.value,
        "embedder": embedder,
        "strata": strata,
        "notes": list(found.notes),
        **options,
    }
