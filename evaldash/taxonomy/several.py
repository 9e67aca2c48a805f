"""Notes that tell of more than one failure: a note belongs to one mode, so a person has to take them apart.

Careful on purpose: only what is plainly a list counts (numbers, bullets, "also", "second"), and only parts that each
say what went wrong. A sentence that explains the one before is no second failure.
"""

from __future__ import annotations

import re

from evaldash.taxonomy.words import FAILURE_WORDS

MAX_CHARS = 4_000  # read of a note
FEWEST_WORDS = 2  # of a part that says something

_BORDER = re.compile(
    r"(?:^|\n)\s*(?:\d{1,2}[.)]|[-*•])\s"  # 1. … 2. …, or bullets
    r"|(?:^|\s)\(?\d{1,2}\)\s"  # 1) … 2) … on one line
    r"|[.;,\n]\s*(?:and\s+)?(?:also|additionally|besides|moreover|furthermore|second(?:ly)?|third(?:ly)?)\b[,:]?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


def failures_told(note: str) -> list[str]:
    """Return the parts of a note that each tell of a failure; a note that is no list is one part."""
    parts = [part.strip() for part in _BORDER.split(note[:MAX_CHARS]) if part.strip()]
    telling = [part for part in parts if _tells(part)]
    return telling if len(telling) > 1 else [note]


def _tells(part: str) -> bool:
    words = [word.lower().replace("’", "'") for word in _WORD.findall(part)]
    return len(words) >= FEWEST_WORDS and not FAILURE_WORDS.isdisjoint(words)
