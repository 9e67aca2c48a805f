"""The trace: the unit that is read, and what an importer yields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class StepKind(StrEnum):
    """What a step of a trace is."""

    MESSAGE = "message"
    REASONING = "reasoning"
    TOOL_CALL = "tool_call"  # holds its result
    RETRIEVAL = "retrieval"
    MODEL_CALL = "model_call"
    EVENT = "event"


class Role(StrEnum):
    """Who speaks in a step."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Unit(StrEnum):
    """What becomes one trace at import."""

    AUTO = "auto"  # the source's trace; single-turn traces that share a session are joined
    TRACE = "trace"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a trace; `parent` is the index (from 1) of the step that encloses it."""

    kind: StepKind
    role: Role | None = None
    name: str | None = None
    text: str | None = None
    arguments: Json = None
    result: Json = None
    error: str | None = None
    parent: int | None = None
    source_positions: tuple[int, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)  # model, tokens, call id … of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a user or an evaluator of the source said about a trace; a `score` is a number with a name."""

    name: str
    value: Json = None
    comment: str | None = None
    author: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A complete record from an initial query to the final response, as an importer read it.

    `raw` are the source's records, untouched. `identity` are the same records less feedback and scores,
    which often come later; the `id` is made from them.
    """

    steps: tuple[Step, ...]
    raw: tuple[Json, ...]
    identity: tuple[Json, ...]
    format: str
    external_id: str | None = None
    session: str | None = None
    version: str | None = None
    started_at: datetime | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Sequence[str] = ()
    feedback: tuple[Feedback, ...] = ()

    @property
    def id(self) -> str:
        """The sha256 (64 hex digits) of the canonical JSON of `identity`."""
        return content_id(self.identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportIssue:
    """A record that could not become a trace: where it stood, why, and what it was."""

    source: str
    record: str  # "line 7", "record 3", "row 12": how a person finds it
    reason: str
    raw: str | None = None


def canonical_json(value: Any) -> str:
    """Return the one JSON text that stands for `value`: sorted keys, no white space, nothing escaped needlessly."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_id(records: Sequence[Json]) -> str:
    """Return the sha256 of the canonical JSON of `records`; lone surrogates are hashed as they are."""
    return hashlib.sha256(canonical_json(list(records)).encode("utf-8", "surrogatepass")).hexdigest()


def without_keys(record: Mapping[str, Json], keys: frozenset[str]) -> dict[str, Json]:
    """Return `record` less top-level `keys` (the feedback and scores of a source)."""
    return {name: value for name, value in record.items() if name not in keys}


def is_single_turn(trace: Trace) -> bool:
    """Tell whether a trace holds at most one user message (then a session of them is one conversation)."""
    return sum(step.kind is StepKind.MESSAGE and step.role is Role.USER for step in trace.steps) <= 1


def first_query(steps: Sequence[Step]) -> str:
    """Return the text of the first user message, else of the first message that is not a system prompt, else ''."""
    messages = [s for s in steps if s.kind is StepKind.MESSAGE and s.text]
    users = [s for s in messages if s.role is Role.USER]
    others = [s for s in messages if s.role is not Role.SYSTEM]
    return next((s.text or "" for s in (*users, *others)), "")


def final_answer(steps: Sequence[Step]) -> str:
    """Return the text of the last assistant message, or ''."""
    answers = [s.text for s in steps if s.kind is StepKind.MESSAGE and s.role is Role.ASSISTANT and s.text]
    return answers[-1] if answers else ""


def conversation_text(steps: Sequence[Step]) -> str:
    """Return what was said by user and assistant, turn after turn, without system prompts and tool traffic."""
    spoken = (Role.USER, Role.ASSISTANT)
    return "\n".join(s.text for s in steps if s.kind is StepKind.MESSAGE and s.role in spoken and s.text)


def step_metrics(steps: Sequence[Step]) -> dict[str, float]:
    """Return the metrics that follow from the steps alone: turns, tool_calls, errors, chars."""
    return {
        "turns": sum(s.kind is StepKind.MESSAGE and s.role is Role.USER for s in steps),
        "tool_calls": sum(s.kind is StepKind.TOOL_CALL for s in steps),
        "errors": sum(s.error is not None for s in steps),
        "chars": sum(len(s.text or "") for s in steps),
    }


def joined(traces: Sequence[Trace]) -> Trace:
    """Return the conversation that several traces of one session make, in the order of their times as given."""
    first = traces[0]
    steps: list[Step] = []
    for trace, offset in zip(traces, _record_offsets(traces), strict=True):
        steps += _moved(_news(steps, trace.steps), to=len(steps), record=offset)
    metrics: dict[str, float] = {}
    for trace in traces:
        for name, value in trace.metrics.items():
            metrics[name] = metrics.get(name, 0) + value
    return replace(
        first,
        steps=tuple(steps),
        raw=tuple(record for trace in traces for record in trace.raw),
        identity=tuple(record for trace in traces for record in trace.identity),
        external_id=first.session,
        metrics=metrics,
        metadata={name: value for trace in reversed(traces) for name, value in trace.metadata.items()},
        tags=tuple(dict.fromkeys(tag for trace in traces for tag in trace.tags)),
        feedback=tuple(item for trace in traces for item in trace.feedback),
    )


def _news(so_far: Sequence[Step], steps: Sequence[Step]) -> dict[int, Step]:
    """Return the steps of a turn, by index from 1, less what it repeats: system prompts, and the whole talk before it.

    Only a turn that begins with all that was said so far repeats it; the same question twice is asked twice.
    """
    prompts = {step.text for step in so_far if step.role is Role.SYSTEM}
    said = [key for step in so_far if (key := _spoken(step))]
    spoken = [index for index, step in enumerate(steps, start=1) if _spoken(step)]
    repeats = len(spoken) > len(said) and [_spoken(steps[index - 1]) for index in spoken[: len(said)]] == said
    known = set(spoken[: len(said)]) if repeats else set()
    return {
        index: step
        for index, step in enumerate(steps, start=1)
        if index not in known and not (step.role is Role.SYSTEM and step.text in prompts)
    }


def _spoken(step: Step) -> str | None:
    """Return what identifies a step as said or done in a conversation, None for plumbing and system prompts."""
    if step.role is Role.SYSTEM or step.kind not in (StepKind.MESSAGE, StepKind.TOOL_CALL):
        return None
    return canonical_json([step.kind, step.role, step.name, step.text, step.arguments])


def _moved(steps: Mapping[int, Step], *, to: int, record: int) -> list[Step]:
    """Return steps, given by their old index, as they stand behind `to` others; who enclosed them may be gone."""
    place = {index: to + position for position, index in enumerate(steps, start=1)}
    return [
        replace(
            step,
            parent=None if step.parent is None else place.get(step.parent),
            source_positions=tuple(position + record for position in step.source_positions),
        )
        for step in steps.values()
    ]


def _record_offsets(traces: Sequence[Trace]) -> list[int]:
    offsets, total = [], 0
    for trace in traces:
        offsets.append(total)
        total += 1 + max((p for step in trace.steps for p in step.source_positions), default=-1)
    return offsets
