"""What the batches of a project amount to as one design: which traces carry rates, and what each of them stands for.

Uniform draws alone are pooled: 10 of 100 and then 10 of the other 90 are 20 at random of 100. Otherwise each random
batch estimates the whole from what had been drawn before it, which is known, and from its own frame (Des Raj); what was
picked for certain is thereby a stratum taken whole. Traces picked by hand carry no rate of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from evaldash.domain.batch import DrawnTrace, Strategy, Stream
from evaldash.domain.filters import Compare, parse_filter
from evaldash.services.coded import CodedProject, CodedTrace
from evaldash.stats.design_rates import Part
from evaldash.stats.rates import NOT_ESTIMABLE, UNIFORM, WEIGHTED, Rate
from evaldash.storage.batches import BatchRow

BY_STRATA = (Strategy.STRATIFIED, Strategy.CLUSTERS)
SAME_WHOLE = 0.95  # of the largest whole: imports of a few traces make no new population


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """`rows`: the traces that carry rates; `parts` where they are weighted; `unread`: share of the frame never read."""

    basis: str
    rows: tuple[CodedTrace, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    unread: float = 0.0

    def widened(self, rate: Rate) -> Rate:
        """Return the rate as a range where part of the frame was not read: from all of that passing to all failing."""
        if not self.unread or rate.low is None or rate.high is None:
            return rate
        low, high = rate.low * (1 - self.unread), rate.high * (1 - self.unread) + self.unread
        return replace(rate, estimate=None, low=low, high=high, method=f"{rate.method}, unread share as a range")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Drawn traces of one stratum of one batch; `size`: of the frame; `chances` where they differ."""

    name: str
    size: float
    drawn: tuple[str, ...]
    chances: tuple[float, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Chain:
    """One random batch with what was known before it."""

    number: int
    groups: list[_Group]
    known: tuple[str, ...]
    unread: list[str] = field(default_factory=list)
    unread_size: float = 0.0


def drawn_of(coded: CodedProject, by: str, value: str) -> frozenset[int]:
    """Return the batches that were drawn under exactly the filter `by = value`: they speak for all of that segment."""
    if by not in ("version", "format") and not by.startswith("metadata."):
        return frozenset()  # what is in a cluster or a field of one's own changes
    return frozenset(row.number for row in coded.batches if row.filter and _selects(row.filter, by, value))


def design_of(
    coded: CodedProject, *, own: AbstractSet[int] = frozenset(), elsewhere: AbstractSet[int] = frozenset()
) -> Design:
    """Return the design that what was judged can be estimated by.

    `own`: batches drawn under a filter that selects just the segment in question; `elsewhere`: those of other segments,
    which are no loss to this one.
    """
    judged = {item.trace: item for item in coded.judged}
    in_batch: dict[int, list[DrawnTrace]] = {}
    for number, how in coded.drawn.values():
        in_batch.setdefault(number, []).append(how)
    chains = [chain for row in coded.batches if (chain := _chain(row, in_batch))]
    filtered = {row.number for row in coded.batches if row.filter} - own
    usable = [chain for chain in chains if chain.number not in filtered] or chains
    usable = [chain for chain in usable if any(trace in judged for group in chain.groups for trace in group.drawn)]
    if not usable:
        return Design(basis=NOT_ESTIMABLE)
    notes = _left_out([chain for chain in chains if chain.number not in elsewhere], usable, judged)
    numbers = {chain.number for chain in usable}
    if _is_uniform(coded, in_batch, numbers):
        of_them = [item for item in coded.uniform if item.batch in numbers]
        return Design(
            basis=UNIFORM,
            rows=_first_of_session(of_them),
            notes=(*notes, *chosen_before(coded, numbers), *_open(coded, numbers)),
        )
    return _weighted(coded, usable, judged, notes, whole_frame=not numbers & filtered, own=own)


def chosen_before(coded: CodedProject, numbers: AbstractSet[int]) -> tuple[str, ...]:
    """Say that the last random draw, of the batches `numbers`, could not meet what was chosen before, if much was."""
    drawn = coded.drawn.values()
    chosen = sum(number < max(numbers, default=0) and how.inclusion_probability is None for number, how in drawn)
    whole = max((row.frame_size + sum(number < row.number for number, _ in drawn) for row in coded.batches), default=0)
    if chosen <= (1 - SAME_WHOLE) * whole:
        return ()
    return (
        f"{chosen} of {whole} traces were chosen for variety, for signs of trouble or by hand before the last random "
        "draw, which could not meet them: what is said of all traces leans towards the others.",
    )


def _selects(expression: str, by: str, value: str) -> bool:
    found = parse_filter(expression)
    return isinstance(found, Compare) and (found.field, found.op) == (by, "=") and str(found.values[0]) == value


def _chain(row: BatchRow, in_batch: Mapping[int, Sequence[DrawnTrace]]) -> _Chain | None:
    """Return a batch as groups of its frame; None where it gives no sample of the frame."""
    known = tuple(how.trace for number in sorted(in_batch) if number < row.number for how in in_batch[number])
    held = [how for how in in_batch.get(row.number, ()) if how.inclusion_probability is not None]
    groups = _groups(row, held)
    strata = row.parameters.get("strata", []) if row.strategy in BY_STRATA else []
    missing = [item for item in strata if item["size"] and not item["drawn"]]
    covered = sum(group.size for group in groups) + sum(item["size"] for item in missing)
    is_random = any((how.inclusion_probability or 0) < 1 for how in held)
    if not held or not (is_random or covered >= row.frame_size):
        return None
    names = [str(item["name"]) for item in missing]
    size = float(sum(item["size"] for item in missing))
    return _Chain(number=row.number, groups=groups, known=known, unread=names, unread_size=size)


def _groups(row: BatchRow, held: Sequence[DrawnTrace]) -> list[_Group]:
    if row.strategy in BY_STRATA:
        by_reason: dict[str, list[DrawnTrace]] = {}
        for how in held:
            by_reason.setdefault(how.reason, []).append(how)
        return [_equal_chances(reason, members) for reason, members in by_reason.items()]
    uniform = [how for how in held if how.stream is Stream.UNIFORM]
    if uniform:
        return [_equal_chances("at random", uniform)]
    sure = [how.trace for how in held if how.inclusion_probability == 1]
    rest = [how for how in held if (how.inclusion_probability or 0) < 1]
    chances = tuple(how.inclusion_probability or 1.0 for how in rest)
    groups = [_Group(name="taken whole", size=len(sure), drawn=tuple(sure))] if sure else []
    if rest:
        size = sum(1 / chance for chance in chances)
        groups.append(_Group(name=row.strategy, size=size, drawn=tuple(how.trace for how in rest), chances=chances))
    return groups


def _equal_chances(name: str, members: Sequence[DrawnTrace]) -> _Group:
    size = round(len(members) / (members[0].inclusion_probability or 1.0))
    return _Group(name=name, size=size, drawn=tuple(how.trace for how in members))


def _is_uniform(coded: CodedProject, in_batch: Mapping[int, Sequence[DrawnTrace]], numbers: set[int]) -> bool:
    """Tell whether the usable batches are random draws from the whole, with nothing taken for certain before."""
    streams = {how.stream for number in numbers for how in in_batch[number] if how.inclusion_probability is not None}
    sure = {number for number, how in coded.drawn.values() if how.inclusion_probability == 1}
    return streams == {Stream.UNIFORM} and not any(number < max(numbers) for number in sure)


def _weighted(
    coded: CodedProject,
    chains: Sequence[_Chain],
    judged: Mapping[str, CodedTrace],
    notes: Sequence[str],
    *,
    whole_frame: bool,
    own: AbstractSet[int],
) -> Design:
    """Join the chains of the present whole: each counts by how many traces its random part has.

    A batch drawn before much was imported estimates a smaller whole; what it drew is known to the later ones.
    """
    if whole_frame:
        most = max(map(_whole, chains))
        chains = [chain for chain in chains if chain.number in own or _whole(chain) >= SAME_WHOLE * most]
    said, parts = list(notes), []
    rows: dict[str, int] = {}
    read = [sum(trace in judged for group in chain.groups for trace in group.drawn) for chain in chains]
    unread = 0.0
    for chain, count in zip(chains, read, strict=True):
        share = count / sum(read)
        groups = list(chain.groups)
        if whole_frame and chain.known:
            groups.append(_Group(name="drawn before", size=len(chain.known), drawn=chain.known))
        joined, more, missing = _joined(groups, judged, chain)
        said += more
        whole = sum(group.size for group in groups) + chain.unread_size
        unread += share * missing / whole if whole else 0.0
        parts += [_part(group, judged, rows, share / whole, chain.number) for group in joined]
    numbers = {chain.number for chain in chains}
    return Design(
        basis=WEIGHTED,
        rows=tuple(judged[trace] for trace in rows),
        parts=tuple(parts),
        notes=(*dict.fromkeys(said), *_open(coded, numbers)),
        unread=unread,
    )


def _whole(chain: _Chain) -> float:
    return sum(group.size for group in chain.groups) + chain.unread_size + len(chain.known)


def _joined(
    groups: Sequence[_Group], judged: Mapping[str, CodedTrace], chain: _Chain
) -> tuple[list[_Group], list[str], float]:
    """Join groups with a single judged trace with their neighbour; return also what to say, and what is unread."""
    read = {group.name: [trace for trace in group.drawn if trace in judged] for group in groups}
    left = [group for group in groups if read[group.name]]
    empty = [group.name for group in groups if not read[group.name]] + chain.unread
    missing = sum(group.size for group in groups if not read[group.name]) + chain.unread_size
    notes = []
    while len(left) > 1 and (single := _single(left, judged)):
        left.remove(single)
        near = min(left, key=lambda group: abs(group.size - single.size))
        left[left.index(near)] = _Group(
            name=f"{near.name} + {single.name}", size=near.size + single.size, drawn=(*near.drawn, *single.drawn)
        )
        notes.append(f"Batch {chain.number}: one trace is judged of what was {single.name}; joined with {near.name}.")
    if empty:
        notes.append(
            f"Batch {chain.number}: nothing is judged of {len(empty)} of {len(groups) + len(chain.unread)} strata; "
            "the range runs from all of them passing to failing."
        )
    return left, notes, missing


def _single(groups: Sequence[_Group], judged: Mapping[str, CodedTrace]) -> _Group | None:
    for group in groups:
        if group.size > 1 and not group.chances and sum(trace in judged for trace in group.drawn) == 1:
            return group
    return None


def _part(group: _Group, judged: Mapping[str, CodedTrace], rows: dict[str, int], scale: float, number: int) -> Part:
    """What each judged trace stands for: its stratum's size over the judged of it, or one over its own chance."""
    held = [(place, trace) for place, trace in enumerate(group.drawn) if trace in judged]
    numbers = tuple(rows.setdefault(trace, len(rows)) for _, trace in held)
    if group.chances:
        weights = tuple(scale / group.chances[place] for place, _ in held)
        return Part(stratum=(number, group.name), rows=numbers, weights=weights, fraction=0.0)
    weights = (scale * group.size / len(held),) * len(held)
    return Part(stratum=(number, group.name), rows=numbers, weights=weights, fraction=len(held) / group.size)


def _left_out(chains: Sequence[_Chain], usable: Sequence[_Chain], judged: Mapping[str, CodedTrace]) -> list[str]:
    used = {chain.number for chain in usable}
    out = [
        str(chain.number)
        for chain in chains
        if chain.number not in used and any(trace in judged for group in chain.groups for trace in group.drawn)
    ]
    if not out:
        return []
    return [f"Batch {', '.join(out)} was drawn under a filter and speaks for what it selects: left out of these rates."]


def _open(coded: CodedProject, numbers: set[int]) -> tuple[str, ...]:
    """Say what traces that carry rates, but were deferred or passed over, could change."""
    open_ = [trace for trace in (*coded.deferred, *coded.skipped) if _carries(coded, trace, numbers)]
    if not open_:
        return ()
    carried = [item for item in coded.judged if _carries(coded, item.trace, numbers)]
    failing, all_ = sum(item.verdict == "fail" for item in carried), len(carried) + len(open_)
    low, high = 100 * failing / all_, 100 * (failing + len(open_)) / all_
    are, them = ("is deferred or was", "it") if len(open_) == 1 else ("are deferred or were", "them all")
    return (
        f"{len(open_)} of {all_} traces that should carry these rates {are} passed over: counting {them} as passing "
        f"or as failing gives {low:.0f} to {high:.0f} % failures (shares of what was drawn, not weighted).",
    )


def _carries(coded: CodedProject, trace: str, numbers: set[int]) -> bool:
    if trace not in coded.drawn:
        return False
    number, how = coded.drawn[trace]
    return number in numbers and how.inclusion_probability is not None


def _first_of_session(items: Sequence[CodedTrace]) -> tuple[CodedTrace, ...]:
    """Return the traces with one a session: several of one visit are not independent."""
    return tuple({item.session or item.trace: item for item in reversed(items)}.values())
