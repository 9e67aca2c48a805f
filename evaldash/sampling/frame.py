"""What a draw is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evaldash.domain.batch import DrawnTrace, Strategy
from evaldash.sampling.allocation import Allocation


class End(StrEnum):
    """Which end of a metric is wanted."""

    HIGH = "high"
    LOW = "low"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trace of the frame, with what strategies look at; None and missing metrics mean not known."""

    trace: str  # full id
    stratum: str | None = None  # value of the field to stratify by
    cluster: int | None = None  # -1 where it fits nowhere
    metrics: Mapping[str, float] = field(default_factory=dict)
    outlier_score: float | None = None  # GLOSH, 0 well inside to 1 fits nowhere
    vector: int | None = None  # row in the frame's vectors
    unhappy: str | None = None  # what an unhappy user said, in a few words


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """The traces a batch is drawn from. `vectors` is (rows, d); `read` (m, d) the vectors of traces already chosen."""

    candidates: Sequence[Candidate]
    vectors: NDArray[np.float32] | None = None
    read: NDArray[np.float32] | None = None
    cluster_names: Mapping[int, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """N, the number of traces."""
        return len(self.candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a strategy; each looks at its own options only."""

    size: int
    seed: int
    by: str = "field"  # stratified: name of the field, for the reasons
    allocation: Allocation = Allocation.SQRT  # stratified
    rates: Mapping[str, float] = field(default_factory=dict)  # stratified, neyman: failure rate of each stratum
    metric: str | None = None  # extremes
    end: End = End.HIGH  # extremes
    traces: tuple[str, ...] = ()  # picked
    queries: Queries | None = None  # stress
    targeted: Strategy = Strategy.VARIETY  # mixed: how its other half is drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Queries:
    """Questions made to stress a rule: `texts`, and their vectors (q, d)."""

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of the frame: N_h traces, of which n_h were drawn, each with probability n_h / N_h."""

    name: str
    size: int
    drawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A batch in reading order, its strata if any, and sentences about what was left out."""

    traces: tuple[DrawnTrace, ...]
    strata: tuple[Stratum, ...] = ()
    notes: tuple[str, ...] = ()
