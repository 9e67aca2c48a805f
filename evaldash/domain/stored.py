"""Traces and projects as the store gives them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evaldash.domain.trace import Feedback, Json, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One product under analysis. `revision` rises with every write, so that caches know when to let go."""

    key: int
    name: str
    revision: int
    deciding_coder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSummary:
    """A line of the list of projects."""

    name: str
    traces: int
    annotations: int
    modes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceHead:
    """What lists and maps need of a trace; `key` is the store's own number for it."""

    key: int
    id: str
    external_id: str | None
    query: str
    session: str | None
    version: str | None
    format: str
    started_at: datetime | None
    metadata: Mapping[str, Json]
    metrics: Mapping[str, float]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrace:
    """A trace with its steps and feedback."""

    head: TraceHead
    steps: tuple[Step, ...]
    feedback: tuple[Feedback, ...]

    @property
    def id(self) -> str:
        """The content hash."""
        return self.head.id
