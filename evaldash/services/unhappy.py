"""Whose users were unhappy, by the feedback that came in."""

from __future__ import annotations

from evaldash.domain.sentiment import is_unhappy
from evaldash.domain.stored import Project
from evaldash.storage import feedback
from evaldash.storage.store import Connection

SHOWN = 80  # characters of what a user said, in the reason of a draw


def unhappy_users(connection: Connection, project: Project) -> dict[str, str]:
    """Return for each trace whose user was unhappy what said so, in a few words: 'thumbs: down', 'stars: 1 “too late”'.

    Whether a number is low is seen against the largest that was given by the same name.
    """
    rows = list(feedback.said(connection, project))
    largest: dict[str, float] = {}
    for row in rows:
        if isinstance(row.value, int | float) and not isinstance(row.value, bool):
            largest[row.name] = max(largest.get(row.name, 0.0), float(row.value))
    found: dict[str, str] = {}
    for row in rows:
        if is_unhappy(row.name, row.value, largest=largest.get(row.name)):
            comment = f" “{' '.join(row.comment.split())[:SHOWN]}”" if row.comment else ""
            found.setdefault(row.trace, f"{row.name}: {_word(row.value)}{comment}")
    return found


def _word(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "said" if value is None else str(value)[:SHOWN]
