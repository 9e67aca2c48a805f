"""When to look again: what has changed since the last reading, and a short list of the week's oddest traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import InvalidInput
from evaldash.services.browse import trace_heads, trace_ids
from evaldash.services.clustering import newest_clustering
from evaldash.services.coded import load_coded
from evaldash.services.wording import count_of
from evaldash.stats.drift import Shift, metric_shift, mix_shift
from evaldash.stats.outlying import FAR, modified_z
from evaldash.storage import projects, readings
from evaldash.storage.store import Store

WEEKLY = 15  # traces of the list; practice is 10 to 20
CADENCE = 30  # days between two rounds, where nothing else calls for one and the team set no other
LONGEST_CADENCE = 365  # days
SETTING = "cadence_days"
WEEK = timedelta(days=7)
COMPLAINTS = "feedback = down"
MARKS = {True: "look again", False: "quiet", None: "cannot be measured"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Something that calls for a new round: `calls` True, False, or None where it cannot be measured here."""

    name: str
    calls: bool | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """All triggers, and the ids of the oddest unread traces with the reason of each.

    `of_week`: they began within the newest week; else that week holds too few, and they may be of any time.
    """

    triggers: tuple[Trigger, ...]
    oddest: tuple[tuple[str, str], ...]
    of_week: bool
    cadence_days: int

    @property
    def calling(self) -> tuple[Trigger, ...]:
        """The triggers that call for a new round."""
        return tuple(item for item in self.triggers if item.calls)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as a document."""
        return {
            "triggers": [asdict(item) for item in self.triggers],
            "oddest": [{"trace": trace, "reason": reason} for trace, reason in self.oddest],
            "oddest_of_week": self.of_week,
            "cadence_days": self.cadence_days,
        }


def look_again(store: Store, project: Project, *, now: datetime | None = None) -> LookAgain:
    """Return what has changed since the last reading. New traces: those that began after the last one that was read."""
    heads = trace_heads(store, project)
    read = {item.trace for item in load_coded(store, project).traces}
    with store.read() as connection:
        last = max((item.first_read_at for item in readings.reference(connection, project)), default=None)
        cadence = _kept(projects.setting(connection, project, SETTING))
    old, new = _sides(heads, read)
    candidates, of_week = _newest([head for head in heads if head.id not in read])
    complaints = set(trace_ids(store, project, COMPLAINTS))
    return LookAgain(
        triggers=(
            _cadence(last, now or datetime.now(UTC), cadence),
            _versions(heads, read),
            _complaints(old, new, complaints),
            *_metrics(old, new),
            _mix(store, project, old, new),
            Trigger(name="Incident, new model or prompt", calls=None, words="Not seen from here: you know it first."),
        ),
        oddest=tuple(_oddest(store, project, candidates)),
        of_week=of_week,
        cadence_days=cadence,
    )


def set_cadence(store: Store, project: Project, days: int, *, who: str) -> None:
    """Keep after how many days a new round is due; InvalidInput for less than a day or more than a year."""
    if not 1 <= days <= LONGEST_CADENCE:
        raise InvalidInput(f"a round is due after 1 to {LONGEST_CADENCE} days, got {days}")
    with store.write() as connection:
        projects.set_setting(connection, project, SETTING, days)
        projects.record(connection, project, who=who, what=f"set a round of reading every {count_of(days, 'day')}")
        projects.touch(connection, project)


def _kept(value: object) -> int:
    return value if isinstance(value, int) else CADENCE


def _sides(heads: Sequence[TraceHead], read: set[str]) -> tuple[list[TraceHead], list[TraceHead]]:
    known = [head.started_at for head in heads if head.id in read and head.started_at is not None]
    if not known:
        return list(heads), []
    last = max(known)
    new = [head for head in heads if head.started_at is not None and head.started_at > last]
    ids = {head.id for head in new}
    return [head for head in heads if head.id not in ids], new


def _cadence(last: datetime | None, now: datetime, every: int) -> Trigger:
    if last is None:
        return Trigger(name="Cadence", calls=True, words="Nothing has been read yet.")
    days = (now - last).days
    ago = f"{count_of(days, 'day')} ago" if days else "within the last day"
    words = f"The last reading was {ago}; a round is due every {count_of(every, 'day') if every > 1 else 'day'}."
    return Trigger(name="Cadence", calls=now - last >= timedelta(days=every), words=words)


def _versions(heads: Sequence[TraceHead], read: set[str]) -> Trigger:
    all_, seen = Counter(head.version for head in heads), {head.version for head in heads if head.id in read}
    unread = [version for version in all_ if version is not None and version not in seen]
    if not unread:
        return Trigger(name="New version", calls=False, words="Of every version some traces were read.")
    named = ", ".join(f"{version} ({count_of(all_[version], 'trace')})" for version in unread[:5])
    return Trigger(name="New version", calls=True, words=f"Nothing was read of {named}.")


def _complaints(old: Sequence[TraceHead], new: Sequence[TraceHead], complaints: set[str]) -> Trigger:
    before, after = (
        {"down": sum(head.id in complaints for head in side), "other": sum(head.id not in complaints for head in side)}
        for side in (old, new)
    )
    shift = mix_shift(before, after)
    if shift is None:
        return Trigger(name="Complaints", calls=None, words=_few(new, "thumbs down"))
    shares = [side["down"] / sum(side.values()) for side in (before, after)]
    words = f"Thumbs down: {shares[0]:.0%} of the traces before, {shares[1]:.0%} of the {len(new)} since."
    return Trigger(name="Complaints", calls=shift.p <= 0.01 and shares[1] > shares[0], words=words)


def _metrics(old: Sequence[TraceHead], new: Sequence[TraceHead]) -> list[Trigger]:
    names = sorted({name for head in old for name in head.metrics})
    found = []
    for name in names:
        sides = [[head.metrics[name] for head in side if name in head.metrics] for side in (old, new)]
        shift = metric_shift(*sides)
        if shift is not None and shift.matters:
            middle = [median(side) for side in sides]
            words = f"{name}: {middle[0]:g} in the middle before, {middle[1]:g} since ({_size(shift)})."
            found.append(Trigger(name="Drift of a metric", calls=True, words=words))
    if found:
        return found
    enough = min(len(old), len(new)) >= 20
    words = f"None of {count_of(len(names), 'metric')} moved much." if enough else _few(new, "metrics")
    return [Trigger(name="Drift of a metric", calls=False if enough else None, words=words)]


def _mix(store: Store, project: Project, old: Sequence[TraceHead], new: Sequence[TraceHead]) -> Trigger:
    name, clustering = "Drift of the cluster mix", newest_clustering(store, project)
    if clustering is None:
        return Trigger(name=name, calls=None, words="The traces are not grouped yet.")
    group_of = dict(zip(clustering.items, clustering.numbers, strict=True))
    before, after = (Counter(str(group_of[head.id]) for head in side if head.id in group_of) for side in (old, new))
    shift = mix_shift(before, after)
    if shift is None:
        return Trigger(name=name, calls=None, words=_few(new, "groups"))
    label = {str(item.number): item.label for item in clustering.clusters}
    n, m = before.total(), after.total()
    grown = max(after, key=lambda number: after[number] / m - before[number] / n)
    words = (
        f"Grown most: {label.get(grown, 'what fits nowhere')}, from {before[grown] / n:.0%} to {after[grown] / m:.0%} "
        f"({_size(shift)})."
    )
    return Trigger(name=name, calls=shift.matters, words=words)


def _size(shift: Shift) -> str:
    return f"distance {shift.distance:.2f}, {'more than chance' if shift.p <= 0.01 else 'may be chance'}"


def _few(new: Sequence[Any], of: str) -> str:
    if not new:
        return f"No trace began after the last one that was read: nothing to compare {of} with."
    return f"Only {count_of(len(new), 'trace')} since the last one that was read: too few to compare {of}."


def _newest(unread: Sequence[TraceHead]) -> tuple[list[TraceHead], bool]:
    """Return the unread traces of the newest week, or all where it holds too few for a list, and which they are."""
    starts = [head.started_at for head in unread if head.started_at is not None]
    week = [h for h in unread if h.started_at is not None and h.started_at >= max(starts) - WEEK] if starts else []
    return (week, True) if len(week) >= WEEKLY else (list(unread), len(week) == len(unread) > 0)


def _oddest(store: Store, project: Project, candidates: Sequence[TraceHead]) -> list[tuple[str, str]]:
    """Take them by outlier score; what came after the groups were made has none, and then by its metrics."""
    clustering = newest_clustering(store, project)
    score = dict(zip(clustering.items, clustering.outlier_scores, strict=True)) if clustering is not None else {}
    ranked = sorted((head.id for head in candidates if head.id in score), key=lambda trace: -score[trace])
    found = [(trace, f"outlier score {score[trace]:.2f}: how little it fits any group, 0 to 1") for trace in ranked]
    if len(found) < WEEKLY:
        found += _farthest([head for head in candidates if head.id not in score])
    return found[:WEEKLY]


def _farthest(candidates: Sequence[TraceHead]) -> list[tuple[str, str]]:
    """Rank by the metric that lies farthest from the median of the others, by the modified z-score."""
    best: dict[str, tuple[float, str]] = {}
    for name in sorted({name for head in candidates for name in head.metrics}):
        held = [head for head in candidates if name in head.metrics]
        for head, score in zip(held, modified_z([h.metrics[name] for h in held]) or [], strict=False):
            far = "far out" if abs(score) > FAR else "farthest from the middle, but not far out"
            said = (abs(score), f"{name} {head.metrics[name]:g} lies {far} (modified z {score:.1f})")
            best[head.id] = max(best.get(head.id, (-1.0, "")), said)
    return [(trace, reason) for trace, (_, reason) in sorted(best.items(), key=lambda item: -item[1][0])]
