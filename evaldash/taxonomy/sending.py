"""What leaves the machine: notes shortened and redacted, in passes that fit the model's context beside all else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from evaldash.domain.taxonomy import Taxonomy
from evaldash.errors import InvalidInput
from evaldash.llm.budget import estimate_tokens
from evaldash.llm.client import ModelClient
from evaldash.llm.prompting import load_prompt, messages_with_data, quoted_json
from evaldash.llm.redaction import redact
from evaldash.taxonomy.answers import MAX_BATCH_NOTES, Drafts, Joined, schema_with_ids
from evaldash.taxonomy.notes import CodeText, without_mode

PROMPTS = (
    load_prompt("suggest_modes", version=2),
    load_prompt("consolidate_modes", version=2),
    load_prompt("review_modes", version=2),
    load_prompt("join_changes", version=1),
)
SUGGEST, CONSOLIDATE, REVIEW, JOIN_CHANGES = PROMPTS
MAX_NOTE_CHARS = 2_000  # sent of one note; the failure is said early, and notes of 100 kB exist
MAX_BATCH_TOKENS = 13_000  # of notes in one request, where the context has room for more: longer lists are read badly
FEWEST_BATCH_TOKENS = 1_000  # of notes that must fit beside prompt, modes and answer: one long note
TOKENS_AROUND_NOTE = 12  # of the JSON around its text

T = TypeVar("T")


def notes_to_ask(codes: Sequence[CodeText], taxonomy: Taxonomy, *, redacted: bool) -> tuple[list[CodeText], list[str]]:
    """Return the notes as they would be sent, and the ids of those without words."""
    open_codes = [codes[position] for position in without_mode(codes, taxonomy)]
    sent = [replace(code, text=as_sent(code.text, redacted=redacted)) for code in open_codes if code.text.strip()]
    return sent, [code.id for code in open_codes if not code.text.strip()]


def as_sent(text: str, *, redacted: bool) -> str:
    """Return a text as it leaves the machine: its secrets masked, cut after 2,000 characters."""
    text = redact(text).text if redacted else text
    return text if len(text) <= MAX_NOTE_CHARS else text[:MAX_NOTE_CHARS] + " … (cut)"


def to_send(codes: Sequence[CodeText], taxonomy: Taxonomy, *, redacted: bool = True) -> list[CodeText]:
    """Return the notes as they would leave the machine, for a person to look at before anything is sent."""
    return notes_to_ask(codes, taxonomy, redacted=redacted)[0]


def passes(
    notes: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool
) -> list[list[CodeText]]:
    """Return the notes in passes that fit the context; InvalidInput where it has no room for a note."""
    if not notes:
        return []
    around = tokens_of([], taxonomy, client, redacted=redacted)
    room = checked_room(client.settings.context - client.settings.max_tokens - around, client)
    costs = [tokens_of_text(note.text) + TOKENS_AROUND_NOTE for note in notes]
    return list(in_requests(notes, costs, room=min(room, MAX_BATCH_TOKENS), most=MAX_BATCH_NOTES))


def join_room(client: ModelClient) -> int:
    """Return the tokens of drafts that one request joins: what the context holds beside prompt and answer."""
    around = client.request_tokens(messages_with_data(CONSOLIDATE, {"drafts": []}), Joined)
    return max(min(client.settings.context - client.settings.max_tokens - around, MAX_BATCH_TOKENS), 1)


def tokens_of_text(text: str) -> int:
    """Return a careful upper estimate of the tokens of a text as it stands in a request, its escapes counted."""
    return estimate_tokens(quoted_json({"": text}))


def checked_room(room: int, client: ModelClient) -> int:
    """Return the tokens that the context leaves for notes; InvalidInput where one long note has no room."""
    if room >= FEWEST_BATCH_TOKENS:
        return room
    settings = client.settings
    around = settings.context - settings.max_tokens - room
    raise InvalidInput(
        f"the context must hold prompt and modes ({around:,} tokens), the answer ({settings.max_tokens:,}) and at "
        f"least {FEWEST_BATCH_TOKENS:,} tokens of notes, got {settings.context:,}; raise EVALDASH_MODEL_CONTEXT if "
        "the model has more, or lower EVALDASH_MODEL_MAX_TOKENS"
    )


def in_requests(items: Sequence[T], costs: Sequence[int], *, room: int, most: int) -> Iterator[list[T]]:
    """Yield the items in their order, as many a request as have room in it and at most `most`; at least one."""
    batch: list[T] = []
    used = 0
    for item, cost in zip(items, costs, strict=True):
        if batch and (len(batch) >= most or used + cost > room):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += cost
    if batch:
        yield batch


def tokens_of(batch: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool) -> int:
    """Return a careful upper estimate of the tokens that asking about a pass sends."""
    messages = messages_with_data(SUGGEST, notes_data(batch, taxonomy, redacted=redacted))
    return client.request_tokens(messages, Drafts, schema=schema_with_ids(Drafts, ids_of(batch, taxonomy)))


def ids_of(batch: Sequence[CodeText], taxonomy: Taxonomy) -> dict[str, list[str]]:
    """Return the short ids that a request gives to notes and modes, in their order."""
    return {
        "notes": [f"n{number}" for number in range(1, len(batch) + 1)],
        "modes": [f"m{number}" for number in range(1, len(taxonomy.modes) + 1)],
    }


def notes_data(batch: Sequence[CodeText], taxonomy: Taxonomy, *, redacted: bool) -> dict[str, object]:
    """Return what stands between the delimiters: the notes of a pass, and the modes there are."""
    return {
        "notes": [{"id": f"n{number}", "text": code.text} for number, code in enumerate(batch, 1)],
        "existing_modes": [
            {
                "id": f"m{number}",
                "name": as_sent(mode.name, redacted=redacted),
                "definition": as_sent(mode.definition, redacted=redacted),
            }
            for number, mode in enumerate(taxonomy.modes, 1)
        ],
    }
