"""Which fields of the read traces are worth breaking down by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evaldash.domain.stored import Project
from evaldash.services.coded import CodedProject
from evaldash.storage import clusterings, traces
from evaldash.storage.store import Store

MOST_VALUES = 12  # of a field; more are names of single traces rather than segments
MOST_FIELDS = 20


def segment_fields(store: Store, project: Project, coded: CodedProject) -> list[str]:
    """Return version, cluster and metadata fields with 2 to 12 values among the read traces, in this order."""
    with store.read() as connection:
        labels = list(traces.labels_of(connection, project, [item.trace for item in coded.judged]))
        is_grouped = clusterings.newest_key(connection, project, of="traces") is not None
    fields = ["version"] if _is_segment({version for version, _ in labels}) else []
    if is_grouped:
        fields.append("cluster")
    named = _metadata_values([metadata for _, metadata in labels])
    fields += [f"metadata.{name}" for name, values in sorted(named.items()) if _is_segment(values)]
    return fields[:MOST_FIELDS]


def _metadata_values(found: Iterable[Mapping[str, object]]) -> dict[str, set[object]]:
    named: dict[str, set[object]] = {}
    for metadata in found:
        for name, value in metadata.items():
            if isinstance(value, str | int | bool):
                named.setdefault(name, set()).add(value)
    return named


def _is_segment(values: set[object] | set[str | None]) -> bool:
    return 2 <= len(values) <= MOST_VALUES
