"""Cycles: a product version and the traces read for it; what changed from one to another, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import NotFound
from evaldash.services.browse import trace_heads
from evaldash.services.coded import CodedProject, CodedTrace, load_coded
from evaldash.services.equal_inputs import EqualInput, equal_inputs
from evaldash.services.rates import ANY_FAILURE, failed, table_by
from evaldash.services.wording import comparison_caveats, count_of, percent
from evaldash.stats.cases import case_change, case_p, more_cases
from evaldash.stats.change import Difference, detectable, multiple
from evaldash.stats.comparing import more_needed, rate_difference, rate_p
from evaldash.stats.rates import Rate
from evaldash.storage.store import Store

NO_VERSION = "(none)"
FALSE_DISCOVERY = 0.10  # Benjamini-Hochberg: which modes moved
ALONE = 0.05  # of p, where one change was asked for and no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One round: all traces of a product version, in the order in which versions first ran."""

    cycle: str
    version: str | None
    traces: int
    read: int

    def as_json(self) -> dict[str, Any]:
        """Return the cycle as the interface documents it."""
        return {"cycle": self.cycle, "version": self.version, "traces": self.traces, "read": self.read}


@dataclass(frozen=True, slots=True)
class Two:
    """Two groups of traces against each other: the group of each trace, and the names of the two, the earlier first.

    A group that has the name of a version is all of that version.
    """

    group_of: Mapping[str, str]
    names: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChange:
    """What became of a mode (None: any failure). `moved`: more than chance explains, all modes taken together."""

    mode: str | None
    name: str
    before: float | None
    after: float | None
    change: Difference
    n_before: int
    n_after: int
    p: float | None
    moved: bool
    verdict: str
    more: int | None = None  # further equal inputs, where it is paired, that would tell

    def as_json(self) -> dict[str, Any]:
        """Return the change as the interface documents it."""
        known = self.change.estimate is not None
        return {
            "mode": self.mode,
            "name": self.name,
            "before": self.before,
            "after": self.after,
            "change": self.change.estimate,
            "low": self.change.low if known else None,
            "high": self.change.high if known else None,
            "verdict": self.verdict,
            "n_before": self.n_before,
            "n_after": self.n_after,
            "method": self.change.method,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two cycles, mode by mode. `pairs`: equal inputs judged in both, where the comparison is paired; else 0.

    `repeated` of them ran several times in a version, `chosen` were not drawn at random on both sides. `notes`: what
    the rates of an unpaired comparison rest on and leave open.
    """

    before: str
    after: str
    pairs: int
    taxonomy_version: int
    changes: tuple[ModeChange, ...]
    repeated: int = 0
    chosen: int = 0
    notes: tuple[str, ...] = ()

    def as_json(self) -> list[dict[str, Any]]:
        """Return the changes as the interface documents them, any failure first."""
        said = comparison_caveats(self)
        return [item.as_json() | {"caveats": said} for item in self.changes]


def cycles(store: Store, project: Project) -> list[Cycle]:
    """Return the cycles there are, the version that ran first coming first."""
    return cycles_of(load_coded(store, project), trace_heads(store, project))


def cycles_of(coded: CodedProject, heads: Sequence[TraceHead]) -> list[Cycle]:
    """Return the same of what was loaded already; `heads` are all traces of the project."""
    read = {item.trace for item in coded.judged}
    by_version: dict[str, list[TraceHead]] = {}
    for head in heads:
        by_version.setdefault(head.version or NO_VERSION, []).append(head)
    return [
        Cycle(
            cycle=name,
            version=None if name == NO_VERSION else name,
            traces=len(heads),
            read=sum(head.id in read for head in heads),
        )
        for name, heads in sorted(by_version.items(), key=lambda item: _begins(item[1]))
    ]


def compare(store: Store, project: Project, before: str, after: str) -> Comparison:
    """Compare two cycles by today's taxonomy, on equal inputs where half of them are; NotFound for another name."""
    heads = trace_heads(store, project)
    there = {head.version or NO_VERSION for head in heads}
    for name in (before, after):
        if name not in there:
            raise NotFound(f"there is no cycle {name!r}; there are: {', '.join(sorted(there)) or 'none'}")
    return comparison_of(store, project, load_coded(store, project), heads, before=before, after=after)


def comparison_of(
    store: Store, project: Project, coded: CodedProject, heads: Sequence[TraceHead], *, before: str, after: str
) -> Comparison:
    """Return the same of what was loaded already; both cycles are known to be there."""
    two = Two({head.id: head.version or NO_VERSION for head in heads}, (before, after))
    equal = inputs_between(store, project, coded, heads, two) if before != after else []
    found, notes = _changes(coded, two, equal)
    return _comparison(coded, two, equal, _judged_together(found, paired=bool(equal)), notes)


def inputs_between(
    store: Store, project: Project, coded: CodedProject, heads: Sequence[TraceHead], two: Two
) -> list[EqualInput]:
    """Return the inputs that ran in both of two groups of read traces, none where too few did."""
    before, after = ([item for item in coded.judged if two.group_of.get(item.trace) == name] for name in two.names)
    queries = {head.id: head.query for head in heads}
    return equal_inputs(store, project, before, after, queries=queries)


def comparison_of_one(coded: CodedProject, mode: str | None, two: Two, equal: Sequence[EqualInput]) -> Comparison:
    """Compare one mode, asked for alone, in two groups that need not be versions, such as before and after a fix."""
    changes, notes = _changes(coded, two, equal)
    found = next(item for item in changes if item.mode == mode)
    return _comparison(coded, two, equal, [_judged_alone(found, paired=bool(equal))], notes)


def _comparison(
    coded: CodedProject, two: Two, equal: Sequence[EqualInput], changes: Sequence[ModeChange], notes: tuple[str, ...]
) -> Comparison:
    before, after = two.names
    return Comparison(
        before=before,
        after=after,
        pairs=len(equal),
        taxonomy_version=coded.taxonomy.version,
        changes=tuple(changes),
        repeated=sum(item.is_repeated for item in equal),
        chosen=sum(item.is_chosen for item in equal),
        notes=notes,
    )


def _begins(heads: Sequence[TraceHead]) -> tuple[bool, str, int]:
    starts = [head.started_at for head in heads if head.started_at is not None]
    return (not starts, min(starts).isoformat() if starts else "", min(head.key for head in heads))


def _keys(coded: CodedProject) -> list[tuple[str | None, str]]:
    return [(None, ANY_FAILURE), *((mode.id, mode.name) for mode in coded.taxonomy.modes)]


def _changes(coded: CodedProject, two: Two, equal: Sequence[EqualInput]) -> tuple[list[ModeChange], tuple[str, ...]]:
    if equal:
        return [_paired(key, name, equal) for key, name in _keys(coded)], ()
    wanted = [item for item in coded.judged if two.group_of.get(item.trace) in two.names]
    part = replace(coded, traces=tuple(wanted))
    table = table_by(part, {item.trace: two.group_of[item.trace] for item in wanted}, by="version") if wanted else None
    by_place = {(rate.segment, rate.mode): rate.rate for rate in table.rates} if table else {}
    before, after = two.names
    found = [
        _two_rates(key, name, by_place.get((before, key)), by_place.get((after, key))) for key, name in _keys(coded)
    ]
    return found, table.notes if table else ()


def _paired(key: str | None, name: str, equal: Sequence[EqualInput]) -> ModeChange:
    shares = [(_share(item.before, key), _share(item.after, key)) for item in equal]
    n, differences = len(shares), [after - before for before, after in shares]
    return ModeChange(
        mode=key,
        name=name,
        before=sum(before for before, _ in shares) / n,
        after=sum(after for _, after in shares) / n,
        change=case_change(differences),
        n_before=n,
        n_after=n,
        p=case_p(differences),
        moved=False,
        verdict="",
        more=more_cases(differences),
    )


def _share(runs: Sequence[CodedTrace], key: str | None) -> float:
    return sum(_holds(run, key) for run in runs) / len(runs)


def _two_rates(key: str | None, name: str, before: Rate | None, after: Rate | None) -> ModeChange:
    nothing = Difference(estimate=None, low=-1.0, high=1.0, level=0.95, method="mover")
    both = before is not None and after is not None
    return ModeChange(
        mode=key,
        name=name,
        before=before.estimate if before else None,
        after=after.estimate if after else None,
        change=rate_difference(before, after) if before and after and both else nothing,
        n_before=before.n if before else 0,
        n_after=after.n if after else 0,
        p=rate_p(before, after) if before and after else None,
        moved=False,
        verdict="",
    )


def _judged_together(found: Sequence[ModeChange], *, paired: bool) -> list[ModeChange]:
    """Say of each whether it is more than chance: any failure alone, the modes at a false discovery rate."""
    overall, *modes = found
    tested = [item for item in modes if item.p is not None]
    rejected = multiple([item.p or 0.0 for item in tested], alpha=FALSE_DISCOVERY).benjamini_hochberg
    moved = {item.mode for item, is_moved in zip(tested, rejected, strict=True) if is_moved and _excludes_zero(item)}
    settled = [replace(item, moved=item.mode in moved) for item in modes]
    told = [replace(item, verdict=_verdict(item, paired=paired)) for item in settled]
    return [_judged_alone(overall, paired=paired), *told]


def _judged_alone(item: ModeChange, *, paired: bool) -> ModeChange:
    moved = item.p is not None and item.p <= ALONE and _excludes_zero(item)
    return replace(item, moved=moved, verdict=_verdict(replace(item, moved=moved), paired=paired))


def _excludes_zero(item: ModeChange) -> bool:
    return item.change.low > 0 or item.change.high < 0


def _holds(item: CodedTrace, key: str | None) -> bool:
    return failed(item) if key is None else key in item.modes


def _verdict(item: ModeChange, *, paired: bool) -> str:
    """Return what can be said of a change: that it is more than chance, or how much more reading would tell."""
    if item.before is None or item.after is None:
        return "cannot be compared: one of the two was not read in a way that carries rates"
    moved = f"from {percent(item.before)} to {percent(item.after)}"
    if item.moved:
        return f"{'fell' if item.after < item.before else 'rose'} {moved}; more than chance explains"
    if paired:
        return _verdict_of_cases(item, moved)
    n = min(item.n_before, item.n_after)
    more = more_needed(item.before, item.after, n)
    if more is not None:
        return f"{moved}; can't tell; {count_of(more, 'more trace')} in each would"
    least = detectable(n, item.before) if n else None
    seen = f"; with {n} in each only changes of about {least * 100:.0f} points would show" if least else ""
    return f"{moved}; can't tell{seen}"


def _verdict_of_cases(item: ModeChange, moved: str) -> str:
    if item.p is None:
        return f"no case changed ({item.n_before:,} compared)"
    more = f"; {count_of(item.more, 'more equal input')} would" if item.more is not None else ""
    return f"{moved}; can't tell{more}"
