"""Before and after a run of suggestions: what would be sent and cost, what was kept, and how two runs differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Suggestion
from evaldash.services.model_use import ModelPreview, model_client, preview_of
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.stats import scoring
from evaldash.storage import suggestions
from evaldash.storage.store import Store
from evaldash.storage.suggestions import SuggestionRun
from evaldash.taxonomy.notes import CodeText


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of suggestions, as a list shows it; `model` is empty for the local method."""

    id: str
    method: str
    model: str
    prompts: tuple[str, ...]
    passes: int
    taxonomy_version: int
    codes: int
    modes: int
    left_over: int
    cost_usd: float
    seconds: float
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """How two runs differ over the `codes` that both placed or left over.

    `pairs` are (mode of A, mode of B, notes in both), the largest first; `elsewhere` are the codes that are in another
    mode than most of their mode's notes went to. `ami` and `f1` (B-cubed) are 1 for the same groups.
    """

    a: RunRow
    b: RunRow
    codes: int
    ami: float | None
    f1: float | None
    pairs: tuple[tuple[str, str, int], ...]
    elsewhere: tuple[str, ...]


def notes_of(now: TaxonomyView) -> list[CodeText]:
    """Return all notes as suggestions read them."""
    return [CodeText(id=code.id, text=code.text) for code in now.codes]


def preview_model_run(store: Store, project: Project, *, redacted: bool = True) -> ModelPreview:
    """Return what a run over the notes without a mode and over the modes there are would send; sends nothing."""
    from evaldash.taxonomy.change_passes import change_passes
    from evaldash.taxonomy.estimating import estimate
    from evaldash.taxonomy.sending import to_send

    client, now = model_client(), view(store, project)
    notes = notes_of(now)
    reviews = change_passes(notes, now.taxonomy, client, redacted=redacted)
    held = [code for review in reviews for code in review.notes.values()]
    sent = [*to_send(notes, now.taxonomy, redacted=redacted), *held]
    open_ids = {code.id for code in sent}
    return preview_of(
        client,
        sent=[code.text for code in sent],
        estimate=estimate(notes, now.taxonomy, client, redacted=redacted),
        masked=[code.text for code in notes if redacted and code.id in open_ids],
    )


def list_runs(store: Store, project: Project) -> list[RunRow]:
    """Return all runs of suggestions, the newest first."""
    with store.read() as connection:
        return [_row(run) for run in suggestions.listing(connection, project)]


def compare_runs(store: Store, project: Project, a: str, b: str) -> RunComparison:
    """Return how two runs (ids or their beginnings) differ; NotFound for one that is not there."""
    with store.read() as connection:
        _, first = suggestions.find(connection, project, a)
        _, second = suggestions.find(connection, project, b)
        rows = {run.suggestion.id: _row(run) for run in suggestions.listing(connection, project)}
    in_a, in_b = _places(first), _places(second)
    shared = [code for code in in_a if code in in_b]
    pred, truth = [in_a[code] for code in shared], [in_b[code] for code in shared]
    together = Counter(zip(pred, truth, strict=True))
    main = {mode: max(together, key=lambda pair: (pair[0] == mode, together[pair]))[1] for mode in dict.fromkeys(pred)}
    named = [(one, other, count) for (one, other), count in together.most_common() if one and other]
    return RunComparison(
        a=rows[first.id],
        b=rows[second.id],
        codes=len(shared),
        ami=scoring.adjusted_mutual_information(pred, truth) if shared else None,
        f1=scoring.bcubed(pred, truth).f1 if shared else None,
        pairs=tuple(named),
        elsewhere=tuple(code for code in shared if main[in_a[code]] != in_b[code]),
    )


def _places(found: Suggestion) -> dict[str, str]:
    """Return the name of the mode of each code; left over is a place of its own, without a name."""
    placed = {code: mode.name for mode in found.modes for code in mode.codes}
    return placed | dict.fromkeys(found.left_over, "")


def _row(run: SuggestionRun) -> RunRow:
    found = run.suggestion
    return RunRow(
        id=found.id,
        method=found.method,
        model=str(run.input.get("model", "")),
        prompts=tuple(run.input.get("prompts", ())),
        passes=found.passes,
        taxonomy_version=run.taxonomy_version,
        codes=sum(len(mode.codes) for mode in found.modes) + len(found.left_over),
        modes=len(found.modes),
        left_over=len(found.left_over),
        cost_usd=found.cost_usd,
        seconds=run.seconds,
        at=run.at,
        by=run.by,
    )
