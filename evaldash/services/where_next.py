"""Where to read next: what each way of drawing and each group has yielded per trace, and what it costs the rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.batch import Strategy, Stream
from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.coded import CodedProject, CodedTrace, load_coded
from evaldash.services.wording import count_of, percent, percent_down, percent_up
from evaldash.stats.intervals import Interval, wilson
from evaldash.storage import batches, clusterings
from evaldash.storage.batches import BatchRow
from evaldash.storage.store import Store

ENOUGH = 10  # judged traces from which a yield is worth a sentence
NEXT = 20  # traces of a batch
WORDS = {  # ways of drawing as they stand in a sentence
    Strategy.UNIFORM: "reading at random",
    Strategy.STRATIFIED: "drawing by a field",
    Strategy.CLUSTERS: "drawing by cluster",
    Strategy.EXTREMES: "reading extremes",
    Strategy.FEEDBACK: "reading unhappy users",
    Strategy.SIGNAL: "following signals of trouble",
    Strategy.VARIETY: "reading for variety",
    Strategy.OUTLIERS: "reading outliers",
    Strategy.STRESS: "a stress set",
    Strategy.PICKED: "picking by hand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What reading gave: of `read` judged traces how many failed, and how many showed a mode for the first time."""

    name: str
    read: int
    failed: int
    new: int
    unread: int | None = None  # of a group: traces of it that nobody drew

    @property
    def failing(self) -> Interval:
        """The share that failed, with its Wilson interval; of a targeted way it speaks of what was read only."""
        return wilson(self.failed, self.read)

    @property
    def news(self) -> Interval:
        """The share that showed something new, with its Wilson interval."""
        return wilson(self.new, self.read)

    def as_json(self) -> dict[str, Any]:
        """Return the counts with the bounds of both shares."""
        found: dict[str, Any] = {"name": self.name, "read": self.read, "failed": self.failed, "new": self.new}
        for name, share in (("failing", self.failing), ("news", self.news)):
            found[name] = {
                "estimate": share.estimate, "low": share.low, "high": share.high, "level": share.level,
            }  # fmt: skip
        return found if self.unread is None else found | {"unread": self.unread}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereNext:
    """The yields, the best first, and in sentences what they say and what it would cost."""

    by_strategy: tuple[Yield, ...]
    by_cluster: tuple[Yield, ...]
    sentences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the yields and sentences as the interface documents them."""
        return {
            "by_strategy": [item.as_json() for item in self.by_strategy],
            "by_cluster": [item.as_json() for item in self.by_cluster],
            "sentences": list(self.sentences),
        }


def where_next(store: Store, project: Project) -> WhereNext:
    """Return what was yielded per trace so far, in reading order, and what promises most."""
    coded = load_coded(store, project)
    with store.read() as connection:
        drawn = batches.already_drawn(connection, project)
        # Megabytes, and nothing to say of the groups before something was read.
        clustering = clusterings.newest(connection, project, of="traces") if coded.traces else None
    strategies = {row.number: row for row in coded.batches}
    by_strategy = _yields(coded, lambda item: _way(item, strategies))
    names: dict[str, str] = {}
    unread: dict[str, int] = {}
    if clustering is not None:
        labels = {cluster.number: cluster.label for cluster in clustering.clusters}
        for item, number in zip(clustering.items, clustering.numbers, strict=True):
            names[item] = labels.get(number, "fits nowhere")
            unread[names[item]] = unread.get(names[item], 0) + (item not in drawn)
    by_cluster = _yields(coded, lambda item: names.get(item.trace), unread)
    sentences = tuple(_sentences(coded, by_strategy, by_cluster))
    return WhereNext(by_strategy=by_strategy, by_cluster=by_cluster, sentences=sentences)


def _way(item: CodedTrace, rows: Mapping[int, BatchRow]) -> str | None:
    """Return how a trace was drawn; the two halves of a mixture are two ways."""
    row = None if item.batch is None else rows.get(item.batch)
    if row is None:
        return None
    if row.strategy != Strategy.MIXED:
        return str(row.strategy)
    return str(Strategy.UNIFORM if item.stream is Stream.UNIFORM else row.parameters.get("targeted", Strategy.VARIETY))


def _yields(
    coded: CodedProject, name: Callable[[CodedTrace], str | None], unread: Mapping[str, int] | None = None
) -> tuple[Yield, ...]:
    counts: dict[str, list[int]] = {}
    for item, is_new in _with_news(coded.judged):
        key = name(item)
        if key is not None:
            count = counts.setdefault(key, [0, 0, 0])
            for place, more in enumerate((1, item.verdict is Verdict.FAIL, is_new)):
                count[place] += more
    found = [
        Yield(name=key, read=read, failed=failed, new=new, unread=None if unread is None else unread.get(key, 0))
        for key, (read, failed, new) in counts.items()
    ]
    return tuple(sorted(found, key=lambda item: (-item.news.low, -item.failing.low, item.name)))


def _with_news(judged: Sequence[CodedTrace]) -> Iterable[tuple[CodedTrace, bool]]:
    """Yield each judged trace in reading order, and whether it showed a mode, or a loose note, not seen before."""
    seen: set[str] = set()
    for item in judged:
        kinds = item.modes | item.uncategorised
        yield item, bool(kinds - seen)
        seen |= kinds


def _sentences(coded: CodedProject, ways: Sequence[Yield], groups: Sequence[Yield]) -> Iterable[str]:
    known = [way for way in ways if way.read >= ENOUGH]
    if not known:
        yield (
            f"After {ENOUGH} judged traces this says which way of drawing finds most; until then half random, half "
            "variety is a good beginning."
        )
        return
    yield _best_way(known)
    promising = [group for group in groups if group.unread and group.failed]
    if promising:
        best = max(promising, key=lambda group: (group.failing.low, group.unread or 0))
        yield (
            f"Among the groups, {_in_quotes(best.name)} failed most: {best.failed} of {best.read} read "
            f"({percent_down(best.failing.low)} to {percent_up(best.failing.high)}), "
            f"{count_of(best.unread or 0, 'trace')} of it are in no batch."
        )
    yield _cost(coded)


def _in_quotes(name: str) -> str:
    return name if "“" in name else f"“{name}”"  # names that quote a request are in quotes enough


def _best_way(known: Sequence[Yield]) -> str:
    best, news = known[0], known[0].news
    found = (
        f"{WORDS[Strategy(best.name)]} has shown something new in {best.new} of {best.read} traces "
        f"({percent_down(news.low)} to {percent_up(news.high)}) and a failure in {best.failed}"
    )
    others = [way for way in known[1:] if way.news.high < news.low]
    if len(known) == 1:
        return f"So far only {found}; another way has not been tried on {ENOUGH} traces."
    if len(others) == len(known) - 1:
        return f"{_capital(found)}: more than any other way, and more than chance explains. Draw that way again."
    return f"{_capital(found)}; the other ways do not differ from it by more than chance explains."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _cost(coded: CodedProject) -> str:
    """Say what the next batch would do to the rates if it were random, and if it were not."""
    failed, n = sum(item.verdict is Verdict.FAIL for item in coded.uniform), len(coded.uniform)
    now = wilson(failed, n)
    if n == 0:
        return f"No trace drawn at random has been judged: there is no rate yet; {NEXT} random ones would give a first."
    then = wilson(round(failed * (n + NEXT) / n), n + NEXT)
    return (
        f"The failure rate rests on {count_of(n, 'random trace')} and is known within {_width(now)}. {NEXT} more "
        f"random ones would bring that to {_width(then)}; {NEXT} targeted ones leave it as it is."
    )


def _width(interval: Interval) -> str:
    return f"{percent(interval.high - interval.low).removesuffix(' %')} points"
