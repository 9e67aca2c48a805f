"""Questions about the modes there are: every note of a mode stands in one of them, in as many as the context needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.llm.budget import estimate_tokens
from evaldash.llm.client import ModelClient
from evaldash.llm.prompting import messages_with_data, quoted_json
from evaldash.taxonomy.answers import Changes, schema_with_ids
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.sending import (
    MAX_BATCH_TOKENS,
    REVIEW,
    TOKENS_AROUND_NOTE,
    as_sent,
    checked_room,
    tokens_of_text,
)

TOKENS_OF_NOTE_ID = 2 * TOKENS_AROUND_NOTE  # its id stands in the schema too
SHARE_FOR_NOTES = 0.5  # of question and context, below which modes without notes in a pass are given by name alone


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what is sent, and whose id each short one is.

    `with_notes` are the modes whose notes, or some of them, stand in it.
    """

    data: Mapping[str, object]
    modes: Mapping[str, str]
    notes: Mapping[str, CodeText]
    with_notes: frozenset[str]

    @property
    def ids(self) -> dict[str, list[str]]:
        """Return the short ids that may stand in the answer."""
        return {"modes": list(self.modes), "notes": list(self.notes)}


def change_passes(codes: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool) -> list[Asked]:
    """Return the questions about the modes that hold notes: each mode in one where it fits, else in portions.

    A portion is drawn from the whole length of a mode, so that each shows what the mode is like. All modes stand in
    every question, so that notes can be moved to any. Raises InvalidInput where the context has no room for notes.
    """
    held: dict[str, list[CodeText]] = {}
    for code in codes:
        if code.text.strip() and code.id in taxonomy.assignments:
            sent = replace(code, text=as_sent(code.text, redacted=redacted))
            held.setdefault(taxonomy.assignments[code.id], []).append(sent)
    modes = [_as_sent(mode, redacted=redacted) for mode in taxonomy.modes if mode.id in held]
    if not modes:
        return []
    brief = _is_brief(modes, client)
    room = _room(modes, client, brief=brief)
    own = {mode.id: _tokens_of_words(mode) if brief else 0 for mode in modes}
    checked_room(room - max(own.values()), client)
    return [
        _question(modes, portion, {id: len(notes) for id, notes in held.items()}, brief=brief)
        for portion in _filled(held, own, min(room, MAX_BATCH_TOKENS))
    ]


def request_tokens(asked: Asked, client: ModelClient) -> int:
    """Return a careful upper estimate of the tokens that a question sends."""
    messages = messages_with_data(REVIEW, asked.data)
    return client.request_tokens(messages, Changes, schema=schema_with_ids(Changes, asked.ids))


def _as_sent(mode: FailureMode, *, redacted: bool) -> FailureMode:
    words = ("name", "definition", "applies_when", "not_when")
    return replace(mode, **{word: as_sent(getattr(mode, word), redacted=redacted) for word in words})


def _is_brief(modes: Sequence[FailureMode], client: ModelClient) -> bool:
    most = client.settings.context - client.settings.max_tokens
    return _room(modes, client, brief=False) < min(SHARE_FOR_NOTES * most, MAX_BATCH_TOKENS)


def _room(modes: Sequence[FailureMode], client: ModelClient, *, brief: bool) -> int:
    """Return the tokens that are left for notes beside prompt, modes and answer."""
    around = request_tokens(_question(modes, {}, {}, brief=brief), client)
    return client.settings.context - client.settings.max_tokens - around


def _filled(
    held: Mapping[str, Sequence[CodeText]], own: Mapping[str, int], room: int
) -> Iterator[dict[str, Sequence[CodeText]]]:
    """Yield the notes of each question by mode, whole modes where they fit; `own` are the tokens of their words."""
    portion, left = dict[str, Sequence[CodeText]](), room
    for id, notes in held.items():
        for share in _shares(notes, room - own[id]):
            need = own[id] + sum(map(_tokens_of_note, share))
            if portion and (need > left or id in portion):
                yield portion
                portion, left = {}, room
            portion[id], left = share, left - need
    if portion:
        yield portion


def _shares(notes: Sequence[CodeText], room: int) -> list[Sequence[CodeText]]:
    """Return the notes of a mode in as few shares of about one size as fit the room; a note stays whole."""
    count = max(ceil(sum(map(_tokens_of_note, notes)) / room), 1)
    while count < len(notes) and any(sum(map(_tokens_of_note, notes[start::count])) > room for start in range(count)):
        count += 1
    return [notes[start::count] for start in range(count)]


def _tokens_of_note(note: CodeText) -> int:
    return tokens_of_text(note.text) + TOKENS_OF_NOTE_ID


def _tokens_of_words(mode: FailureMode) -> int:
    return estimate_tokens(quoted_json(_words(mode, brief=False)))


def _words(mode: FailureMode, *, brief: bool) -> dict[str, object]:
    if brief:
        return {"name": mode.name}
    return {
        "name": mode.name,
        "definition": mode.definition,
        "applies_when": mode.applies_when,
        "does_not_apply_when": mode.not_when,
    }


def _question(
    modes: Sequence[FailureMode],
    portion: Mapping[str, Sequence[CodeText]],
    counts: Mapping[str, int],
    *,
    brief: bool,
) -> Asked:
    short = {f"m{number}": mode for number, mode in enumerate(modes, 1)}
    notes = {f"n{number}": code for number, code in enumerate((c for m in modes for c in portion.get(m.id, ())), 1)}
    ids = {code.id: name for name, code in notes.items()}
    rows = []
    for name, mode in short.items():
        row = {"id": name} | _words(mode, brief=brief and mode.id not in portion)
        if mode.id in portion:  # the count of others would make the question another one for each note that moves
            row["count"] = counts[mode.id]
            row["notes"] = [{"id": ids[code.id], "text": code.text} for code in portion[mode.id]]
        rows.append(row)
    return Asked({"modes": rows}, {name: mode.id for name, mode in short.items()}, notes, frozenset(portion))
