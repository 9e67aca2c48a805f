"""Failure modes suggested by a language model: notes go in as data, ids are checked by code, nothing is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from evaldash.domain.counting import count_of
from evaldash.domain.taxonomy import Quote, SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import Cancelled
from evaldash.llm.budget import Budget, estimate_tokens
from evaldash.llm.client import ModelClient
from evaldash.taxonomy.answers import MAX_BATCH_DRAFTS, Drafts, Joined, Quoted
from evaldash.taxonomy.asking import AnswerCache, Run, checked
from evaldash.taxonomy.estimating import all_passes
from evaldash.taxonomy.naming import name_key, tidy_name, unique_name
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.placing import Placement, placed_once
from evaldash.taxonomy.sending import (
    CONSOLIDATE,
    SUGGEST,
    ids_of,
    in_requests,
    join_room,
    notes_data,
    notes_to_ask,
)
from evaldash.taxonomy.suggest_changes import suggest_changes

METHOD = "llm"
EVIDENCE = 3
TOKENS_AROUND_DRAFT = 30  # of the JSON around its words, and of its id in the schema
TOKENS_OF_JOINED_MODE = (
    110  # of the answer: name, definition, when, when not, ids; where nothing is joined, one a draft
)
_EMPTY = "without words"
_CHOSEN = "that the model found to fit nowhere"
_BADLY = "that the model did not place exactly once, even when asked again"

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (notes done, notes in all)."""


@dataclass(frozen=True, slots=True)
class _Draft:
    name: str
    definition: str
    codes: tuple[str, ...]
    evidence: tuple[str, ...]
    existing: str | None
    applies_when: str = ""
    not_when: str = ""
    quotes: tuple[Quote, ...] = ()


def suggest_with_model(
    codes: Sequence[CodeText],
    taxonomy: Taxonomy,
    client: ModelClient,
    *,
    limit_usd: float | None,
    suggestion_id: str,
    redacted: bool = True,
    cache: AnswerCache | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Suggestion:
    """Return failure modes for the codes without one, each in one or left over, and changes to the modes there are.

    Nothing is changed. Notes go in passes that fit the context; what they draft is then joined; last the modes there
    are go in with their notes, in passes too. Answers that `cache` holds are not paid for again. Raises InvalidInput
    where the context holds no note beside prompt and answer, ModelError when the model gives no usable answer,
    BudgetExceeded before a request that could pass `limit_usd` (None: no limit), Cancelled when `should_stop` says so.
    """
    asked, empty = notes_to_ask(codes, taxonomy, redacted=redacted)
    run = Run(client=client, budget=Budget(limit_usd), cache=cache, should_stop=should_stop)
    batches, reviews = all_passes(asked, codes, taxonomy, client, redacted=redacted)
    total, drafts, done = len(asked) + sum(len(review.notes) for review in reviews), list[_Draft](), 0

    def step(done: int) -> None:
        if should_stop is not None and should_stop():
            raise Cancelled(f"suggesting was stopped after {done} of {count_of(total, 'note')}; nothing was changed")
        if progress is not None:
            progress(done, total)

    for batch in batches:
        step(done)
        drafts += _drafted(batch, taxonomy, run, redacted=redacted)
        done += len(batch)
    joined = _merged(drafts)
    if len(batches) > 1:
        step(done)
        joined = _consolidated(joined, run)
    changes, unusable = suggest_changes(
        reviews,
        taxonomy,
        run,
        known={code.id for code in codes},
        redacted=redacted,
        step=lambda more: step(len(asked) + more),
    )
    if progress is not None:
        progress(total, total)
    return Suggestion(
        id=suggestion_id,
        method=METHOD,
        modes=_named(joined, taxonomy),
        changes=changes,
        unusable=unusable,
        left_over=(*empty, *run.left_over, *run.repaired),
        cost_usd=run.cost_usd,
        left_over_reason=_reason(empty=len(empty), run=run),
        reasons=_reasons(empty, run),
        passes=len(batches) + len(reviews),
    )


def _drafted(batch: Sequence[CodeText], taxonomy: Taxonomy, run: Run, *, redacted: bool) -> list[_Draft]:
    """Return the modes that the model made of one batch, its short ids turned back into ours."""
    short = ids_of(batch, taxonomy)
    notes = dict(zip(short["notes"], batch, strict=True))
    homes = dict(zip(short["modes"], (mode.id for mode in taxonomy.modes), strict=True))

    def check(drafts: Drafts) -> Placement:
        placement = placed_once(list(notes), [mode.notes for mode in drafts.modes], drafts.left_over)
        unknown = [m.existing for m in drafts.modes if m.existing is not None and m.existing not in homes]
        more = (f"existing modes that were not given: {', '.join(unknown)}",) if unknown else ()
        return replace(placement, problems=(*placement.problems, *more))

    data = notes_data(batch, taxonomy, redacted=redacted)
    answer, placement = checked(SUGGEST, data, Drafts, check, run, ids=short)
    run.left_over += [notes[identifier].id for identifier in placement.left_over]
    run.repaired += [notes[identifier].id for identifier in placement.unplaced]
    found = []
    for mode, held in zip(answer.modes, placement.groups, strict=True):
        if not held:
            continue
        quotes = _true_quotes(mode.evidence, {identifier: notes[identifier] for identifier in held})
        found.append(
            _Draft(
                name=mode.name,
                definition=mode.definition,
                applies_when=mode.applies_when,
                not_when=mode.does_not_apply_when,
                codes=tuple(notes[identifier].id for identifier in held),
                evidence=tuple(dict.fromkeys(quote.code for quote in quotes)),
                quotes=quotes,
                existing=homes.get(mode.existing or ""),
            )
        )
    return found


def _true_quotes(evidence: Sequence[Quoted], held: Mapping[str, CodeText]) -> tuple[Quote, ...]:
    """Return the quotes that stand word for word in a note of the mode; what a model made up is no evidence."""
    return tuple(
        Quote(code=held[quote.note].id, text=quote.text.strip())
        for quote in evidence
        if quote.note in held and quote.text.strip() and _plain(quote.text) in _plain(held[quote.note].text)
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _merged(drafts: Sequence[_Draft]) -> list[_Draft]:
    """Return the drafts with those of one existing mode, or of one name, joined."""
    merged: dict[tuple[str, str], _Draft] = {}
    for draft in drafts:
        key = ("existing", draft.existing) if draft.existing else ("new", name_key(draft.name))
        merged[key] = _union(merged[key], draft) if key in merged else draft
    return list(merged.values())


def _union(first: _Draft, second: _Draft) -> _Draft:
    return replace(
        first,
        codes=first.codes + second.codes,
        evidence=first.evidence + second.evidence,
        quotes=first.quotes + second.quotes,
    )


def _consolidated(drafts: Sequence[_Draft], run: Run) -> list[_Draft]:
    """Return the drafts with those that mean the same joined by the model; rounds go on while they still shrink."""
    kept, new = [d for d in drafts if d.existing], [d for d in drafts if not d.existing]
    while len(new) > 1:
        chunks = _chunks(new, run.client)
        if len(chunks) > 1:  # like names go into one request, whatever pass they came from
            chunks = _chunks(sorted(new, key=lambda draft: name_key(draft.name)), run.client)
        joined = _merged([draft for chunk in chunks for draft in _joined(chunk, run)])
        shrunk, new = len(joined) < len(new), joined
        if len(chunks) == 1 or not shrunk:
            break
    return [*kept, *new]


def _chunks(drafts: Sequence[_Draft], client: ModelClient) -> list[list[_Draft]]:
    """Return the drafts in requests whose question fits the context, and whose answer fits the limit of one."""
    costs = [estimate_tokens(draft.name + draft.definition) + TOKENS_AROUND_DRAFT for draft in drafts]
    most = min(MAX_BATCH_DRAFTS, client.settings.max_tokens // TOKENS_OF_JOINED_MODE)
    return list(in_requests(drafts, costs, room=join_room(client), most=most))


def _joined(chunk: Sequence[_Draft], run: Run) -> list[_Draft]:
    by_id = {f"d{number}": draft for number, draft in enumerate(chunk, 1)}
    data: dict[str, object] = {
        "drafts": [
            {"id": short, "name": draft.name, "definition": draft.definition, "notes": len(draft.codes)}
            for short, draft in by_id.items()
        ]
    }

    def check(joined: Joined) -> Placement:
        return placed_once(list(by_id), [mode.drafts for mode in joined.modes])

    answer, placement = checked(CONSOLIDATE, data, Joined, check, run, ids={"drafts": list(by_id)})
    result = [by_id[short] for short in placement.unplaced]  # a draft that was not placed once stays as it is
    for mode, shorts in zip(answer.modes, placement.groups, strict=True):
        if shorts:
            first, *others = (by_id[short] for short in shorts)
            whole = replace(
                first,
                name=mode.name,
                definition=mode.definition,
                applies_when=mode.applies_when,
                not_when=mode.does_not_apply_when,
            )
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
                applies_when=known.applies_when if known else draft.applies_when.strip(),
                not_when=known.not_when if known else draft.not_when.strip(),
                quotes=draft.quotes[:EVIDENCE],
            )
        )
    return tuple(modes)


def _reasons(empty: Sequence[str], run: Run) -> dict[str, str]:
    chosen, badly = dict.fromkeys(run.left_over, _CHOSEN), dict.fromkeys(run.repaired, _BADLY)
    return dict.fromkeys(empty, _EMPTY) | chosen | badly


def _reason(*, empty: int, run: Run) -> str:
    parts = ((empty, _EMPTY), (len(run.left_over), _CHOSEN), (len(run.repaired), _BADLY))
    return "; ".join(f"{count_of(number, 'note')} {words}" for number, words in parts if number)
