"""Failure modes suggested by a language model: notes go in as data, ids are checked by code, nothing is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from evaldash.domain.taxonomy import SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import Cancelled
from evaldash.llm.budget import Budget, Estimate
from evaldash.llm.client import Answer, ModelClient
from evaldash.llm.prompting import load_prompt, messages_with_data
from evaldash.llm.redaction import redact
from evaldash.llm.wire import Message
from evaldash.taxonomy.answers import MAX_BATCH_DRAFTS, MAX_BATCH_NOTES, Drafts, Joined
from evaldash.taxonomy.naming import name_key, tidy_name, unique_name
from evaldash.taxonomy.notes import CodeText, count_of, without_mode
from evaldash.taxonomy.placing import Placement, placed_once

METHOD = "llm"
MAX_NOTE_CHARS = 2_000  # sent of one note; the failure is said early, and notes of 100 kB exist
MAX_BATCH_CHARS = 40_000  # of notes in one request: some 13,000 tokens, fits every present context
EVIDENCE = 3
PROMPTS = (load_prompt("suggest_modes", version=1), load_prompt("consolidate_modes", version=1))
_SUGGEST, _CONSOLIDATE = PROMPTS

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (notes done, notes in all)."""


@dataclass(frozen=True, slots=True)
class _Draft:
    name: str
    definition: str
    codes: tuple[str, ...]
    evidence: tuple[str, ...]
    existing: str | None


@dataclass(slots=True)
class _Run:
    """What all requests of a run share, and what the model left over, chose to or not."""

    client: ModelClient
    budget: Budget
    left_over: list[str]
    repaired: int = 0  # notes that the model did not place once, after a retry
    cost_usd: float = 0.0


def suggest_with_model(
    codes: Sequence[CodeText],
    taxonomy: Taxonomy,
    client: ModelClient,
    *,
    limit_usd: float | None,
    suggestion_id: str,
    redacted: bool = True,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Suggestion:
    """Return failure modes for the codes without one, each in one mode or left over; changes nothing.

    Raises ModelError when the model gives no usable answer, BudgetExceeded before a request that could pass
    `limit_usd` (None: no limit), Cancelled when `should_stop` says so.
    """
    asked, empty = _asked(codes, taxonomy, redacted=redacted)
    run = _Run(client=client, budget=Budget(limit_usd), left_over=[])
    batches, drafts, done = list(_batches(asked)), list[_Draft](), 0
    for batch in batches:
        if should_stop is not None and should_stop():
            raise Cancelled(f"suggesting was stopped after {done} of {len(asked)} notes; nothing was changed")
        drafts += _drafted(batch, taxonomy, run, redacted=redacted)
        done += len(batch)
        if progress is not None:
            progress(done, len(asked))
    joined = _merged(drafts)
    if len(batches) > 1:
        joined = _consolidated(joined, run)
    return Suggestion(
        id=suggestion_id,
        method=METHOD,
        modes=_named(joined, taxonomy),
        left_over=(*empty, *run.left_over),
        cost_usd=run.cost_usd,
        left_over_reason=_reason(empty=len(empty), run=run),
    )


def estimate(codes: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool = True) -> Estimate:
    """Return what a run would need at most when nothing has to be asked twice, to show before it starts."""
    asked, _ = _asked(codes, taxonomy, redacted=redacted)
    batches = list(_batches(asked))
    requests = [messages_with_data(_SUGGEST, _notes_data(batch, taxonomy, redacted=redacted)) for batch in batches]
    tokens_in = sum(client.request_tokens(request, Drafts) for request in requests)
    joins = 1 if len(batches) > 1 else 0
    tokens_in += joins * client.settings.max_tokens  # the drafts that are joined are at most what was answered
    tokens_out = (len(batches) + joins) * client.settings.max_tokens
    return Estimate(
        requests=len(batches) + joins,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_usd=client.settings.cost_usd(tokens_in=tokens_in, tokens_out=tokens_out),
    )


def _asked(codes: Sequence[CodeText], taxonomy: Taxonomy, *, redacted: bool) -> tuple[list[CodeText], list[str]]:
    """Return the notes as they would be sent, and the ids of those without words."""
    open_codes = [codes[position] for position in without_mode(codes, taxonomy)]
    sent = [replace(code, text=_to_send(code.text, redacted=redacted)) for code in open_codes if code.text.strip()]
    return sent, [code.id for code in open_codes if not code.text.strip()]


def _to_send(text: str, *, redacted: bool) -> str:
    text = redact(text).text if redacted else text
    return text if len(text) <= MAX_NOTE_CHARS else text[:MAX_NOTE_CHARS] + " … (cut)"


def _batches(notes: Sequence[CodeText]) -> Iterator[list[CodeText]]:
    batch: list[CodeText] = []
    chars = 0
    for note in notes:
        if batch and (len(batch) == MAX_BATCH_NOTES or chars + len(note.text) > MAX_BATCH_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(note)
        chars += len(note.text)
    if batch:
        yield batch


def _drafted(batch: Sequence[CodeText], taxonomy: Taxonomy, run: _Run, *, redacted: bool) -> list[_Draft]:
    """Return the modes that the model made of one batch, its short ids turned back into ours."""
    ids = {f"n{number}": code.id for number, code in enumerate(batch, 1)}
    homes = {f"m{number}": mode.id for number, mode in enumerate(taxonomy.modes, 1)}

    def check(drafts: Drafts) -> Placement:
        placement = placed_once(list(ids), [mode.notes for mode in drafts.modes], drafts.left_over)
        unknown = [m.existing for m in drafts.modes if m.existing is not None and m.existing not in homes]
        more = (f"existing modes that were not given: {', '.join(unknown)}",) if unknown else ()
        return replace(placement, problems=(*placement.problems, *more))

    messages = messages_with_data(_SUGGEST, _notes_data(batch, taxonomy, redacted=redacted))
    answer, placement = _checked(messages, Drafts, check, run)
    run.left_over += [ids[short] for short in (*placement.left_over, *placement.unplaced)]
    run.repaired += len(placement.unplaced)
    return [
        _Draft(
            name=mode.name,
            definition=mode.definition,
            codes=tuple(ids[short] for short in notes),
            evidence=tuple(ids[short] for short in dict.fromkeys(mode.evidence) if short in notes),
            existing=homes.get(mode.existing or ""),
        )
        for mode, notes in zip(answer.modes, placement.groups, strict=True)
        if notes
    ]


A = TypeVar("A", bound=Answer)


def _checked(
    messages: list[Message], answer: type[A], check: Callable[[A], Placement], run: _Run
) -> tuple[A, Placement]:
    """Return the answer and where it put the ids; an answer with problems is asked for once more, with them."""
    completion = run.client.complete(messages, answer, budget=run.budget)
    run.cost_usd += completion.cost_usd or 0.0
    placement = check(completion.value)
    if not placement.problems:
        return completion.value, placement
    problem = (
        f"Your answer has these problems: {'; '.join(placement.problems)}. Give the whole answer again, corrected."
    )
    again: list[Message] = [
        *messages,
        {"role": "assistant", "content": completion.value.model_dump_json()},
        {"role": "user", "content": problem},
    ]
    second = run.client.complete(again, answer, budget=run.budget)
    run.cost_usd += second.cost_usd or 0.0
    return second.value, check(second.value)


def _notes_data(batch: Sequence[CodeText], taxonomy: Taxonomy, *, redacted: bool) -> dict[str, object]:
    return {
        "notes": [{"id": f"n{number}", "text": code.text} for number, code in enumerate(batch, 1)],
        "existing_modes": [
            {
                "id": f"m{number}",
                "name": _to_send(mode.name, redacted=redacted),
                "definition": _to_send(mode.definition, redacted=redacted),
            }
            for number, mode in enumerate(taxonomy.modes, 1)
        ],
    }


def _merged(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Return the drafts with those of one existing mode, or of one name, joined."""
    merged: dict[tuple[str, str], _Draft] = {}
    for draft in drafts:
        key = ("existing", draft.existing) if draft.existing else ("new", name_key(draft.name))
        merged[key] = _union(merged[key], draft) if key in merged else draft
    return list(merged.values())


def _union(first: _Draft, second: _Draft) -> _Draft:
    return replace(first, codes=first.codes + second.codes, evidence=first.evidence + second.evidence)


def _consolidated(drafts: Sequence[_Draft], run: _Run) -> list[_Draft]:
    """Return the drafts with those that mean the same joined by the model; rounds go on while they still shrink."""
    kept, new = [d for d in drafts if d.existing], [d for d in drafts if not d.existing]
    while len(new) > 1:
        chunks = [new[start : start + MAX_BATCH_DRAFTS] for start in range(0, len(new), MAX_BATCH_DRAFTS)]
        joined = _merged([draft for chunk in chunks for draft in _joined(chunk, run)])
        shrunk, new = len(joined) < len(new), joined
        if len(chunks) == 1 or not shrunk:
            break
    return [*kept, *new]


def _joined(chunk: Sequence[_Draft], run: _Run) -> list[_Draft]:
    by_id = {f"d{number}": draft for number, draft in enumerate(chunk, 1)}
    data: dict[str, object] = {
        "drafts": [
            {"id": short, "name": draft.name, "definition": draft.definition, "notes": len(draft.codes)}
            for short, draft in by_id.items()
        ]
    }

    def check(joined: Joined) -> Placement:
        return placed_once(list(by_id), [mode.drafts for mode in joined.modes])

    answer, placement = _checked(messages_with_data(_CONSOLIDATE, data), Joined, check, run)
    result = [by_id[short] for short in placement.unplaced]  # a draft that was not placed once stays as it is
    for mode, shorts in zip(answer.modes, placement.groups, strict=True):
        if shorts:
            first, *others = (by_id[short] for short in shorts)
            whole = replace(first, name=mode.name, definition=mode.definition)
            for other in others:
                whole = _union(whole, other)
            result.append(whole)
    return result


def _named(drafts: Sequence[_Draft], taxonomy: Taxonomy) -> tuple[SuggestedMode, ...]:
    """Return the drafts as suggestions; a new mode with the name of an existing one becomes an addition to it."""
    by_id, by_name = {m.id: m for m in taxonomy.modes}, {name_key(m.name): m.id for m in taxonomy.modes}
    settled = _merged([replace(d, existing=d.existing or by_name.get(name_key(d.name))) for d in drafts])
    taken, modes = set(by_name), []
    for draft in sorted(settled, key=lambda d: -len(d.codes)):
        known = by_id.get(draft.existing or "")
        name = known.name if known else unique_name(tidy_name(draft.name) if draft.name.strip() else "Unnamed", taken)
        taken.add(name_key(name))
        modes.append(
            SuggestedMode(
                name=name,
                definition=known.definition if known else draft.definition.strip(),
                codes=draft.codes,
                evidence=(draft.evidence or draft.codes)[:EVIDENCE],
                existing=draft.existing,
            )
        )
    return tuple(modes)


def _reason(*, empty: int, run: _Run) -> str:
    chosen = len(run.left_over) - run.repaired
    parts = (
        (empty, "without words"),
        (chosen, "that the model found to fit nowhere"),
        (run.repaired, "that the model did not place exactly once, even when asked again"),
    )
    return "; ".join(f"{count_of(number, 'note')} {words}" for number, words in parts if number)
