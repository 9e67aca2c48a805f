"""The shapes a model is asked for; every list and text is bounded, so that a small model comes to an end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from evaldash.llm.client import Answer
from evaldash.taxonomy.naming import MAX_NAME_LENGTH

MAX_BATCH_NOTES = 100  # asked about in one request; beyond, models begin to leave notes out
MAX_BATCH_DRAFTS = 150  # joined in one request
MAX_QUOTES = 3
MAX_BATCH_GROUPS = 25  # groups of traces named in one request
MAX_GROUP_NAME = 60  # characters
MAX_CHANGES = 40  # proposed to the modes there are in one answer; more would be another taxonomy
_IDS = "x-ids"  # marks in a schema where ids of one kind stand; taken out again before it is sent


def _ids(kind: str) -> Any:
    return Field(max_length=20, json_schema_extra={_IDS: kind})


NoteId = Annotated[str, _ids("notes")]
ModeId = Annotated[str, _ids("modes")]
DraftId = Annotated[str, _ids("drafts")]
GroupId = Annotated[str, _ids("groups")]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
Sentence = Annotated[str, Field(max_length=400)]


class Quoted(Answer):
    """Words of one note."""

    note: NoteId
    text: Annotated[str, Field(max_length=200)]


class DraftMode(Answer):
    """One failure mode with its notes."""

    name: Name
    definition: Sentence
    applies_when: Sentence
    does_not_apply_when: Sentence
    existing: ModeId | None
    notes: Annotated[list[NoteId], Field(max_length=2 * MAX_BATCH_NOTES)]
    evidence: Annotated[list[Quoted], Field(max_length=MAX_QUOTES)]


class Drafts(Answer):
    """The notes of one request, sorted."""

    modes: Annotated[list[DraftMode], Field(max_length=MAX_BATCH_NOTES)]
    left_over: Annotated[list[NoteId], Field(max_length=2 * MAX_BATCH_NOTES)]


class JoinedMode(Answer):
    """Drafts that mean the same."""

    name: Name
    definition: Sentence
    applies_when: Sentence
    does_not_apply_when: Sentence
    drafts: Annotated[list[DraftId], Field(max_length=2 * MAX_BATCH_DRAFTS)]


class Joined(Answer):
    """The drafts of several requests, joined."""

    modes: Annotated[list[JoinedMode], Field(max_length=MAX_BATCH_DRAFTS)]


class GroupName(Answer):
    """The name of one group of traces."""

    group: GroupId
    name: Annotated[str, Field(min_length=1, max_length=MAX_GROUP_NAME)]


class GroupNames(Answer):
    """The names of the groups of one request."""

    names: Annotated[list[GroupName], Field(max_length=2 * MAX_BATCH_GROUPS)]


class ModeChange(Answer):
    """One change to a mode that is there; what its kind does not need is null or empty."""

    kind: Literal["merge", "split", "move", "rename", "define"]
    mode: ModeId
    into: ModeId | None
    name: Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
    definition: Sentence
    applies_when: Sentence
    does_not_apply_when: Sentence
    notes: Annotated[list[NoteId], Field(max_length=2 * MAX_BATCH_NOTES)]
    reason: Sentence


class Changes(Answer):
    """What should change."""

    changes: Annotated[list[ModeChange], Field(max_length=MAX_CHANGES)]


class JoinedChange(Answer):
    """Proposals that say the same of one mode."""

    proposals: Annotated[list[DraftId], Field(max_length=2 * MAX_BATCH_DRAFTS)]
    name: Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
    definition: Sentence
    applies_when: Sentence
    does_not_apply_when: Sentence
    reason: Sentence


class JoinedChanges(Answer):
    """The proposals of several requests, joined."""

    changes: Annotated[list[JoinedChange], Field(max_length=MAX_BATCH_DRAFTS)]


def schema_with_ids(answer: type[Answer], ids: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the JSON schema to send: where ids stand only those of the request, and no list longer than there are ids.

    Answers are not held to it when they are read: a wrong id is asked about and repaired, it does not end the run.
    """
    longest = max((len(known) for known in ids.values()), default=0)
    schema: dict[str, Any] = _filled(answer.model_json_schema(), ids, longest)
    return schema


def _filled(node: Any, ids: Mapping[str, Sequence[str]], longest: int) -> Any:
    if isinstance(node, list):
        return [_filled(item, ids, longest) for item in node]
    if not isinstance(node, dict):
        return node
    if _IDS in node:
        known = list(ids.get(node[_IDS], ()))
        return {"type": "string", "enum": known} if known else {"type": "string", "maxLength": 1}
    filled = {key: _filled(value, ids, longest) for key, value in node.items()}
    if "maxItems" in filled:
        filled["maxItems"] = min(filled["maxItems"], max(longest, 1))
    return filled
