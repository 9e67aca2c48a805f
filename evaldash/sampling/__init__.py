"""Draws of traces for reading, each with its inclusion probability: pure computation over a frozen frame."""

from __future__ import annotations

from evaldash.sampling.allocation import Allocation, allocate
from evaldash.sampling.frame import Candidate, Draw, End, Frame, Queries, Request, Stratum
from evaldash.sampling.registry import HALVES, STRATEGIES, SamplingStrategy, draw, get_strategy, needs_of

__all__ = [
    "HALVES",
    "STRATEGIES",
    "Allocation",
    "Candidate",
    "Draw",
    "End",
    "Frame",
    "Queries",
    "Request",
    "SamplingStrategy",
    "Stratum",
    "allocate",
    "draw",
    "get_strategy",
    "needs_of",
]
