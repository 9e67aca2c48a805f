"""Suggestions: what was proposed, from what, at what cost; nothing of it is a label until a person accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import ChangeKind, Quote, SuggestedChange, SuggestedMode, Suggestion
from evaldash.errors import Ambiguous, NotFound
from evaldash.storage.schema import suggestions
from evaldash.storage.text import storable_json

MAX_CHOICES = 5  # suggestions that are named where a beginning fits several


def add(
    connection: Connection,
    project: Project,
    suggestion: Suggestion,
    *,
    taxonomy_version: int,
    input: Mapping[str, Any],
    seconds: float,
    by: str | None,
) -> None:
    """Keep a suggestion with what it was made from."""
    connection.execute(
        suggestions.insert().values(
            project=project.key,
            id=suggestion.id,
            method=suggestion.method,
            taxonomy_version=taxonomy_version,
            input=storable_json(dict(input)),
            output=storable_json(asdict(suggestion)),
            cost_usd=suggestion.cost_usd,
            seconds=seconds,
            at=datetime.now(UTC),
            by=by,
        )
    )


def find(connection: Connection, project: Project, id: str) -> tuple[int, Suggestion]:
    """Return key and suggestion of an id or a unique beginning of it; NotFound, or Ambiguous with the choices."""
    query = select(suggestions).where(
        suggestions.c.project == project.key, suggestions.c.id.startswith(id, autoescape=True)
    )
    rows = connection.execute(query.order_by(suggestions.c.key.desc()).limit(MAX_CHOICES + 1)).all()
    if not rows or not id:
        raise NotFound(
            f"there is no suggestion {id!r} in project {project.name!r}; `evaldash taxonomy suggest` makes one"
        )
    if len(rows) > 1:
        choices = ", ".join(row.id[:12] for row in rows[:MAX_CHOICES])
        raise Ambiguous(
            f"{id!r} begins several suggestions of project {project.name!r}: {choices}; give more of the id"
        )
    return rows[0].key, _suggestion(rows[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRun:
    """A suggestion with what it was made from: codes, model or seed, prompts; and what it took."""

    suggestion: Suggestion
    taxonomy_version: int
    input: Mapping[str, Any]
    seconds: float
    at: datetime
    by: str | None


def listing(connection: Connection, project: Project) -> list[SuggestionRun]:
    """Return all suggestions ever made, the newest first."""
    query = select(suggestions).where(suggestions.c.project == project.key).order_by(suggestions.c.key.desc())
    return [
        SuggestionRun(
            suggestion=_suggestion(row),
            taxonomy_version=row.taxonomy_version,
            input=row.input,
            seconds=row.seconds,
            at=row.at,
            by=row.by,
        )
        for row in connection.execute(query)
    ]


def newest(connection: Connection, project: Project) -> Suggestion | None:
    """Return the last suggestion, None where there was none."""
    query = select(suggestions).where(suggestions.c.project == project.key).order_by(suggestions.c.key.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _suggestion(row)


def _suggestion(row: Row[Any]) -> Suggestion:
    output = dict(row.output)
    return Suggestion(
        id=output["id"],
        method=output["method"],
        modes=tuple(_mode(mode) for mode in output["modes"]),
        left_over=tuple(output["left_over"]),
        cost_usd=output["cost_usd"],
        left_over_reason=output.get("left_over_reason", ""),
        reasons=output.get("reasons", {}),
        changes=tuple(_change(change) for change in output.get("changes", ())),
        unusable=tuple(output.get("unusable", ())),
        passes=output.get("passes", 0),
    )


def _change(kept: dict[str, Any]) -> SuggestedChange:
    tuples = {"codes": tuple(kept["codes"]), "before": tuple(kept.get("before", ()))}
    return SuggestedChange(**(kept | tuples | {"kind": ChangeKind(kept["kind"])}))


def _mode(kept: dict[str, Any]) -> SuggestedMode:
    tuples = {"codes": tuple(kept["codes"]), "evidence": tuple(kept["evidence"])}
    return SuggestedMode(**(kept | tuples | {"quotes": tuple(Quote(**quote) for quote in kept.get("quotes", ()))}))
