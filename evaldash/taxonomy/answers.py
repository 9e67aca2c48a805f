"""The shapes a model is asked for; every list and text is bounded, so that a small model comes to an end."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evaldash.llm.client import Answer
from evaldash.taxonomy.naming import MAX_NAME_LENGTH

MAX_BATCH_NOTES = 100  # asked about in one request; beyond, models begin to leave notes out
MAX_BATCH_DRAFTS = 150  # joined in one request

ShortId = Annotated[str, Field(max_length=20)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
Definition = Annotated[str, Field(max_length=600)]


class DraftMode(Answer):
    """One failure mode with its notes."""

    name: Name
    definition: Definition
    existing: ShortId | None
    notes: Annotated[list[ShortId], Field(max_length=2 * MAX_BATCH_NOTES)]
    evidence: Annotated[list[ShortId], Field(max_length=10)]


class Drafts(Answer):
    """The notes of one request, sorted."""

    modes: Annotated[list[DraftMode], Field(max_length=MAX_BATCH_NOTES)]
    left_over: Annotated[list[ShortId], Field(max_length=2 * MAX_BATCH_NOTES)]


class JoinedMode(Answer):
    """Drafts that mean the same."""

    name: Name
    definition: Definition
    drafts: Annotated[list[ShortId], Field(max_length=2 * MAX_BATCH_DRAFTS)]


class Joined(Answer):
    """The drafts of several requests, joined."""

    modes: Annotated[list[JoinedMode], Field(max_length=MAX_BATCH_DRAFTS)]
