"""The taxonomy: failure modes at a version, and the codes each holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a failure mode is for the user it happens to; a trace either has the mode or not."""

    CRITICAL = "critical"  # harm, loss, or a promise that cannot be kept
    MAJOR = "major"  # the user does not get what they came for
    MINOR = "minor"  # an annoyance


class Outcome(StrEnum):
    """What a person said to a proposal."""

    ACCEPTED = "accepted"
    EDITED = "edited"  # accepted in words of one's own, or for other notes
    REJECTED = "rejected"
    PASSED_OVER = "passed over"  # seen, and neither taken nor answered otherwise
    REOPENED = "reopened"  # the rejection before it was taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureMode:
    """A named category of open codes: a binary question about a trace. `id` stays when it is renamed.

    `severity` is one of Severity or empty; `owner` is who sees to it that it goes away.
    """

    id: str
    name: str
    definition: str = ""
    applies_when: str = ""
    not_when: str = ""
    severity: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All modes at one version and `assignments`: code id -> mode id. Version 0 is the empty taxonomy."""

    version: int = 0
    published: str | None = None
    modes: tuple[FailureMode, ...] = ()
    assignments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyChange:
    """One line of the history: what made a version, by whom, and when."""

    version: int
    action: str
    summary: str
    by: str
    at: datetime
    published: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a note, exactly as they stand there, that show a mode."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedMode:
    """A change proposed to the taxonomy: a new mode, or codes for an `existing` one; `evidence` is part of `codes`.

    `confidence` is between 0 and 1, None where the method has none: how much closer the notes are to each other than
    to the nearest other notes.
    """

    name: str
    definition: str
    codes: tuple[str, ...]
    evidence: tuple[str, ...]
    existing: str | None = None
    confidence: float | None = None
    applies_when: str = ""
    not_when: str = ""
    quotes: tuple[Quote, ...] = ()


class ChangeKind(StrEnum):
    """What may be proposed for modes that are there."""

    MERGE = "merge"
    SPLIT = "split"
    MOVE = "move"
    RENAME = "rename"
    DEFINE = "define"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedChange:
    """A change proposed to the mode `mode` (an id); `into` is the mode that a merge or a move ends in.

    `name` is the new name, or that of the mode split off; the three texts are empty where they stay as they are.
    `codes` are the notes that a split or a move takes, else those that the change rests on. `before` are the words that
    a new name or definition is to replace, where known: once people have changed them, it is of no use.
    """

    kind: ChangeKind
    mode: str
    into: str | None = None
    name: str = ""
    definition: str = ""
    applies_when: str = ""
    not_when: str = ""
    codes: tuple[str, ...] = ()
    reason: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A reviewable change list; every code asked about is in exactly one mode or in `left_over`.

    `reasons` says for each code left over why; `left_over_reason` sums it up. `changes` are to modes that are there;
    `unusable` says in words what was proposed for them and could not be used. `passes` counts the requests in which
    notes went to a model, 0 where there was none.
    """

    id: str
    method: str
    modes: tuple[SuggestedMode, ...]
    left_over: tuple[str, ...]
    cost_usd: float = 0.0
    left_over_reason: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[SuggestedChange, ...] = ()
    unusable: tuple[str, ...] = ()
    passes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person said to one proposal; by its `subject` a rejected one is known when it comes again."""

    kind: str  # card, place, merge, split, thin, far
    subject: str
    suggester: str
    outcome: Outcome
    content: Mapping[str, Any] = field(default_factory=dict)
