"""Feedback that lives in a file of its own: ratings, comments and tickets, one or several to a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaldash.domain.trace import Feedback, Json
from evaldash.errors import InvalidInput
from evaldash.importers.fields import (
    ID_KEYS,
    SESSION_KEYS,
    TIME_KEYS,
    as_number,
    as_text,
    as_time,
    feedback_of,
    parsed_if_json,
)

ROLES = ("join", "name", "value", "comment", "author", "at", "ignore")
SINGLE = ("join", "name", "author", "at")  # roles that one column at most may have
NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "key", "metric", "metric_name", "score_name", "feedback_name", "feedback_key", "feedback_type"),
    "value": ("value", "score", "rating", "stars", "thumbs", "thumb", "vote", "reaction", "sentiment", "label", "csat",
              "nps", "grade", "feedback", "helpful", "resolved", "satisfaction", "satisfied", "user_feedback",
              "user_rating"),
    "comment": ("subject", "title", "comment", "comments", "text", "note", "notes", "body", "message", "description",
                "reason", "explanation", "remark", "remarks", "feedback_text"),
    "author": ("author", "user", "user_id", "user_name", "email", "user_email", "by", "rater", "reviewer", "annotator",
               "customer"),
    "at": ("at", "submitted_at", "rated_at", "opened_at", "sent_at", "datetime", *TIME_KEYS),
}  # fmt: skip
TRACE_NAMES = ("trace", *ID_KEYS)
SESSION_NAMES = ("session", *SESSION_KEYS, "chat_id", "conversation")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackColumns:
    """Which column of a feedback file means what; `join` names the trace or its session.

    Without a `name` column each value stands under the name of its own column.
    """

    join: str
    name: str | None = None
    values: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    author: str | None = None
    at: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def of_session(self) -> bool:
        """Tell whether the join column names a session rather than a trace, by its name."""
        return _plain(self.join) in {_plain(name) for name in SESSION_NAMES}

    @property
    def known(self) -> frozenset[str]:
        """The columns that have a meaning, or none on purpose."""
        single = [column for column in (self.join, self.name, self.author, self.at) if column is not None]
        return frozenset((*single, *self.values, *self.comments, *self.ignored))

    def role(self, column: str) -> str | None:
        """Return the role of a column, None where it has none."""
        groups = {
            "join": (self.join,), "name": (self.name,), "value": self.values, "comment": self.comments,
            "author": (self.author,), "at": (self.at,), "ignore": self.ignored,
        }  # fmt: skip
        return next((role for role, columns in groups.items() if column in columns), None)

    @classmethod
    def of(cls, roles: Mapping[str, str]) -> FeedbackColumns:
        """Return the columns after checking their roles; InvalidInput names the column and the rule."""
        held: dict[str, list[str]] = {role: [] for role in ROLES}
        for column, role in roles.items():
            if role not in held:
                raise InvalidInput(f"column {column!r}: the role must be one of {', '.join(ROLES)}, got {role!r}")
            held[role].append(column)
        for role in SINGLE:
            if len(held[role]) > 1:
                raise InvalidInput(f"the role {role} is for one column, got {', '.join(held[role])}")
        if not held["join"]:
            raise InvalidInput("a feedback file needs the column that names the trace or its session (role join)")
        if not held["value"] and not held["comment"]:
            raise InvalidInput("a feedback file needs a column with the role value or comment, got none")
        return cls(
            join=held["join"][0],
            name=next(iter(held["name"]), None),
            values=tuple(held["value"]),
            comments=tuple(held["comment"]),
            author=next(iter(held["author"]), None),
            at=next(iter(held["at"]), None),
            ignored=tuple(held["ignore"]),
        )


def columns_of(rows: Iterable[Mapping[str, Json]]) -> list[str]:
    """Return the columns of some rows, in the order they appear."""
    return list(dict.fromkeys(column for row in rows for column in row))


def guess_columns(
    rows: Sequence[Mapping[str, Json]], *, on: str, given: Mapping[str, str] | None = None
) -> FeedbackColumns:
    """Return what the columns of the first rows mean: as given, else by their names.

    `on` is a column, or `id` or `session` for the column with a usual name of one. Where no column looks like a
    rating or a comment, all that is left is taken as values. InvalidInput says which column is missing.
    """
    columns = columns_of(rows)
    join = join_column(columns, on)
    if given is None:
        return FeedbackColumns.of(guess_roles(columns, join=join))
    _check(columns, given)
    others = {column: role for column, role in given.items() if role != "join"}
    return FeedbackColumns.of({**others, join: "join"})


def guess_roles(columns: Sequence[str], *, join: str) -> dict[str, str]:
    """Return what columns mean by their names, without those that say nothing."""
    others = [column for column in columns if column != join]
    roles = _guessed(others)
    if not {"value", "comment"} & set(roles.values()):
        roles |= {column: "value" for column in others if column not in roles}
    return {**roles, join: "join"}


def join_column(columns: Sequence[str], on: str) -> str:
    """Return the column that `on` means; InvalidInput lists the columns there are."""
    wanted = {"id": TRACE_NAMES, "trace": TRACE_NAMES, "session": SESSION_NAMES}.get(_plain(on), ())
    for name in (on, *wanted):
        for column in columns:
            if column == name or _plain(column) == _plain(name):
                return column
    raise InvalidInput(f"--on: the file has no column {on!r}; it has {', '.join(columns[:20])}")


def said_in(row: Mapping[str, Json], columns: FeedbackColumns) -> tuple[Feedback, ...]:
    """Return what a row says: an item for each value, the comment with the first, or alone where there is no value."""
    comment = "\n".join(text for column in columns.comments if (text := as_text(row.get(column)))) or None
    author = as_text(row.get(columns.author)) if columns.author else None
    at = as_time(row.get(columns.at)) if columns.at else None
    name = as_text(row.get(columns.name)) if columns.name else None
    found: list[Feedback] = []
    for column in columns.values:
        for item in feedback_of({column: _value(row.get(column))}, (column,)):
            found.append(
                Feedback(
                    name=name if name and item.name == column else item.name,
                    value=item.value,
                    comment=item.comment or (comment if not found else None),
                    author=item.author or author,
                    at=item.at or at,
                )
            )
    if not found and comment:
        found.append(Feedback(name=name or columns.comments[-1], comment=comment, author=author, at=at))
    return tuple(found)


def _value(cell: Json) -> Json:
    """Return a cell as what it means: a number where it is one, JSON where it holds some, else its text."""
    if not isinstance(cell, str):
        return cell
    number = as_number(cell) if re.fullmatch(r"\s*[+-]?\d{1,15}(\.\d+)?\s*", cell) else None
    if number is None:
        return parsed_if_json(cell.strip())
    return int(number) if number.is_integer() else number


def _guessed(columns: Sequence[str]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for role, names in NAMES.items():
        for name in names:
            column = next((c for c in columns if _plain(c) == _plain(name) and c not in roles), None)
            if column is not None and (role not in SINGLE or role not in roles.values()):
                roles[column] = role
    return roles


def _check(columns: Sequence[str], given: Mapping[str, str]) -> None:
    for column in given:
        if column not in columns:
            raise InvalidInput(f"the file has no column {column!r}; it has {', '.join(columns[:20])}")


def _plain(column: str) -> str:
    """Return a name without case, spaces and signs: sessionId, session_id and Session ID are one."""
    return re.sub(r"[\W_]+", "", column).lower()
