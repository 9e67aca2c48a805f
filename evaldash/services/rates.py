"""How often failure and each mode occur, by the way the traces were drawn; overall or in segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from evaldash.charts.rates import RateRow
from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.browse import heads_of
from evaldash.services.coded import CodedProject, CodedTrace, load_coded
from evaldash.services.drawing_design import Design, design_of, drawn_of
from evaldash.stats import rates as by_design
from evaldash.stats.design_rates import design_rates
from evaldash.stats.ranking import Ranks, rank_ranges
from evaldash.stats.rates import Rate
from evaldash.storage.store import Store

SMALL_CELL = 10  # traces of a segment below which a rate says next to nothing
ANY_FAILURE = "any failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRate:
    """The rate of one failure mode, or of failure at all (`mode` None), in a segment or everywhere (None).

    `count`: judged traces of both streams and the segment that hold it. `ranks`: where it may rank among the modes.
    `caveats`: what the rate rests on and leaves open, one sentence each.
    """

    mode: str | None
    name: str
    segment: str | None
    rate: Rate
    count: int = 0
    ranks: Ranks | None = None
    caveats: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the rate as the interface documents it; `mode` is the mode's id."""
        figures = asdict(self.rate)
        order = ("estimate", "low", "high", "level", "method", "n", "n_eff", "basis")
        return {
            "mode": self.mode,
            "segment": self.segment,
            **{name: figures[name] for name in order},
            "name": self.name,
            "count": self.count,
            "caveats": list(self.caveats),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """All rates, and in `notes` what they rest on and leave open, one sentence each."""

    rates: tuple[ModeRate, ...]
    notes: tuple[str, ...]

    @property
    def overall(self) -> ModeRate:
        """The rate of any failure, everywhere or in the first segment."""
        return self.rates[0]


def chart_rows(rates: Sequence[ModeRate]) -> list[RateRow]:
    """Return rates as the rows of their chart."""
    return [
        RateRow(
            id=item.mode or "",
            name=item.name,
            estimate=item.rate.estimate,
            low=item.rate.low,
            high=item.rate.high,
            n=item.rate.n,
            n_eff=item.rate.n_eff if item.rate.basis == by_design.WEIGHTED else None,
        )
        for item in rates
    ]


def rates(store: Store, project: Project, *, by: str | None = None) -> list[ModeRate]:
    """Return the rate of failure and of each mode, overall or for each value of a field, most frequent first."""
    return list(rate_table(store, project, by=by).rates)


def rate_table(store: Store, project: Project, *, by: str | None = None) -> RateTable:
    """Return the rates with their notes; `by` is version, cluster, format, session, metadata.NAME or tag.NAME."""
    return rate_table_of(store, project, load_coded(store, project), by=by)


def rate_table_of(store: Store, project: Project, coded: CodedProject, *, by: str | None = None) -> RateTable:
    """Return the same of what was loaded already."""
    if by is None:
        return table_of(coded)
    return table_by(coded, segments_of(store, project, by, [item.trace for item in coded.judged]), by=by)


def table_of(coded: CodedProject) -> RateTable:
    """Return the rates of all that was read."""
    design = design_of(coded)
    return RateTable(rates=tuple(_rates_of(coded, design, coded.judged, None)), notes=design.notes)


def table_by(coded: CodedProject, segments: Mapping[str, str], *, by: str | None = None) -> RateTable:
    """Return the rates within segments (trace id -> its segment); `by`: the field whose values they are, if any."""
    inside: dict[str, list[CodedTrace]] = {}
    for item in coded.judged:
        inside.setdefault(segments[item.trace], []).append(item)
    own = {value: drawn_of(coded, by, value) if by else frozenset() for value in sorted(inside)}
    elsewhere = frozenset().union(*own.values())
    shared = design_of(coded, elsewhere=elsewhere)
    designs = {
        value: design_of(coded, own=held, elsewhere=elsewhere) if held else shared for value, held in own.items()
    }
    found = [rate for value, design in designs.items() for rate in _rates_of(coded, design, inside[value], value)]
    notes = [note for design in designs.values() for note in design.notes]
    return RateTable(rates=tuple(found), notes=tuple(dict.fromkeys(notes)))


def segments_of(store: Store, project: Project, by: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the value of a field for each trace, as a word."""
    from evaldash.services.fields import field_value, field_values

    numbers = field_values(store, project, by)
    return {head.id: field_value(head, by, numbers) for head in heads_of(store, project, ids)}


def failed(item: CodedTrace) -> bool:
    """Tell whether a judged trace failed."""
    return item.verdict is Verdict.FAIL


def _rates_of(coded: CodedProject, design: Design, judged: Sequence[CodedTrace], segment: str | None) -> list[ModeRate]:
    keys: list[str | None] = [None, *(mode.id for mode in coded.taxonomy.modes)]
    names = [ANY_FAILURE, *(mode.name for mode in coded.taxonomy.modes)]
    inside = {item.trace for item in judged}
    found = _by_basis(design, keys, inside)
    held = _counts(judged)
    overall, *modes = [
        ModeRate(mode=key, name=name, segment=segment, rate=rate, count=held[key], caveats=design.notes)
        for key, name, rate in zip(keys, names, found, strict=True)
    ]
    return [overall, *sorted(_ranked(modes), key=lambda item: (-(item.rate.estimate or 0), -item.count))]


def _by_basis(design: Design, keys: Sequence[str | None], inside: set[str]) -> list[Rate]:
    rows = [item for item in design.rows if item.trace in inside]
    if design.basis == by_design.UNIFORM:
        held = _counts(rows)
        return [by_design.uniform_rate(held[key], len(rows)) for key in keys]
    if design.basis == by_design.NOT_ESTIMABLE or not rows:
        return [by_design.not_estimable(len(inside)) for _ in keys]
    return [design.widened(rate) for rate in _weighted(design, keys, inside)]


def _weighted(design: Design, keys: Sequence[str | None], inside: set[str]) -> list[Rate]:
    import numpy as np

    column = {key: place for place, key in enumerate(keys)}
    holds = np.zeros((len(design.rows), len(keys)), dtype=bool)
    for row, item in enumerate(design.rows):
        for key in _held(item):
            holds[row, column[key]] = True
    within = np.array([item.trace in inside for item in design.rows])
    return design_rates(holds, within, design.parts)


def _held(item: CodedTrace) -> list[str | None]:
    return [*([None] if failed(item) else []), *item.modes]


def _counts(items: Sequence[CodedTrace]) -> Counter[str | None]:
    return Counter(key for item in items for key in _held(item))


def _ranked(modes: Sequence[ModeRate]) -> list[ModeRate]:
    """Say where each mode may rank, where all of them are estimated."""
    known = [(item.rate.estimate, item.rate.n_eff) for item in modes]
    if any(p is None or n is None for p, n in known):
        return list(modes)
    ranges = rank_ranges([(p or 0.0, n or 0.0) for p, n in known])
    return [replace(item, ranks=ranks) for item, ranks in zip(modes, ranges, strict=True)]
