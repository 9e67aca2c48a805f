"""What becomes of traces somebody selected: a batch, a filter, rows of a table to keep."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaldash.domain.batch import draw_order
from evaldash.domain.filters import values_of
from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import InvalidInput
from evaldash.reports.tables import FORMULA
from evaldash.services.browse import filter_of, trace_document
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage import batches, clusterings, columns, traces
from evaldash.storage import selections as kept
from evaldash.storage.bulk import in_chunks
from evaldash.storage.selections import SelectionRow
from evaldash.storage.store import Store

FIRST_COLUMNS = ("id", "external_id", "session", "version", "started_at", "verdict", "cluster", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedBatch:
    """A batch made of a selection: its number, how many it holds, and how many stood in an earlier batch."""

    number: int
    size: int
    already_drawn: int


def pick_batch(
    store: Store, project: Project, ids: Sequence[str], *, size: int, seed: int, who: str | None
) -> PickedBatch:
    """Draw a batch of at most `size` of the selected traces: all in their order, or some by chance.

    Traces of earlier batches are left out. A selection was made by looking, so none of its traces counts for rates.
    """
    with store.read() as connection:
        earlier = batches.already_drawn(connection, project)
    fresh = [trace for trace in ids if trace not in earlier]
    if not fresh:
        raise InvalidInput("all of these traces stand in an earlier batch already; read that one, or select others")
    taken = fresh if len(fresh) <= size else draw_order(fresh, seed=seed)[:size]
    sample = draw_batch(store, project, SampleRequest(strategy="picked", traces=taken, seed=seed), coder=who, who=who)
    assert sample.batch is not None
    return PickedBatch(number=sample.batch, size=len(taken), already_drawn=len(ids) - len(fresh))


def keep_selection(store: Store, project: Project, ids: Sequence[str], *, how: str, who: str | None) -> str:
    """Keep the traces under a short name, and return the filter that selects just them, for whoever is given it.

    It stays what it is when the map is drawn anew, the traces are grouped again or more of them are read.
    """
    if not ids:
        raise InvalidInput("a selection holds at least one trace, got none; draw around some")
    with store.write() as connection:
        return f"selection = {kept.keep(connection, project, ids, how=how, by=who)}"


def kept_selections(store: Store, project: Project, expression: str | None) -> list[SelectionRow]:
    """Return the kept selections that a filter names."""
    names = dict.fromkeys(values_of(filter_of(expression), "selection"))
    if not names:
        return []
    with store.read() as connection:
        found = [kept.find(connection, project, name) for name in names]
    return [row for row in found if row is not None]


def csv_lines(store: Store, project: Project, ids: Sequence[str]) -> Iterator[str]:
    """Yield the traces as lines of CSV, the heading first; no cell begins as a formula."""
    with store.read() as connection:
        row = clusterings.newest(connection, project, of="traces")
        verdicts = columns.verdicts(connection, project)
        heads = traces.heads_of(connection, project, ids)
    names = {} if row is None else {item.number: item.label for item in row.clusters}
    groups = {} if row is None else {
        item: names.get(number, "fits nowhere") for item, number in zip(row.items, row.numbers, strict=True)
    }  # fmt: skip
    metrics = sorted({name for head in heads for name in head.metrics})
    metadata = sorted({name for head in heads for name in head.metadata})
    yield _line([*FIRST_COLUMNS, *(f"metric.{name}" for name in metrics), *(f"metadata.{name}" for name in metadata)])
    for head in heads:
        first = _first_cells(head, verdicts.get(head.id), groups.get(head.id))
        yield _line([*first, *(head.metrics.get(n) for n in metrics), *(head.metadata.get(n) for n in metadata)])


def json_lines(store: Store, project: Project, ids: Sequence[str]) -> Iterator[str]:
    """Yield the traces as the interface documents them, one JSON document a line."""
    with store.read() as connection:
        row = clusterings.newest(connection, project, of="traces")
        numbers = {} if row is None else dict(zip(row.items, row.numbers, strict=True))
        for chunk in in_chunks(ids, 100):
            for trace in traces.load(connection, project, chunk):
                document = trace_document(trace, cluster=numbers.get(trace.id))
                yield json.dumps(document, ensure_ascii=True, default=str) + "\n"


def _first_cells(head: TraceHead, verdict: str | None, group: str | None) -> list[object]:
    started = head.started_at.isoformat() if head.started_at else None
    return [head.id, head.external_id, head.session, head.version, started, verdict, group, head.query]


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in cells])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text
