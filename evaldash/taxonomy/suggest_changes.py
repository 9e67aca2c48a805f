"""Changes to the modes there are, proposed by a model from their notes; checked by code, nothing is applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from evaldash.domain.taxonomy import ChangeKind, SuggestedChange, Taxonomy
from evaldash.taxonomy.answers import Changes, ModeChange
from evaldash.taxonomy.asking import Run, checked
from evaldash.taxonomy.change_passes import Asked
from evaldash.taxonomy.changing import fault, words_before
from evaldash.taxonomy.joining_changes import joined_changes
from evaldash.taxonomy.sending import REVIEW

_TWICE = "the mode is merged, split or defined in another change already"
_ONCE_EACH = (ChangeKind.MERGE, ChangeKind.SPLIT, ChangeKind.DEFINE, ChangeKind.RENAME)


@dataclass(frozen=True, slots=True)
class _Read:
    changes: tuple[SuggestedChange, ...]
    problems: tuple[str, ...]


def suggest_changes(
    asked: Sequence[Asked],
    taxonomy: Taxonomy,
    run: Run,
    *,
    known: Collection[str],
    redacted: bool,
    step: Callable[[int], None],
) -> tuple[tuple[SuggestedChange, ...], tuple[str, ...]]:
    """Return the changes that can be made, and in words those that cannot, even after the model was asked again.

    `asked` are the questions of all passes, `known` the ids of all notes. `step` is called before each question with
    the notes of all questions before it; what it raises ends the run.
    """
    changes, problems, done = list[SuggestedChange](), list[str](), 0
    for question in asked:
        step(done)
        found = _asked(question, taxonomy, run, known)
        changes += found.changes
        problems += found.problems
        done += len(question.notes)
    if len(asked) < 2:
        return tuple(changes), tuple(problems)
    step(done)
    joined, more = joined_changes(changes, taxonomy, run, known=known, redacted=redacted)
    return joined, (*problems, *more)


def _asked(question: Asked, taxonomy: Taxonomy, run: Run, known: Collection[str]) -> _Read:
    _, found = checked(
        REVIEW,
        question.data,
        Changes,
        lambda answer: _read(answer, question, taxonomy, known),
        run,
        ids=question.ids,
    )
    return found


def _read(answer: Changes, asked: Asked, taxonomy: Taxonomy, known: Collection[str]) -> _Read:
    """Return the changes as ours, those that can be made and those that cannot; a merged mode is left alone else."""
    changes, problems = list[SuggestedChange](), list[str]()
    merged = {item.mode for item in answer.changes if item.kind == "merge"}
    seen: set[tuple[str, str]] = set()
    modes = {mode.id: mode for mode in taxonomy.modes}
    for number, item in enumerate(answer.changes, 1):
        twice = (item.kind, item.mode) in seen and ChangeKind(item.kind) in _ONCE_EACH
        lost = (item.kind != "merge" and item.mode in merged) or item.into in merged
        change = _ours(item, asked)
        if change.mode in modes:
            change = replace(change, before=words_before(modes[change.mode], change.kind))
        wrong = (
            _foreign(item, asked, change, taxonomy)
            or fault(taxonomy, change, known)
            or (_TWICE if twice or lost else None)
        )
        seen.add((item.kind, item.mode))
        if wrong is None:
            changes.append(change)
        else:
            problems.append(f"change {number} ({item.kind} {item.mode[:20]}): {wrong}")
    return _Read(tuple(changes), tuple(problems))


def _ours(item: ModeChange, asked: Asked) -> SuggestedChange:
    words = item.kind in ("split", "define")
    return SuggestedChange(
        kind=ChangeKind(item.kind),
        mode=asked.modes.get(item.mode, ""),
        into=asked.modes.get(item.into or "") if item.kind in ("merge", "move") else None,
        name=" ".join(item.name.split()) if item.kind in ("rename", "split") else "",
        definition=item.definition.strip() if words else "",
        applies_when=item.applies_when.strip() if words else "",
        not_when=item.does_not_apply_when.strip() if words else "",
        codes=tuple(asked.notes[note].id for note in dict.fromkeys(item.notes) if note in asked.notes),
        reason=item.reason.strip(),
    )


def _foreign(item: ModeChange, asked: Asked, change: SuggestedChange, taxonomy: Taxonomy) -> str | None:
    """Say which ids of a change were not given, or are notes of another mode than the one that it changes."""
    unknown = [id for id in (item.mode, *([item.into] if item.into else []), *item.notes) if id not in asked.modes]
    if unknown := [id for id in unknown if id not in asked.notes]:
        return f"ids that were not given: {', '.join(id[:20] for id in unknown[:5])}"
    if not asked.with_notes & {change.mode, change.into if change.kind is ChangeKind.MERGE else None}:
        return "no notes of the mode were given"
    places = {taxonomy.assignments.get(code) for code in change.codes}
    allowed = {change.mode, change.into} if change.kind is ChangeKind.MERGE else {change.mode}
    return None if places <= allowed else "notes of another mode"
