"""Annotations as tracing tools take them back: scores or feedback on their own traces, one payload for each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaldash.domain.coding import Verdict

NAME = "evaldash_verdict"  # of the score in the tool
OURS = uuid.UUID("3f0c8a52-61d9-4f0e-9a55-6f2f4c1e7b11")  # under which ids of annotations become UUIDs
PASSED = {Verdict.PASS: 1.0, Verdict.FAIL: 0.0}  # a deferred trace has no score


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A trace that a coder judged pass or fail, under the id of its source, with notes and names of failure modes."""

    id: str
    trace: str
    coder: str
    verdict: Verdict
    comment: str | None
    notes: tuple[str, ...]
    modes: tuple[str, ...]
    at: datetime

    @property
    def score(self) -> float:
        """1 for a pass, 0 for a fail."""
        return PASSED[self.verdict]

    @property
    def words(self) -> str | None:
        """The notes and the comment, a line each; None where nothing was written."""
        return "\n".join([*self.notes, *([self.comment] if self.comment else [])]) or None

    @property
    def about(self) -> dict[str, Any]:
        """Who judged, and the failure modes."""
        return {"coder": self.coder, "modes": list(self.modes)}


def langfuse(item: Judged) -> dict[str, Any]:
    """Return the body of `POST /api/public/scores`."""
    return _told(
        {
            "id": item.id,
            "traceId": item.trace,
            "name": NAME,
            "value": item.score,
            "dataType": "BOOLEAN",
            "comment": item.words,
            "metadata": item.about,
        }
    )


def phoenix(item: Judged) -> dict[str, Any]:
    """Return an entry of `data` of `POST /v1/trace_annotations`; an identifier for each coder keeps them apart."""
    return {
        "trace_id": item.trace,
        "name": NAME,
        "annotator_kind": "HUMAN",
        "result": _told({"label": item.verdict.value, "score": item.score, "explanation": item.words}),
        "metadata": item.about,
        "identifier": item.coder,
    }


def langsmith(item: Judged) -> dict[str, Any]:
    """Return the body of `POST /feedback`: the run that is a trace's root has the trace's id."""
    return _told(
        {
            "id": str(uuid.uuid5(OURS, item.id)),
            "run_id": item.trace,
            "trace_id": item.trace,
            "key": NAME,
            "score": item.score,
            "value": item.verdict.value,
            "comment": item.words,
            "created_at": item.at.isoformat(),
            "feedback_source": {"type": "api", "metadata": item.about},
        }
    )


def braintrust(item: Judged) -> dict[str, Any]:
    """Return an entry of `feedback` of `POST /v1/project_logs/ID/feedback`."""
    return _told(
        {
            "id": item.trace,
            "scores": {NAME: item.score},
            "comment": item.words,
            "metadata": item.about,
            "source": "external",
        }
    )


def mlflow(item: Judged) -> dict[str, Any]:
    """Return an assessment as MLflow 3 writes it."""
    return _told(
        {
            "assessment_name": NAME,
            "trace_id": item.trace,
            "source": {"source_type": "HUMAN", "source_id": item.coder},
            "create_time": item.at.isoformat().replace("+00:00", "Z"),
            "last_update_time": item.at.isoformat().replace("+00:00", "Z"),
            "feedback": {"value": item.verdict is Verdict.PASS},
            "rationale": item.words,
            "metadata": {"modes": ", ".join(item.modes)},
        }
    )


def _told(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload without what was not said: some of the tools take no null."""
    return {name: value for name, value in payload.items() if value is not None}


FORMS: Mapping[str, Callable[[Judged], dict[str, Any]]] = {
    form.__name__: form for form in (langfuse, phoenix, langsmith, braintrust, mlflow)
}
