"""What people, judges and code said about a trace of MLflow: feedback, and what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.fields import as_dict, as_text
from evaldash.importers.otlp_values import decoded, plain_time


def feedback_of_assessments(assessments: Sequence[Mapping[str, Json]]) -> tuple[Feedback, ...]:
    """Return each assessment: feedback, what was expected, an issue; one that was overridden says so in its name."""
    return tuple(_feedback(item) for item in assessments if _name(item))


def _feedback(told: Mapping[str, Json]) -> Feedback:
    source = as_dict(told.get("source"))
    expected = as_dict(told.get("expectation"))
    feedback = as_dict(told.get("feedback"))
    name = str(_name(told))
    if expected:
        name = f"expected {name}"
    if told.get("valid") is False:
        name = f"{name} (overridden)"
    error = as_dict(feedback.get("error"))
    return Feedback(
        name=name,
        value=_value(expected or feedback) if expected or feedback else told.get("value") or _issue(told),
        comment=as_text(told.get("rationale")) or as_text(error.get("error_message")),
        author=as_text(source.get("source_id")) or as_text(source.get("source_type")),
        at=plain_time(told.get("last_update_time") or told.get("create_time")),
    )


def _issue(told: Mapping[str, Json]) -> str | None:
    """Return the name of the issue that a trace was found to show; its id is the name of the assessment."""
    return as_text(as_dict(told.get("issue")).get("issue_name"))


def _name(told: Mapping[str, Json]) -> str | None:
    return as_text(told.get("assessment_name")) or as_text(told.get("name"))


def _value(told: Mapping[str, Json]) -> Json:
    """Return a value; a list or an object that was expected comes serialised."""
    whole = as_dict(told.get("serialized_value"))
    return decoded(whole.get("value")) if whole else told.get("value")
