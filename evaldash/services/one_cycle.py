"""The figures of one cycle alone: of what was read of one product version, by the design of all draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evaldash.domain.stored import Project
from evaldash.services.coded import CodedProject
from evaldash.services.rates import RateTable, segments_of, table_by
from evaldash.storage.store import Store

_OTHER = "\0of another cycle"


def coded_of_cycle(store: Store, project: Project, coded: CodedProject, cycle: str) -> CodedProject:
    """Return what was read of one cycle; the batches stay, as what was drawn of others says how these were drawn."""
    version_of = _versions(store, project, coded)
    return replace(coded, traces=tuple(item for item in coded.traces if version_of[item.trace] == cycle))


def rates_of_cycle(
    store: Store, project: Project, coded: CodedProject, cycle: str, *, by: str | None = None
) -> RateTable:
    """Return the rates within one cycle, overall or in segments of it: a domain of the design, never weighted anew."""
    version_of = _versions(store, project, coded)
    if by is None:
        table = table_by(coded, version_of, by="version")
        kept = [replace(rate, segment=None) for rate in table.rates if rate.segment == cycle]
    else:
        inside = segments_of(store, project, by, [item.trace for item in coded.judged])
        within = {trace: value if version_of[trace] == cycle else _OTHER for trace, value in inside.items()}
        kept = [rate for rate in table_by(coded, within).rates if rate.segment != _OTHER]
    notes = dict.fromkeys(note for rate in kept for note in rate.caveats)
    return RateTable(rates=tuple(kept), notes=tuple(notes))


def _versions(store: Store, project: Project, coded: CodedProject) -> Mapping[str, str]:
    return segments_of(store, project, "version", [item.trace for item in coded.traces])
