"""Batches: traces drawn together for reading, and how each was drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Stream(StrEnum):
    """Only the uniform stream feeds saturation and rates; the targeted one finds failures."""

    UNIFORM = "uniform"
    TARGETED = "targeted"


class Strategy(StrEnum):
    """How a batch was drawn."""

    UNIFORM = "uniform"
    STRATIFIED = "stratified"
    CLUSTERS = "clusters"
    EXTREMES = "extremes"
    FEEDBACK = "feedback"
    SIGNAL = "signal"
    VARIETY = "variety"
    OUTLIERS = "outliers"
    STRESS = "stress"
    PICKED = "picked"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTrace:
    """One trace of a batch. `inclusion_probability` is conditional on the batch's frame; None where not known."""

    trace: str
    stream: Stream
    inclusion_probability: float | None
    reason: str


def frame_hash(trace_ids: Iterable[str]) -> str:
    """Return the sha256 of the sorted ids of a frame: two draws from the same frame have the same hash."""
    return hashlib.sha256("\n".join(sorted(trace_ids)).encode()).hexdigest()


def draw_order(trace_ids: Iterable[str], *, seed: int) -> list[str]:
    """Return the ids ordered by a hash of seed and id: the same random order on every machine."""
    return sorted(trace_ids, key=lambda trace: hashlib.sha256(f"{seed}:{trace}".encode()).digest())
