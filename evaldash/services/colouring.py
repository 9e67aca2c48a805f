"""What a map is coloured by: any field of a trace as one small whole number a trace, in the order of the clustering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.services.trace_table import NO_VALUE, TraceTable
from evaldash.storage import columns
from evaldash.storage.clusterings import NOISE, ClusteringRow
from evaldash.storage.store import Store

NO_CODE = 65_535  # the code of a trace without a value
MOST_VALUES = 12  # categories told apart; the rarer ones are "other"
STEPS = 256  # shades of a number
EDGE = 0.02  # share of numbers at each end that the scale leaves out, or one extreme flattens the rest
FEW = 50  # numbers from which the ends are cut
VERDICTS = ("pass", "fail", "deferred")
PLAIN_FIELDS = {
    "cluster": "group",
    "verdict": "verdict",
    "mode": "failure mode",
    "feedback": "feedback",
    "version": "version",
    "started_at": "time",
    "outlier": "how little it fits anywhere",
}
FIRST_FIELD = ("cluster", PLAIN_FIELDS["cluster"])  # needs no look at the traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring:
    """A field as codes, uint16 in the order of a clustering's items; NO_CODE where a trace has no value.

    Categories have a label, a count and a value for each code; codes in `noise` are shown as background. Numbers have
    codes from 0 to STEPS - 1 between `ends`, said in words.
    """

    field: str
    title: str
    codes: NDArray[np.uint16]
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    values: tuple[str | int, ...] = ()
    noise: tuple[int, ...] = ()
    ends: tuple[str, str] | None = None

    @property
    def without(self) -> int:
        """How many traces have no value."""
        return int(np.count_nonzero(self.codes == NO_CODE))


def colour_fields(store: Store, project: Project, table: TraceTable) -> list[tuple[str, str]]:
    """Return the fields a map can be coloured by, with what to call them; those that tell nothing are left out."""
    with store.read() as connection:
        there = {
            "verdict": bool(columns.verdicts(connection, project)),
            "mode": bool(columns.mode_names(connection, project)),
            "feedback": bool(columns.feedback_labels(connection, project)),
            "version": "version" in table.words,
            "started_at": bool(np.isfinite(table.at).any()),
        }
    plain = [(field, label) for field, label in PLAIN_FIELDS.items() if there.get(field, True)]
    metrics = [(f"metric.{name}", name) for name, held in table.metrics.items() if _differ(held)]
    metadata = [
        (field, _title(field))
        for field, held in table.words.items()
        if field.startswith("metadata.") and 1 < len(held.values) <= len(table.ids) / 2
    ]
    return [*plain, *metrics, *metadata]


def colouring(store: Store, project: Project, row: ClusteringRow, table: TraceTable, field: str) -> Colouring:
    """Return a field as colours of a clustering's traces; raises InvalidInput for a field there is not."""
    if field == "cluster":
        return by_cluster(row)
    if field == "outlier":
        return _by_number(field, np.asarray(row.outlier_scores, dtype=np.float64), _figure)
    at = np.array([table.position_of.get(item, -1) for item in row.items])
    if field == "started_at":
        return _by_number(field, _taken(table.at, at), _day)
    if field.startswith("metric.") and field[7:] in table.metrics:
        return _by_number(field, _taken(table.metrics[field[7:]], at), _figure)
    if field in table.words:
        held = table.words[field]
        codes = np.where(at < 0, NO_VALUE, held.codes[at]) if len(held.codes) else np.full(len(at), NO_VALUE)
        return _by_category(field, [None if code < 0 else held.values[code] for code in codes])
    said = _said(store, project, field)
    return _by_category(field, [said.get(item) for item in row.items])


def by_cluster(row: ClusteringRow) -> Colouring:
    """Return the groups of a clustering; what fits nowhere is noise."""
    code_of = {item.number: code for code, item in enumerate(row.clusters)}
    code_of[NOISE] = len(row.clusters)
    sizes = Counter(row.numbers)
    noisy = NOISE in sizes
    return Colouring(
        field="cluster",
        title=PLAIN_FIELDS["cluster"],
        codes=np.fromiter((code_of.get(number, NO_CODE) for number in row.numbers), np.uint16, len(row.numbers)),
        labels=(*(item.label for item in row.clusters), *(["fits nowhere"] if noisy else [])),
        counts=(*(sizes[item.number] for item in row.clusters), *([sizes[NOISE]] if noisy else [])),
        values=(*(item.number for item in row.clusters), *([NOISE] if noisy else [])),
        noise=(len(row.clusters),) if noisy else (),
    )


def _said(store: Store, project: Project, field: str) -> Mapping[str, str]:
    """Return what people said of traces."""
    with store.read() as connection:
        if field == "verdict":
            return columns.verdicts(connection, project)
        if field == "feedback":
            return columns.feedback_labels(connection, project)
        if field == "mode":
            modes = columns.mode_names(connection, project)
            return {trace: names[0] if len(names) == 1 else "several modes" for trace, names in modes.items()}
    raise InvalidInput(f"a map is coloured by {', '.join(PLAIN_FIELDS)}, metric.NAME or metadata.NAME, got {field!r}")


def _differ(numbers: NDArray[np.float64]) -> bool:
    known = numbers[np.isfinite(numbers)]
    return bool(known.size and known.min() < known.max())


def _taken(numbers: NDArray[np.float64], at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the numbers at some positions, NaN at those below 0."""
    taken = np.full(len(at), np.nan)
    taken[at >= 0] = numbers[at[at >= 0]]
    return taken


def _by_category(field: str, words: Sequence[str | None]) -> Colouring:
    sizes = Counter(word for word in words if word is not None)
    order = _order(field, sizes)
    kept, rare = order[:MOST_VALUES], order[MOST_VALUES:]
    code_of: dict[str | None, int] = {value: code for code, value in enumerate(kept)}
    code_of |= dict.fromkeys(rare, len(kept))
    other = [f"{len(rare)} others"] if rare else []
    counts = [sizes[value] for value in kept] + ([sum(sizes[value] for value in rare)] if rare else [])
    missing = len(words) - sum(counts)
    unread = ["not read yet" if field in ("verdict", "mode") else f"no {_title(field)}"] if missing else []
    noise = len(kept) + len(other)
    return Colouring(
        field=field,
        title=_title(field),
        codes=np.fromiter((code_of.get(word, noise) for word in words), np.uint16, len(words)),
        labels=(*kept, *other, *unread),
        counts=(*counts, *([missing] if missing else [])),
        values=(*kept, *other, *unread),
        noise=(noise,) if missing else (),
    )


def _order(field: str, sizes: Mapping[str, int]) -> list[str]:
    if field == "verdict":
        return [verdict for verdict in VERDICTS if verdict in sizes]
    if field == "version" and len(sizes) <= MOST_VALUES:
        return sorted(sizes)
    return sorted(sizes, key=lambda value: (-sizes[value], value))


def _by_number(field: str, found: NDArray[np.float64], word: Callable[[float], str]) -> Colouring:
    known = np.isfinite(found)
    low, high = _ends(found[known])
    scaled = np.clip((found - low) / ((high - low) or 1.0), 0, 1) * (STEPS - 1)
    codes = np.where(known, np.nan_to_num(scaled), NO_CODE).astype(np.uint16)
    return Colouring(field=field, title=_title(field), codes=codes, ends=(word(low), word(high)))


def _ends(known: NDArray[np.float64]) -> tuple[float, float]:
    if not known.size:
        return 0.0, 0.0
    cut = EDGE if known.size >= FEW else 0.0
    low, high = np.quantile(known, [cut, 1 - cut])
    return (float(low), float(high)) if high > low else (float(known.min()), float(known.max()))


def _title(field: str) -> str:
    return PLAIN_FIELDS.get(field) or field.partition(".")[2] or field


def _figure(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 or number == round(number) else f"{number:.3g}"


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y}"
