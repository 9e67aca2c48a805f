"""Scores of Inspect as feedback and metrics: grades, numbers, one value or several under one scorer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.fields import as_number, as_text
from evaldash.importers.otlp_values import listed, plain_time

GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # correct, incorrect, partly, no answer: Inspect's own values
SCORER = "scorer"  # author of a score that no person changed


def feedback_of_scores(scores: Json) -> Iterator[Feedback]:
    """Yield each score under the name of its scorer; one that is an object gives a score for each of its keys."""
    for scorer, told in scores.items() if isinstance(scores, dict) else ():
        score = told if isinstance(told, dict) else {"value": told}
        comment = as_text(score.get("explanation")) or as_text(score.get("reason"))
        author, at = _who(score)
        for name, value in _values(scorer, score.get("value")):
            if value is not None or comment:
                yield Feedback(name=name, value=value, comment=comment, author=author, at=at)


def metrics_of_scores(feedback: Sequence[Feedback]) -> dict[str, float]:
    """Return the scores that are numbers or grades."""
    found = {item.name: _number(item.value) for item in feedback}
    return {name: value for name, value in found.items() if value is not None}


def _values(scorer: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        yield from ((f"{scorer}.{key}", _finite(inner)) for key, inner in value.items())
    else:
        yield scorer, _finite(value)


def _finite(value: Json) -> Json:
    """Return a value, nothing for NaN: so Inspect marks what could not be scored."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: Json) -> float | None:
    if isinstance(value, bool):
        return float(value)
    return GRADES.get(value) if isinstance(value, str) else as_number(value)


def _who(score: Mapping[str, Json]) -> tuple[str, datetime | None]:
    """Return who gave a score as it stands now: the last person who edited it, else the scorer."""
    edits = [edit["provenance"] for edit in listed(score.get("history")) if isinstance(edit.get("provenance"), dict)]
    last = edits[-1] if edits else None
    if not isinstance(last, dict):
        return SCORER, None
    return as_text(last.get("author")) or SCORER, plain_time(last.get("timestamp"))
