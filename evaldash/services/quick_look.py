"""The quick look: 20 to 50 traces in half an hour by one expert, on one page that says how little it can know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput, NotFound
from evaldash.services.coded import CodedProject, CodedTrace, load_coded
from evaldash.services.sampling import SampleRequest, draw_batch, frame_size
from evaldash.services.wording import count_of, percent, percent_down, percent_up
from evaldash.stats.change import detectable
from evaldash.stats.intervals import upper_bound, wilson
from evaldash.storage.batches import BatchRow
from evaldash.storage.store import Store

SIZE = 30  # traces, about half an hour
FEWEST, MOST = 20, 50  # of a quick look


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickLook:
    """The result of one batch. `text` is the page as Markdown, free of what people wrote but for names of modes."""

    batch: int
    read: int
    failed: int
    text: str


def draw_quick_look(store: Store, project: Project, *, version: str | None, coder: str | None, size: int = SIZE) -> int:
    """Draw traces at random, of one version or of all; return the batch.

    Where fewer are left it takes them all, and the result says how little they tell. Raises InvalidInput for a size
    that no quick look has, NotFound where no trace is left.
    """
    if not FEWEST <= size <= MOST:
        raise InvalidInput(f"a quick look takes {FEWEST} to {MOST} traces, got {size}; draw a batch for more or fewer")
    quoted = None if version is None else version.replace("\\", "\\\\").replace('"', '\\"')
    expression = None if quoted is None else f'version = "{quoted}"'
    if not frame_size(store, project, expression):
        raise NotFound(f"every trace of {version or 'the project'} stands in a batch already; import newer ones first")
    request = SampleRequest(strategy="uniform", size=size, filter=expression)
    number = draw_batch(store, project, request, coder=coder, who=coder).batch
    assert number is not None
    return number


def quick_look(store: Store, project: Project, batch: int) -> QuickLook:
    """Return what one batch says: its failures, what it can exclude, and what it cannot know."""
    coded = load_coded(store, project)
    row = next((row for row in coded.batches if row.number == batch), None)
    if row is None:
        raise NotFound(f"there is no batch {batch} in project {project.name!r}; `evaldash batches` lists them")
    all_judged = [item for item in coded.judged if item.batch == batch]
    judged = list({item.session or item.trace: item for item in reversed(all_judged)}.values())[::-1]
    failed = sum(item.verdict is Verdict.FAIL for item in judged)
    names = {mode.id: mode.name for mode in coded.taxonomy.modes}
    lines = [f"# Quick look: batch {batch}", "", _drawn(row), "", *_said(judged, failed), ""]
    lines += [*_modes(judged, names), *_limits(judged)]
    lines += _open(coded, batch, failed=failed, judged=len(judged), same=len(all_judged) - len(judged))
    return QuickLook(batch=batch, read=len(judged), failed=failed, text="\n".join([*lines, ""]))


def _drawn(row: BatchRow) -> str:
    selected = f", those with {_plain(row.filter)}" if row.filter else ""
    drawn = "all of them" if row.size == row.frame_size else f"{row.size}, {row.strategy}"
    return f"Drawn from {count_of(row.frame_size, 'trace')}{selected}: {drawn}."


def _open(coded: CodedProject, batch: int, *, failed: int, judged: int, same: int) -> list[str]:
    """Say what was not judged of it, and what that could change."""
    numbers = coded.drawn
    undecided = [
        trace for trace in (*coded.deferred, *coded.skipped) if trace in numbers and numbers[trace][0] == batch
    ]
    said = []
    if undecided and judged:
        all_ = judged + len(undecided)
        said.append(
            f"- {count_of(len(undecided), 'trace')} of it deferred or passed over: all passing or all failing gives "
            f"{percent(failed / all_)} to {percent((failed + len(undecided)) / all_)}."
        )
    if same:
        said.append(
            f"- {count_of(same, 'further trace')} of a session that another one of it stands for: counted once."
        )
    return said


def _said(judged: list[CodedTrace], failed: int) -> list[str]:
    n = len(judged)
    if not n:
        return ["Nothing of it is judged yet."]
    if any(item.stream != "uniform" for item in judged):
        return [f"{failed} of {n} failed. They were not all drawn at random, so this is no rate."]
    found = wilson(failed, n)
    return [
        f"**{failed} of {n} failed: {percent(failed / n)}, somewhere between {percent_down(found.low)} and "
        f"{percent_up(found.high)}.**"
    ]


def _modes(judged: list[CodedTrace], names: dict[str, str]) -> list[str]:
    held = Counter(mode for item in judged for mode in item.modes)
    loose = sum(len(item.uncategorised) for item in judged)
    lines = [f"- {_plain(names[mode])}: {count} of {len(judged)}" for mode, count in held.most_common()]
    return [*lines, *([f"- notes without a failure mode: {loose}"] if loose else []), *([""] if lines or loose else [])]


def _limits(judged: list[CodedTrace]) -> list[str]:
    n = len(judged)
    if not n:
        return []
    missed, least = upper_bound(0, n, level=0.95), detectable(n, 0.2)
    change = f" Only a change of some {least * 100:.0f} points or more would show." if least is not None else ""
    return [
        "What it cannot know:",
        "",
        f"- A failure that comes in fewer than {percent_up(missed)} of traces may well not be among these {n}.",
        f"- Against another quick look of the same size, nothing small can be told apart.{change}",
        f"- One reader, {count_of(n, 'trace')}: enough to stop a bad release, not enough to call one good.",
    ]


def _plain(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#|!$:&~" else c for c in " ".join(text.split()))
