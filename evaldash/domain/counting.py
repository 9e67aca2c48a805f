"""Counts as people say them: "1 note", "2 notes", "1 trace holds both"."""

from __future__ import annotations


def count_of(number: int, noun: str, plural: str = "") -> str:
    """Return "1 note", "3 notes", "1,200 notes"; `plural` where an s is not enough ("entry", "entries")."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def agree(number: int, one: str, several: str) -> str:
    """Return the word that goes with a count: agree(1, "holds", "hold")."""
    return one if number == 1 else several
