"""Looking at traces: by filter, one by one, as the documents the interface promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from evaldash.domain.filters import Filter, parse_filter, searches_of
from evaldash.domain.snippets import Piece, snippet_of
from evaldash.domain.stored import Project, StoredTrace, TraceHead
from evaldash.domain.trace import Json, Step
from evaldash.storage import clusterings, traces
from evaldash.storage.store import Store


def filter_of(expression: str | None) -> Filter | None:
    """Return the filter of an expression; None selects all traces."""
    return parse_filter(expression) if expression and expression.strip() else None


def count_traces(store: Store, project: Project, expression: str | None = None) -> int:
    """Return how many traces a filter selects."""
    with store.read() as connection:
        return traces.count(connection, project, filter_of(expression))


def trace_ids(store: Store, project: Project, expression: str | None = None) -> list[str]:
    """Return the ids a filter selects, in the order of import."""
    with store.read() as connection:
        return traces.ids(connection, project, filter_of(expression))


def trace_heads(
    store: Store, project: Project, expression: str | None = None, *, limit: int | None = None
) -> list[TraceHead]:
    """Return what lists need of the traces a filter selects, in the order of import."""
    with store.read() as connection:
        return traces.heads(connection, project, filter_of(expression), limit=limit)


def newest_heads(store: Store, project: Project, expression: str | None = None, *, limit: int) -> list[TraceHead]:
    """Return what lists need of the newest traces a filter selects, the newest first."""
    with store.read() as connection:
        return traces.newest_heads(connection, project, filter_of(expression), limit=limit)


def heads_of(store: Store, project: Project, ids: Sequence[str]) -> list[TraceHead]:
    """Return the heads of the given traces, in their order."""
    with store.read() as connection:
        return traces.heads_of(connection, project, ids)


def load_traces(store: Store, project: Project, ids: Sequence[str]) -> list[StoredTrace]:
    """Return the given traces with their steps, in their order; ids that are not there are left out."""
    with store.read() as connection:
        return traces.load(connection, project, ids)


def find_trace(store: Store, project: Project, name: str) -> StoredTrace:
    """Return the trace that an id, a prefix of 6 digits or more, or a source's own id names."""
    with store.read() as connection:
        return traces.load(connection, project, [traces.resolve(connection, project, name)])[0]


def newest_feedback(store: Store) -> int:
    """Return a number that rises whenever any trace gains feedback: what caches of whole traces depend on."""
    with store.read() as connection:
        return traces.newest_feedback(connection)


def raw_of(store: Store, project: Project, trace_id: str) -> list[Json]:
    """Return the untouched records a trace was made from."""
    with store.read() as connection:
        return traces.raw(connection, project, trace_id)


def snippets(
    store: Store, project: Project, expression: str | None, ids: Sequence[str]
) -> dict[str, tuple[Piece, ...]]:
    """Return for each of the given traces where it holds the words a filter searches for; {} where it searches none."""
    searches = searches_of(filter_of(expression))
    if not searches:
        return {}
    return {trace.id: snippet_of(trace.steps, searches) for trace in load_traces(store, project, ids)}


def trace_documents(
    store: Store, project: Project, expression: str | None = None, *, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the selected traces as JSON documents, with a snippet where the filter searches for words.

    Of a limited number, the newest come, and the newest first.
    """
    where = filter_of(expression)
    searches = searches_of(where)
    with store.read() as connection:
        clusters = _cluster_numbers(clusterings.newest(connection, project, of="traces"))
        for trace in traces.stream(connection, project, where, limit=limit):
            document = trace_document(trace, cluster=clusters.get(trace.id))
            if searches:
                document["snippet"] = [asdict(piece) for piece in snippet_of(trace.steps, searches)]
            yield document


def trace_document(trace: StoredTrace, *, cluster: int | None = None) -> dict[str, Any]:
    """Return a trace as the interface documents it; steps count from 1."""
    head = trace.head
    return {
        "id": head.id,
        "external_id": head.external_id,
        "session": head.session,
        "version": head.version,
        "started_at": head.started_at.isoformat() if head.started_at else None,
        "metadata": dict(head.metadata),
        "metrics": dict(head.metrics),
        "feedback": [
            {
                "name": item.name,
                "value": item.value,
                "comment": item.comment,
                "author": item.author,
                "at": item.at.isoformat() if item.at else None,
            }
            for item in trace.feedback
        ],
        "cluster": cluster,
        "steps": [_step_document(index, step) for index, step in enumerate(trace.steps, start=1)],
    }


def cluster_of(store: Store, project: Project, trace_id: str) -> int | None:
    """Return the number of the cluster a trace is in, None where there is no clustering with it."""
    with store.read() as connection:
        return _cluster_numbers(clusterings.newest(connection, project, of="traces")).get(trace_id)


def _cluster_numbers(clustering: clusterings.ClusteringRow | None) -> dict[str, int]:
    return {} if clustering is None else dict(zip(clustering.items, clustering.numbers, strict=True))


def _step_document(index: int, step: Step) -> dict[str, Any]:
    return {
        "index": index,
        "parent": step.parent,
        "kind": step.kind.value,
        "role": step.role.value if step.role else None,
        "name": step.name,
        "text": step.text,
        "arguments": step.arguments,
        "result": step.result,
        "error": step.error,
        "source_positions": list(step.source_positions),
    }
