"""Changes that several passes proposed, made into one list: like ones are joined, the others stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from evaldash.domain.taxonomy import ChangeKind, SuggestedChange, Taxonomy
from evaldash.llm.client import ModelClient
from evaldash.llm.prompting import messages_with_data
from evaldash.taxonomy.answers import JoinedChange, JoinedChanges
from evaldash.taxonomy.asking import Run, checked
from evaldash.taxonomy.changing import TEXTS, fault, label
from evaldash.taxonomy.naming import name_key
from evaldash.taxonomy.notes import quoted
from evaldash.taxonomy.placing import Placement, placed_once
from evaldash.taxonomy.sending import JOIN_CHANGES, MAX_BATCH_TOKENS, as_sent, in_requests, tokens_of_text

IN_WORDS = (ChangeKind.SPLIT, ChangeKind.RENAME, ChangeKind.DEFINE)  # whose passes can mean the same in other words
TOKENS_OF_ANSWER = 250  # of one joined change: name, definition, when, when not, reason, ids
TOKENS_AROUND_PROPOSAL = 120  # of the JSON around its words, the name of its mode, and its id in the schema


def joined_changes(
    found: Sequence[SuggestedChange], taxonomy: Taxonomy, run: Run, *, known: Collection[str], redacted: bool
) -> tuple[tuple[SuggestedChange, ...], tuple[str, ...]]:
    """Return what several passes proposed as one list, and in words what of it cannot be made.

    The same change of two passes is one, with the notes of both. Names and definitions that differ for one mode go to
    the model, which may join them; what it does not join stays, for a person to choose. Nothing is left out.
    """
    like = _like_joined(found)
    same_mode = Counter((change.kind, change.mode) for change in like)
    several = [change.kind in IN_WORDS and same_mode[change.kind, change.mode] > 1 for change in like]
    settled = [change for change, is_open in zip(like, several, strict=True) if not is_open]
    for chunk in _chunks([change for change, is_open in zip(like, several, strict=True) if is_open], run.client):
        settled += _asked(chunk, taxonomy, run, known=known, redacted=redacted)
    changes, problems = list[SuggestedChange](), list[str]()
    for change in settled:
        wrong = fault(taxonomy, change, known)
        if wrong is None:
            changes.append(change)
        else:  # each pass left some of the notes, all passes together take all of them
            problems.append(f"{label(change, taxonomy)}: {wrong}")
    return tuple(changes), tuple(problems)


def room(client: ModelClient) -> int:
    """Return the tokens of proposals that one request joins: what the context holds beside prompt and answer."""
    around = client.request_tokens(messages_with_data(JOIN_CHANGES, {"proposals": []}), JoinedChanges)
    return max(min(client.settings.context - client.settings.max_tokens - around, MAX_BATCH_TOKENS), 1)


def _like_joined(found: Sequence[SuggestedChange]) -> list[SuggestedChange]:
    """Return the changes with those that do the same joined: their notes together, each reason once."""
    joined: dict[tuple[object, ...], SuggestedChange] = {}
    for change in found:
        key = _key(change)
        first = joined.get(key)
        joined[key] = change if first is None else _union([first, change])
    return list(joined.values())


def _key(change: SuggestedChange) -> tuple[object, ...]:
    if change.kind is ChangeKind.MERGE:  # in either direction
        return (change.kind, *sorted([change.mode, change.into or ""]))
    texts = [name_key(getattr(change, text)) for text in TEXTS] if change.kind is ChangeKind.DEFINE else []
    return (change.kind, change.mode, change.into, name_key(change.name), *texts)


def _union(changes: Sequence[SuggestedChange]) -> SuggestedChange:
    return replace(
        changes[0],
        codes=tuple(dict.fromkeys(code for change in changes for code in change.codes)),
        reason=" ".join(dict.fromkeys(change.reason for change in changes if change.reason)),
    )


def _chunks(changes: Sequence[SuggestedChange], client: ModelClient) -> list[list[SuggestedChange]]:
    """Return the proposals in requests that fit, those for one mode beside each other."""
    ordered = sorted(changes, key=lambda change: (change.mode, change.kind))
    costs = [TOKENS_AROUND_PROPOSAL + sum(map(tokens_of_text, _words(change).values())) for change in ordered]
    most = max(client.settings.max_tokens // TOKENS_OF_ANSWER, 2)
    return list(in_requests(ordered, costs, room=room(client), most=most))


def _asked(
    chunk: Sequence[SuggestedChange], taxonomy: Taxonomy, run: Run, *, known: Collection[str], redacted: bool
) -> list[SuggestedChange]:
    """Return the proposals with those joined that the model found to say the same; the others as they were."""
    by_id = {f"c{number}": change for number, change in enumerate(chunk, 1)}
    if len({_subject(change) for change in chunk}) == len(chunk):
        return list(chunk)  # the others of each were in requests before

    def check(answer: JoinedChanges) -> Placement:
        placement = placed_once(list(by_id), [item.proposals for item in answer.changes])
        mixed = [group for group in placement.groups if len({_subject(by_id[short]) for short in group}) > 1]
        more = (f"proposals of another kind or mode in one: {'; '.join(map(', '.join, mixed))}",) if mixed else ()
        return replace(placement, problems=(*placement.problems, *more))

    data = {"proposals": [_proposal(id, change, taxonomy, redacted=redacted) for id, change in by_id.items()]}
    answer, placement = checked(JOIN_CHANGES, data, JoinedChanges, check, run, ids={"drafts": list(by_id)})
    settled = [by_id[short] for short in placement.unplaced]
    for item, shorts in zip(answer.changes, placement.groups, strict=True):
        settled += _settled(item, [by_id[short] for short in shorts], taxonomy, known)
    return settled


def _settled(
    item: JoinedChange, members: Sequence[SuggestedChange], taxonomy: Taxonomy, known: Collection[str]
) -> Sequence[SuggestedChange]:
    """Return the members as one change in the words of the model; as they were where that cannot be made."""
    if len(members) < 2 or len(set(map(_subject, members))) > 1:
        return members
    kind = members[0].kind
    said = ", ".join(quoted(member.name or member.definition) for member in members)
    one = replace(_union(members), reason=f"{item.reason.strip()} Joined from {said}.".strip())
    if kind is not ChangeKind.DEFINE:
        one = replace(one, name=" ".join(item.name.split()))
    if kind is not ChangeKind.RENAME:
        one = replace(
            one,
            definition=item.definition.strip(),
            applies_when=item.applies_when.strip(),
            not_when=item.does_not_apply_when.strip(),
        )
    return [one] if fault(taxonomy, one, known) is None else members


def _subject(change: SuggestedChange) -> tuple[str, str]:
    return (change.kind, change.mode)


def _proposal(id: str, change: SuggestedChange, taxonomy: Taxonomy, *, redacted: bool) -> dict[str, object]:
    names = {mode.id: mode.name for mode in taxonomy.modes}
    about = {"mode": change.mode[:8], "mode_name": as_sent(names[change.mode], redacted=redacted)}
    return {"id": id, "kind": change.kind.value, **about, "notes": len(change.codes), **_words(change)}


def _words(change: SuggestedChange) -> dict[str, str]:
    return {
        "name": change.name,
        "definition": change.definition,
        "applies_when": change.applies_when,
        "does_not_apply_when": change.not_when,
        "reason": change.reason,
    }
