"""Spans of a tracing tool, in the one form that all vendors' exports are turned into before they are folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from evaldash.domain.trace import Feedback, Json


class SpanKind(StrEnum):
    """What a span records; CHAIN is everything that is only plumbing."""

    MODEL = "model"  # a call of a language model
    TOOL = "tool"
    RETRIEVAL = "retrieval"
    AGENT = "agent"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span. What a vendor does not say stays empty: nothing is guessed.

    `given` and `answered` are chat messages as `steps_of` reads them (role, content or parts, tool calls): what a model
    call was sent, with all history, and what came back. `input` and `output` are the plain values of all other spans
    (of a model call only where there are no messages). `rest` holds attributes with no other place.
    """

    id: str
    parent: str | None = None
    name: str = ""
    kind: SpanKind = SpanKind.CHAIN
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None
    given: Sequence[Json] = ()
    answered: Sequence[Json] = ()
    input: Json = None
    output: Json = None
    call_id: str | None = None  # of a tool span: the id of the call it carries out
    model: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)  # of a model call: temperature, tools …
    metrics: Mapping[str, float] = field(default_factory=dict)  # tokens_in, tokens_out, cost_usd
    rest: Mapping[str, Json] = field(default_factory=dict)
    position: int = 0  # place among the trace's raw records


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanTrace:
    """The spans of one trace and what the source says about it as a whole."""

    spans: Sequence[Span]
    raw: Sequence[Json]
    format: str
    identity: Sequence[Json] | None = None  # `raw` less feedback and scores; None: the same
    external_id: str | None = None
    session: str | None = None
    version: str | None = None
    started_at: datetime | None = None  # None: the start of the earliest span
    metadata: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)  # win over what is summed from the spans
    tags: Sequence[str] = ()
    feedback: tuple[Feedback, ...] = ()
    input: Json = None  # what the source calls the input and output of the whole trace,
    output: Json = None  # where no span carries them
