"""The test of a codebook: a second coder applies it blind to traces that were judged before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTrace:
    """A trace as it was judged before: whether it failed, and the ids of the modes it holds."""

    trace: str
    failed: bool
    modes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindAnswer:
    """What the second coder says of a trace; `other`: it fails in a way of which the codebook knows nothing.

    Ticks are kept as they are made; `done` says that the coder went on to the next trace, so that the answer counts.
    """

    trace: str
    modes: frozenset[str] = frozenset()
    other: bool = False
    done: bool = False

    @property
    def failed(self) -> bool:
        """Any failure at all."""
        return bool(self.modes) or self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """What a model as second coder took: `reasons` and `failed` (why there is no answer) are by trace."""

    model: str
    host: str
    prompt: str
    redacted: bool
    cost_usd: float
    seconds: float
    by: str
    reasons: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindTest:
    """One test. `judged`, in the order of reading, is what was said when it was drawn: later readings change nothing.

    `frame_size` counts the traces that could have been drawn; `run` is there where a model is the coder.
    """

    id: str
    coder: str
    seed: int
    frame_size: int
    taxonomy_version: int
    at: datetime
    judged: tuple[JudgedTrace, ...]
    run: ModelRun | None = None
    answers: Mapping[str, BlindAnswer] = field(default_factory=dict)  # by trace

    @property
    def waiting(self) -> tuple[str, ...]:
        """The traces that still wait for an answer, in order."""
        return tuple(item.trace for item in self.judged if not self.answer(item.trace).done)

    def before(self, trace: str) -> str | None:
        """Return the trace that is read before this one; None for the first."""
        order = [item.trace for item in self.judged]
        place = order.index(trace)
        return order[place - 1] if place else None

    def answer(self, trace: str) -> BlindAnswer:
        """Return what was said of a trace so far."""
        return self.answers.get(trace, BlindAnswer(trace=trace))
