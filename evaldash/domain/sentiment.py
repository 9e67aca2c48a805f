"""Whether feedback says that a user was unhappy: thumbs down, few stars, a complaint."""

from __future__ import annotations

import re

from evaldash.domain.trace import Json

# Labels as sources and forms write them, lower case, without signs around them.
UNHAPPY = frozenset(
    {
        "down", "thumbs down", "thumbs_down", "thumbsdown", "thumb down", "negative", "bad", "dislike",
        "disliked", "no", "false", "unhelpful", "not helpful", "unhappy", "poor", "terrible", "angry", "unsatisfied",
        "dissatisfied",
        "very dissatisfied", "incorrect", "wrong", "👎", "☹", "😠", "😡", "-1",
    }
)  # fmt: skip
OF_USERS = re.compile(r"thumb|like|helpful|user|feedback|rating|rated|star|satisf|csat|nps|vote|react", re.IGNORECASE)
COMPLAINT = re.compile(r"complaint|ticket|escalat|refund.?request", re.IGNORECASE)
LOW = 0.4  # share of the largest rating given in a project: 1 and 2 of 5 stars are low


def is_unhappy(name: str, value: Json, *, largest: float | None = None) -> bool:
    """Tell whether feedback called `name` speaks of an unhappy user; `largest` is the best rating given by that name.

    A number says so only under a name that users give numbers by: the score of an evaluator is no user.
    """
    if COMPLAINT.search(name):
        return True
    if isinstance(value, bool):
        return not value and bool(OF_USERS.search(name))
    if isinstance(value, str):
        return value.strip().lower() in UNHAPPY
    if isinstance(value, int | float) and OF_USERS.search(name):
        return value < 0 or value <= LOW * max(largest or 0, 0)
    return False
