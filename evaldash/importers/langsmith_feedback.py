"""What people and evaluators said about runs of LangSmith: rows of feedback, and the sums of them on a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.fields import as_number, as_text, as_time, first_of
from evaldash.importers.langsmith_runs import Run, as_object, is_feedback_row
from evaldash.importers.otlp_values import listed

LIST_KEYS = ("feedback", "feedbacks", "feedback_list")


def feedback_of_pieces(pieces: Sequence[Mapping[str, Json]], runs: Sequence[Run]) -> tuple[Feedback, ...]:
    """Return all feedback, each item once; a sum that rows of the same name spell out is left out."""
    rows = [row for piece in pieces if is_feedback_row(piece) for row in (piece,)]
    rows += [row for run in runs for key in LIST_KEYS for row in listed(run.told.get(key))]
    told = [item for row in rows for item in _of_row(row)]
    named = {item.name for item in told}
    for run in runs:
        sums = run.json("feedback_stats")
        told += [item for name in sums if name not in named for item in _of_sum(name, as_object(sums[name]))]
    kept: list[Feedback] = []
    for item in sorted(told, key=lambda item: (item.name, str(item.value), str(item.comment))):
        if item not in kept:
            kept.append(item)
    return tuple(kept)


def _of_row(row: Mapping[str, Json]) -> Iterator[Feedback]:
    """Yield the score of a row, and its label or correction where it has one as well."""
    name = as_text(row.get("key"))
    if name is None:
        return
    source = as_object(row.get("feedback_source"))
    author = as_text(first_of(source, ("user_name", "user_id", "type")))
    at = as_time(first_of(row, ("modified_at", "created_at")))
    score, value, comment = as_number(row.get("score")), row.get("value"), as_text(row.get("comment"))
    if isinstance(row.get("score"), bool):
        score = float(bool(row["score"]))
    if score is not None:
        yield Feedback(name=name, value=score, comment=comment, author=author, at=at)
        comment = None
    if value not in (None, "", {}) or comment:
        label = name if score is None else f"{name}.label"
        yield Feedback(name=label, value=value, comment=comment, author=author, at=at)
    if row.get("correction"):
        yield Feedback(name=f"{name}.correction", value=row["correction"], author=author, at=at)


def _of_sum(name: str, told: Mapping[str, Json]) -> Iterator[Feedback]:
    """Yield the mean of a name, how often each label was given, and the comments."""
    mean, labels = as_number(told.get("avg")), as_object(told.get("values"))
    if mean is not None:
        yield Feedback(name=name, value=mean)
    if labels:
        yield Feedback(name=name if mean is None else f"{name}.label", value=", ".join(map(str, labels)))
    comments = told.get("comments")
    for comment in comments if isinstance(comments, list) else ():
        if text := as_text(comment):
            yield Feedback(name=name if mean is None else f"{name}.comment", comment=text)
