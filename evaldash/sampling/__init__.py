"""Draws of traces for reading, each with its inclusion probability: pure computation over a frozen frame."""

from __future__ import annotations

from evaldash.sampling.allocation import Allocation, allocate
from evaldash.sampling.frame import Candidate, Draw, End, Frame, Request, Stratum
from evaldash.sampling.registry import STRATEGIES, SamplingStrategy, draw, get_strategy

__all__ = [
    "STRATEGIES",
    "Allocation",
    "Candidate",
    "Draw",
    "End",
    "Frame",
    "Request",
    "SamplingStrategy",
    "Stratum",
    "allocate",
    "draw",
    "get_strategy",
]
