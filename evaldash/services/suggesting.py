"""Suggestions: failure modes proposed by the local method or a model; none holds before a person accepts it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import SuggestedChange, Suggestion, Taxonomy
from evaldash.errors import Conflict
from evaldash.services.helping import proposed_changes
from evaldash.services.model_runs import notes_of
from evaldash.services.model_use import StoredAnswers, model_client
from evaldash.services.placing import EMBEDDER, note_vectors
from evaldash.services.taxonomy import TaxonomyView, load_view, new_id, save_change, view
from evaldash.services.wording import count_of
from evaldash.storage import projects, suggestions
from evaldash.storage.store import Store
from evaldash.taxonomy import editing
from evaldash.taxonomy.changing import TEXTS, all_applied, contradictions, labelled

SEED = 0
Progress: TypeAlias = Callable[[int, int], None]  # notes done, notes in all
ShouldStop: TypeAlias = Callable[[], bool]


def suggest_locally(store: Store, project: Project, *, who: str | None = None) -> Suggestion:
    """Group the codes without a mode by their vectors into a change list; nothing of it holds before it is accepted."""
    from evaldash.clustering import cluster_codes
    from evaldash.taxonomy.grouping import MOST_NOTES, group_notes
    from evaldash.taxonomy.suggest_local import Vectors, suggest_local

    def group(rows: Vectors, texts: Sequence[str]) -> list[int]:
        if len(texts) <= MOST_NOTES:
            return group_notes(rows, texts)
        return [int(label) for label in cluster_codes(rows, texts, seed=SEED).labels]

    started = time.monotonic()
    now = view(store, project)
    if not now.codes:
        raise Conflict("there are no open codes yet; read some traces first")
    _, matrix = note_vectors(store, project, now)
    suggestion = suggest_local(
        notes_of(now),
        matrix,
        taxonomy=now.taxonomy,
        group=group,
        suggestion_id=uuid.uuid4().hex,
    )
    suggestion = replace(suggestion, changes=proposed_changes(store, project, now))
    return _keep(
        store, project, suggestion, now=now, started=started, made_from={"embedder": EMBEDDER, "seed": SEED}, who=who
    )


def suggest_by_model(
    store: Store,
    project: Project,
    *,
    limit_usd: float,
    who: str | None = None,
    redacted: bool = True,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Suggestion:
    """Ask the configured model for a change list; nothing of it holds before it is accepted.

    Raises Conflict where no model is configured, BudgetExceeded before a request that could pass `limit_usd`,
    Cancelled when `should_stop` says so, ModelError where the model gives no usable answer.
    """
    from evaldash.taxonomy.sending import PROMPTS
    from evaldash.taxonomy.suggest_model import suggest_with_model

    started = time.monotonic()
    client = model_client()
    now = view(store, project)
    suggestion = suggest_with_model(
        notes_of(now),
        now.taxonomy,
        client,
        limit_usd=limit_usd,
        suggestion_id=uuid.uuid4().hex,
        redacted=redacted,
        cache=StoredAnswers(store),
        progress=progress,
        should_stop=should_stop,
    )
    made_from = {
        "model": client.settings.model,
        "host": client.settings.host,
        "prompts": [prompt.id for prompt in PROMPTS],
        "redacted": redacted,
    }
    return _keep(store, project, suggestion, now=now, started=started, made_from=made_from, who=who)


def suggestion_document(suggestion: Suggestion, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return a suggestion as the interface documents it; `taxonomy` names the modes that it changes."""
    return {
        "suggestion": suggestion.id,
        "method": suggestion.method,
        "modes": [
            {
                "name": mode.name,
                "definition": mode.definition,
                "existing": mode.existing,
                "codes": list(mode.codes),
                "evidence": list(mode.evidence),
                "confidence": mode.confidence,
                "applies_when": mode.applies_when,
                "not_when": mode.not_when,
                "quotes": [{"code": quote.code, "text": quote.text} for quote in mode.quotes],
            }
            for mode in suggestion.modes
        ],
        "changes": _change_documents(suggestion, taxonomy),
        "unusable": list(suggestion.unusable),
        "left_over": list(suggestion.left_over),
        "reasons": dict(suggestion.reasons),
        "passes": suggestion.passes,
        "cost": suggestion.cost_usd,
    }


def _change_documents(suggestion: Suggestion, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    names = {id(change): name for name, change in labelled(suggestion.changes, taxonomy).items()}
    return [
        {
            "kind": change.kind.value,
            "label": names[id(change)],
            "mode": change.mode,
            "into": change.into,
            **{name: getattr(change, name) for name in ("name", *TEXTS)},
            "codes": list(change.codes),
            "reason": change.reason,
            "contradicts": [names[id(other)] for other in others],
        }
        for change, others in zip(suggestion.changes, contradictions(suggestion.changes), strict=True)
    ]


def accept(
    store: Store,
    project: Project,
    suggestion_id: str,
    *,
    who: str,
    only: Collection[str] | None = None,
    edited: Mapping[str, tuple[str, str]] | None = None,
) -> TaxonomyView:
    """Take a suggestion over, all of it or the modes and changes named in `only`, as one change.

    A change is named by its label ("merge A into B"). Changes that contradict each other are taken over only by name.
    `edited` maps the name of a suggested mode to the (name, definition) a person gave it instead.
    """
    with store.write() as connection:
        key, suggestion = suggestions.find(connection, project, suggestion_id)
        offered = _edited(suggestion, edited or {})
        now = load_view(connection, project)
        known = {code.id for code in now.codes}
        labels = labelled(suggestion.changes, now.taxonomy)
        wanted = None if only is None else [(edited or {}).get(name, (name, ""))[0] for name in only]
        modes = None if wanted is None else [name for name in wanted if name not in labels]
        chosen = _undisputed(suggestion) if wanted is None else [labels[name] for name in labels if name in wanted]
        after = now.taxonomy
        if modes or (modes is None and any(set(mode.codes) - set(after.assignments) for mode in offered.modes)):
            after = editing.accept(after, offered, new_id=new_id, known_codes=known, only=modes)
        after = all_applied(after, chosen, new_id=new_id, known_codes=known)
        left = 0 if wanted is not None else len(suggestion.changes) - len(chosen)
        if after is now.taxonomy:
            raise Conflict(_nothing_left(suggestion, disputed=left))
        said = ", ".join(wanted) if wanted else _counted(suggestion, len(chosen), disputed=left)
        save_change(connection, project, after, action="accept", summary=f"accepted {said}", by=who, suggestion=key)
        return load_view(connection, project)


def _undisputed(suggestion: Suggestion) -> list[SuggestedChange]:
    pairs = zip(suggestion.changes, contradictions(suggestion.changes), strict=True)
    return [change for change, others in pairs if not others]


def _nothing_left(suggestion: Suggestion, *, disputed: int) -> str:
    if disputed:
        return (
            f"{count_of(disputed, 'change')} of suggestion {suggestion.id} contradict each other; "
            "name those that you want with --only"
        )
    return f"nothing is left to accept of suggestion {suggestion.id}: people decided on it already"


def _counted(suggestion: Suggestion, changes: int, *, disputed: int) -> str:
    parts = [
        count_of(len(suggestion.modes), "suggested mode") if suggestion.modes else "",
        count_of(changes, "change") if changes else "",
    ]
    left = f" ({disputed} that contradict each other left out)" if disputed else ""
    return " and ".join(part for part in parts if part) + left


def _keep(
    store: Store,
    project: Project,
    suggestion: Suggestion,
    *,
    now: TaxonomyView,
    started: float,
    made_from: Mapping[str, Any],
    who: str | None,
) -> Suggestion:
    with store.write() as connection:
        suggestions.add(
            connection,
            project,
            suggestion,
            taxonomy_version=now.taxonomy.version,
            input={"codes": [code.id for code in now.codes], **made_from},
            seconds=time.monotonic() - started,
            by=who,
        )
        projects.touch(connection, project)
    return suggestion


def _edited(suggestion: Suggestion, edited: Mapping[str, tuple[str, str]]) -> Suggestion:
    modes = tuple(
        replace(mode, name=edited[mode.name][0], definition=edited[mode.name][1]) if mode.name in edited else mode
        for mode in suggestion.modes
    )
    return replace(suggestion, modes=modes)
