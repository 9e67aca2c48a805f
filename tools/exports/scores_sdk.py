"""Holds what `evaldash export --as …` writes against the vendors' own models; a field they do not know is refused.

Usage: python scores_sdk.py FOLDER    (of one .jsonl for each vendor)
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import braintrust
from langfuse.api import CreateScoreRequest
from langsmith.schemas import FeedbackCreate
from mlflow.entities.assessment import Assessment
from phoenix.client.__generated__ import v1


def langfuse(line: dict[str, Any]) -> None:
    """The body of a new score; the SDK writes names as the API has them, and calls them otherwise in Python."""
    names = {getattr(mark, "alias", name): name for name, field in CreateScoreRequest.model_fields.items()
             for mark in field.metadata or [None]}  # fmt: skip
    only(line, set(names))
    CreateScoreRequest.model_validate({names[name]: value for name, value in line.items()})


def phoenix(line: dict[str, Any]) -> None:
    """An annotation of a trace, as the generated client types it."""
    for value, kind in ((line, v1.TraceAnnotationData), (line["result"], v1.AnnotationResult)):
        only(value, set(kind.__annotations__))
        if missing := {"name", "annotator_kind", "trace_id"} - set(line):
            raise ValueError(f"missing: {missing}")


def langsmith(line: dict[str, Any]) -> None:
    """The body of new feedback."""
    only(line, set(getattr(FeedbackCreate, "model_fields", None) or FeedbackCreate.__fields__))
    FeedbackCreate(**line)


def braintrust_(line: dict[str, Any]) -> None:
    """What `log_feedback` takes."""
    inspect.signature(braintrust.Logger.log_feedback).bind(None, **line)


def mlflow(line: dict[str, Any]) -> None:
    """An assessment, read and written again."""
    again = Assessment.from_dictionary(line).to_dictionary()
    only(line, set(again))
    different = {name for name in line if again[name] != line[name]}
    if different:
        raise ValueError(f"comes back otherwise: {different}")


def only(line: dict[str, Any], known: set[str]) -> None:
    """Refuse what a model would drop silently."""
    if unknown := set(line) - known:
        raise ValueError(f"not known: {sorted(unknown)}")


def main(folder: Path) -> None:
    """Check every line."""
    for check in (langfuse, phoenix, langsmith, braintrust_, mlflow):
        name = check.__name__.rstrip("_")
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for line in lines:
            check(json.loads(line))
        print(f"{name}: {len(lines)} lines are as its SDK has them")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
