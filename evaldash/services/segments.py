"""Which fields of the read traces are worth breaking down by."""

from __future__ import annotations

from evaldash.domain.stored import Project, TraceHead
from evaldash.services.browse import heads_of
from evaldash.services.clustering import newest_clustering
from evaldash.services.coded import load_coded
from evaldash.storage.store import Store

MOST_VALUES = 12  # of a field; more are names of single traces rather than segments
MOST_FIELDS = 20


def segment_fields(store: Store, project: Project) -> list[str]:
    """Return version, cluster and metadata fields with 2 to 12 values among the read traces, in this order."""
    heads = heads_of(store, project, [item.trace for item in load_coded(store, project).judged])
    fields = ["version"] if _is_segment({head.version for head in heads}) else []
    if newest_clustering(store, project) is not None:
        fields.append("cluster")
    named = _metadata_values(heads)
    fields += [f"metadata.{name}" for name, values in sorted(named.items()) if _is_segment(values)]
    return fields[:MOST_FIELDS]


def _metadata_values(heads: list[TraceHead]) -> dict[str, set[object]]:
    named: dict[str, set[object]] = {}
    for head in heads:
        for name, value in head.metadata.items():
            if isinstance(value, str | int | bool):
                named.setdefault(name, set()).add(value)
    return named


def _is_segment(values: set[object] | set[str | None]) -> bool:
    return 2 <= len(values) <= MOST_VALUES
