"""A language model as second coder: the codebook and one trace go in as data, the modes that apply come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from evaldash.errors import InvalidInput
from evaldash.llm.budget import BYTES_PER_TOKEN
from evaldash.llm.client import Answer, ModelClient
from evaldash.llm.prompting import load_prompt, messages_with_data
from evaldash.llm.redaction import redact
from evaldash.taxonomy.answers import ModeId, Sentence, schema_with_ids
from evaldash.taxonomy.asking import Run, checked

APPLY = load_prompt("apply_codebook", version=1)
MAX_TRACE_TOKENS = 24_000  # of one trace, where the context has room for more; longer ones are read badly and cost
FEWEST_TRACE_TOKENS = 500  # that must fit beside prompt, codebook and answer
ENDS = 0.6  # the share of what is kept of a long trace that its beginning takes; the rest is its end
MOST_MODES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookMode:
    """A mode as the second coder reads it; `near_misses` say to which mode each note belongs."""

    id: str
    name: str
    definition: str
    applies_when: str
    not_when: str
    examples: Sequence[str]
    near_misses: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What the model says of a trace: ids of modes, another failure, and why; `problems` were left after a retry."""

    modes: frozenset[str]
    other: bool
    reason: str
    problems: tuple[str, ...] = ()


class Codes(Answer):
    """The modes that one trace holds."""

    modes: Annotated[list[ModeId], Field(max_length=MOST_MODES)]
    other_failure: bool
    reason: Sentence


def apply_codebook(book: Sequence[CodebookMode], trace: str, run: Run) -> Applied:
    """Return which modes of a codebook a trace holds, by the model of `run`; `trace` is what `trace_to_send` returned.

    Ids that were not given are asked about once more and then left out. Raises as `ModelClient.complete` does.
    """
    ids = {f"m{number}": mode.id for number, mode in enumerate(book, 1)}
    _, found = checked(
        APPLY, question(book, trace), Codes, lambda answer: _read(answer, ids), run, ids={"modes": list(ids)}
    )
    return found


def trace_to_send(book: Sequence[CodebookMode], trace: str, client: ModelClient, *, redacted: bool) -> str:
    """Return a trace as it leaves the machine: secrets masked, the middle of a long one left out.

    Raises InvalidInput where the context has no room for a trace beside codebook and answer.
    """
    text = redact(trace).text if redacted else trace
    room = min(client.settings.context - client.settings.max_tokens - tokens_of(book, "", client), MAX_TRACE_TOKENS)
    if room < FEWEST_TRACE_TOKENS:
        raise InvalidInput(
            f"the context must hold the codebook, an answer of {client.settings.max_tokens:,} tokens and at least "
            f"{FEWEST_TRACE_TOKENS} tokens of a trace, got {client.settings.context:,}; raise EVALDASH_MODEL_CONTEXT "
            "if the model has more, or lower EVALDASH_MODEL_MAX_TOKENS"
        )
    return _middle_out(text, room * BYTES_PER_TOKEN)


def tokens_of(book: Sequence[CodebookMode], trace: str, client: ModelClient) -> int:
    """Return a careful upper estimate of the tokens that asking about one trace sends."""
    messages = messages_with_data(APPLY, question(book, trace))
    ids = [f"m{number}" for number in range(1, len(book) + 1)]
    return client.request_tokens(messages, Codes, schema=schema_with_ids(Codes, {"modes": ids}))


def question(book: Sequence[CodebookMode], trace: str) -> dict[str, object]:
    """Return what stands between the delimiters."""
    return {
        "modes": [
            {
                "id": f"m{number}",
                "name": mode.name,
                "definition": mode.definition,
                "applies_when": mode.applies_when,
                "does_not_apply_when": mode.not_when,
                "examples": list(mode.examples),
                "near_misses": [{"note": note, "belongs_to": name} for note, name in mode.near_misses],
            }
            for number, mode in enumerate(book, 1)
        ],
        "trace": trace,
    }


def _middle_out(text: str, most_bytes: int) -> str:
    """Return a text of at most so many bytes: what a user wanted stands first, how it ended last."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most_bytes:
        return text
    first = int(ENDS * most_bytes)
    head, tail = raw[:first], raw[len(raw) - (most_bytes - first) :]
    return f"{head.decode('utf-8', 'ignore')}\n\n(cut)\n\n{tail.decode('utf-8', 'ignore')}"


def _read(answer: Codes, ids: Mapping[str, str]) -> Applied:
    unknown = [mode[:20] for mode in answer.modes if mode not in ids]
    return Applied(
        modes=frozenset(ids[mode] for mode in answer.modes if mode in ids),
        other=answer.other_failure,
        reason=answer.reason.strip(),
        problems=(f"ids that were not given: {', '.join(unknown[:5])}",) if unknown else (),
    )
