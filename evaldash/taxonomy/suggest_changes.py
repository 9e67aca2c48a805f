"""Changes to the modes there are, proposed by a model from their notes; checked by code, nothing is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from evaldash.domain.taxonomy import ChangeKind, SuggestedChange, Taxonomy
from evaldash.llm.budget import estimate_tokens
from evaldash.llm.client import ModelClient
from evaldash.llm.prompting import messages_with_data
from evaldash.taxonomy.answers import Changes, ModeChange, schema_with_ids
from evaldash.taxonomy.asking import Run, checked
from evaldash.taxonomy.changing import fault, words_before
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.sending import MAX_BATCH_TOKENS, REVIEW, TOKENS_AROUND_NOTE, as_sent

_TWICE = "the mode is merged, split or defined in another change already"
_ONCE_EACH = (ChangeKind.MERGE, ChangeKind.SPLIT, ChangeKind.DEFINE, ChangeKind.RENAME)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about all modes: what is sent, and whose id each short one is. `data` is empty where none is."""

    data: Mapping[str, object]
    modes: Mapping[str, str]
    notes: Mapping[str, CodeText]

    @property
    def ids(self) -> dict[str, list[str]]:
        """Return the short ids that may stand in the answer."""
        return {"modes": list(self.modes), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class _Read:
    changes: tuple[SuggestedChange, ...]
    problems: tuple[str, ...]


def suggest_changes(
    codes: Sequence[CodeText], taxonomy: Taxonomy, run: Run, *, redacted: bool
) -> tuple[tuple[SuggestedChange, ...], tuple[str, ...]]:
    """Return the changes that can be made, and in words those that cannot, even after the model was asked again."""
    asked = asked_about(codes, taxonomy, run.client, redacted=redacted)
    if not asked.data:
        return (), ()
    known = {code.id for code in codes}
    _, found = checked(
        REVIEW, asked.data, Changes, lambda answer: _read(answer, asked, taxonomy, known), run, ids=asked.ids
    )
    return found.changes, found.problems


def asked_about(codes: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool) -> Asked:
    """Return the question about the modes that hold notes, with as many notes of each as there is room for.

    Notes are taken from all modes in turn, so that a large mode takes no room from a small one.
    """
    held: dict[str, list[CodeText]] = {}
    for code in codes:
        if code.text.strip() and code.id in taxonomy.assignments:
            held.setdefault(taxonomy.assignments[code.id], []).append(code)
    chosen = [mode for mode in taxonomy.modes if mode.id in held]
    modes = {f"m{number}": mode.id for number, mode in enumerate(chosen, 1)}
    empty = _question(taxonomy, modes, {id: [] for id in held}, held, redacted=redacted)
    room = min(client.settings.context - client.settings.max_tokens - _tokens(empty, client), MAX_BATCH_TOKENS)
    if not chosen or room <= 0:
        return Asked({}, {}, {})
    return _question(taxonomy, modes, _in_turn(held, room, redacted=redacted), held, redacted=redacted)


def request_tokens(asked: Asked, client: ModelClient) -> int:
    """Return a careful upper estimate of the tokens that the question sends; 0 where nothing is asked."""
    return _tokens(asked, client) if asked.data else 0


def _tokens(asked: Asked, client: ModelClient) -> int:
    messages = messages_with_data(REVIEW, asked.data)
    return client.request_tokens(messages, Changes, schema=schema_with_ids(Changes, asked.ids))


def _in_turn(held: Mapping[str, Sequence[CodeText]], room: int, *, redacted: bool) -> dict[str, list[CodeText]]:
    taken: dict[str, list[CodeText]] = {id: [] for id in held}
    for row in zip_longest(*held.values()):
        for id, code in zip(held, row, strict=True):
            if code is None:
                continue
            sent = replace(code, text=as_sent(code.text, redacted=redacted))
            room -= estimate_tokens(sent.text) + 2 * TOKENS_AROUND_NOTE  # its id stands in the schema too
            if room < 0:
                return taken
            taken[id].append(sent)
    return taken


def _question(
    taxonomy: Taxonomy,
    modes: Mapping[str, str],
    taken: Mapping[str, Sequence[CodeText]],
    held: Mapping[str, Sequence[CodeText]],
    *,
    redacted: bool,
) -> Asked:
    by_id = {mode.id: mode for mode in taxonomy.modes}
    notes = {f"n{number}": code for number, code in enumerate((c for id in modes.values() for c in taken[id]), 1)}
    short = {code.id: name for name, code in notes.items()}
    rows = []
    for name, id in modes.items():
        mode = by_id[id]
        words = (("name", mode.name), ("definition", mode.definition), ("applies_when", mode.applies_when),
                 ("does_not_apply_when", mode.not_when))  # fmt: skip
        rows.append(
            {"id": name}
            | {field: as_sent(text, redacted=redacted) for field, text in words}
            | {"count": len(held[id]), "notes": [{"id": short[code.id], "text": code.text} for code in taken[id]]}
        )
    return Asked({"modes": rows}, modes, notes)


def _read(answer: Changes, asked: Asked, taxonomy: Taxonomy, known: set[str]) -> _Read:
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
    places = {taxonomy.assignments.get(code) for code in change.codes}
    allowed = {change.mode, change.into} if change.kind is ChangeKind.MERGE else {change.mode}
    return None if places <= allowed else "notes of another mode"
