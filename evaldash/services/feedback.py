"""Feedback from a file of its own: ratings, comments and tickets, joined to traces by id or session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project
from evaldash.domain.trace import Feedback, ImportIssue, Json
from evaldash.errors import Cancelled, UnreadableSource
from evaldash.importers import Record, SourceFile
from evaldash.importers.feedback_rows import FeedbackColumns, columns_of, guess_columns, said_in
from evaldash.importers.fields import as_text, scores_of
from evaldash.importers.records import Counter as BytesRead
from evaldash.importers.records import read_records
from evaldash.storage import matching, measures, projects, traces
from evaldash.storage.store import Connection, Store

BATCH = 500  # rows in one transaction
LOOKED_AT = 200  # first rows that decide what the columns mean
CHOICES = 3  # traces that are named where a row fits several

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all, words
ShouldStop = Callable[[], bool]
Row = tuple[str, Mapping[str, Json]]  # where it stands, its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRequest:
    """How to read a feedback file. `on`: the column that names the trace or its session, or just `id` or `session`.

    `roles` says what columns mean (see importers.feedback_rows.ROLES); None: guessed from their names.
    """

    on: str
    roles: Mapping[str, str] | None = None
    dry_run: bool = False
    at_most: int | None = None  # rows, for a first look
    who: str | None = None


@dataclass(slots=True)
class FeedbackReport:
    """What became of a file of feedback."""

    source: str
    columns: FeedbackColumns
    joined: int = 0  # rows that found their trace, also those that stood there already
    traces: set[int] = field(default_factory=set)  # keys of the traces they found
    updated: set[int] = field(default_factory=set)  # keys of those that gained something
    unmatched: list[ImportIssue] = field(default_factory=list)  # name no trace, or several
    rejections: list[ImportIssue] = field(default_factory=list)  # cannot be read, or say nothing
    not_understood: Counter[str] = field(default_factory=Counter)  # column without a meaning -> rows that fill it

    def as_json(self) -> dict[str, Any]:
        """Return the report as the interface documents it."""
        return {
            "joined": self.joined,
            "unmatched": [_issue(issue) for issue in self.unmatched],
            "rejections": [_issue(issue) for issue in self.rejections],
            "traces": len(self.traces),
            "traces_updated": len(self.updated),
            "columns": {
                column: role for column in sorted(self.columns.known) if (role := self.columns.role(column)) is not None
            },
            "not_understood": [{"field": name, "rows": rows} for name, rows in self.not_understood.most_common()],
        }


@dataclass(frozen=True, slots=True)
class JoinChoice:
    """A column that could name the traces, with how many of the first rows it joins."""

    column: str
    matched: int
    rows: int


def join_feedback(
    store: Store,
    project: Project,
    source: SourceFile,
    request: FeedbackRequest,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> FeedbackReport:
    """Add what the rows of a file say to the traces they name; the same file again adds nothing.

    A number is also a metric of its trace, unless the trace has one of that name. A row that names no trace, or
    several, is listed as unmatched. Raises UnreadableSource for a file without rows, InvalidInput for columns that
    are not there, Cancelled when stopped (what was joined before stays).
    """
    count = BytesRead()
    first, records = _rows(source, count)
    columns = guess_columns([row for _, row in first], on=request.on, given=request.roles)
    report = FeedbackReport(source.name, columns)
    rows = islice(_only_rows(chain(first, records), source, report), request.at_most)
    while portion := list(islice(rows, BATCH)):
        if should_stop is not None and should_stop():
            raise Cancelled(f"stopped; {report.joined} rows are joined, join the file again to bring the rest")
        _join(store, project, request, portion, report)
        if progress:
            progress(count.bytes, source.size, source.name)
    if not request.dry_run:
        _record(store, project, request, report)
    return report


def join_choices(store: Store, project: Project, source: SourceFile) -> list[JoinChoice]:
    """Return the columns whose values name traces or sessions of the project, the best one first.

    Columns that join nothing come last, so that a person may still choose one.
    """
    first, _ = _rows(source, BytesRead())
    rows = [row for _, row in first]
    with store.read() as connection:
        found = [
            JoinChoice(column, _matched(connection, project, column, rows), len(rows)) for column in columns_of(rows)
        ]
    return sorted(found, key=lambda choice: -choice.matched)


def first_feedback_rows(source: SourceFile) -> list[Mapping[str, Json]]:
    """Return the first rows of a feedback file; UnreadableSource where there is none."""
    return [row for _, row in _rows(source, BytesRead())[0]]


def _rows(source: SourceFile, count: BytesRead) -> tuple[list[Row], Iterator[Record | ImportIssue]]:
    """Return the first rows, and what comes from there on with what could not be read among them."""
    records = read_records(source, count)
    first: list[Row] = []
    early: list[ImportIssue] = []
    for item in records:
        if isinstance(item, ImportIssue):
            early.append(item)
        elif isinstance(item.value, dict):
            first.append((item.label, item.value))
        else:
            early.append(_no_row(source, item.label))
        if len(first) == LOOKED_AT:
            break
    if not first:
        raise UnreadableSource(
            f"{early[0].record}: {early[0].reason}" if early else f"{source.name} holds no row; export it again"
        )
    return first, chain(early, records)


def _only_rows(
    items: Iterator[Row | Record | ImportIssue], source: SourceFile, report: FeedbackReport
) -> Iterator[Row]:
    for item in items:
        if isinstance(item, ImportIssue):
            report.rejections.append(item)
        elif isinstance(item, tuple):
            yield item
        elif isinstance(item.value, dict):
            yield item.label, item.value
        else:
            report.rejections.append(_no_row(source, item.label))


def _no_row(source: SourceFile, label: str) -> ImportIssue:
    return ImportIssue(source=source.name, record=label, reason="not a row with named columns")


def _join(
    store: Store, project: Project, request: FeedbackRequest, rows: Sequence[Row], report: FeedbackReport
) -> None:
    """Join a portion of rows, in one transaction."""
    with store.read() if request.dry_run else store.write() as connection:
        found = _matches(connection, project, report.columns, [row for _, row in rows])
        items = [item for label, row in rows for item in _sorted(label, row, found, report)]
        if items and not request.dry_run:
            gained = traces.add_feedback(connection, items)
            measures.add_metrics(connection, _numbers(items))
            if gained:  # at each portion: what came in stays when this is stopped
                projects.touch(connection, project)
            report.updated |= gained


def _sorted(
    label: str, row: Mapping[str, Json], found: matching.Matches, report: FeedbackReport
) -> list[tuple[int, Feedback]]:
    """Return what a row says of which trace (by key); a row that cannot be joined goes into the report instead."""
    columns = report.columns
    report.not_understood.update(
        column for column, value in row.items() if column not in columns.known and value not in (None, "")
    )
    name = as_text(row.get(columns.join))
    matches = found.get(name or "", {})
    reason = _why_not(name, matches, columns)
    if reason is not None:
        report.unmatched.append(ImportIssue(source=report.source, record=label, reason=reason))
        return []
    said = said_in(row, columns)
    if not said:
        filled = ", ".join((*columns.values, *columns.comments))
        reason = f"nothing stands in {filled}; a row needs a rating or a comment"
        report.rejections.append(ImportIssue(source=report.source, record=label, reason=reason))
        return []
    key = next(iter(matches))
    report.joined += 1
    report.traces.add(key)
    return [(key, item) for item in said]


def _numbers(items: Sequence[tuple[int, Feedback]]) -> dict[int, dict[str, float]]:
    """Return the numbers among feedback by trace and name."""
    numbers: dict[int, dict[str, float]] = {}
    for key, item in items:
        numbers.setdefault(key, {}).update(scores_of([item]))
    return {key: found for key, found in numbers.items() if found}


def _matched(connection: Connection, project: Project, column: str, rows: Sequence[Mapping[str, Json]]) -> int:
    found = _matches(connection, project, FeedbackColumns(join=column), rows)
    return sum(len(found.get(as_text(row.get(column)) or "", ())) == 1 for row in rows)


def _matches(
    connection: Connection, project: Project, columns: FeedbackColumns, rows: Sequence[Mapping[str, Json]]
) -> matching.Matches:
    """Return the traces that the join column names; a name that is no session may be a trace, and the other way."""
    names = list(dict.fromkeys(name for row in rows if (name := as_text(row.get(columns.join)))))
    ways = [matching.by_trace, matching.by_session]
    found: matching.Matches = {}
    for way in reversed(ways) if columns.of_session else ways:
        found |= way(connection, project, [name for name in names if name not in found])
    return found


def _why_not(name: str | None, found: Mapping[int, str], columns: FeedbackColumns) -> str | None:
    """Return why a row cannot be joined, None where it can."""
    if name is None:
        return f"the column {columns.join} is empty"
    what = "session" if columns.of_session else "trace"
    if not found:
        return f"no {what} of this project is called {name!r}; import its trace first, or join on another column"
    if len(found) > 1:
        choices = ", ".join(sorted(trace[:12] for trace in found.values())[:CHOICES])
        return f"{what} {name!r} fits {len(found)} traces or more ({choices} …); join on a column with trace ids"
    return None


def _record(store: Store, project: Project, request: FeedbackRequest, report: FeedbackReport) -> None:
    if not report.updated:
        return
    with store.write() as connection:
        what = f"joined feedback from {report.source} to {count_of(len(report.updated), 'trace')}"
        projects.record(connection, project, who=request.who, what=what)


def _issue(issue: ImportIssue) -> dict[str, str]:
    return {"source": issue.source, "record": issue.record, "reason": issue.reason}
