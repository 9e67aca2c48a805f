"""What the desk asks for beside its saves: each question is answered in the next message, None if it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from evaldash.services.reading import reading_payloads

if TYPE_CHECKING:
    from evaldash.ui.reading.exchange import Exchange

Question = Mapping[str, Any]


def opened(exchange: Exchange, question: Question) -> dict[str, Any] | None:
    """Return one trace from outside the batch."""
    trace = str(question.get("trace"))
    found = reading_payloads(exchange.store, exchange.project, [trace])
    return {"trace": trace, "payload": found[0]} if found else None


QUESTIONS: Mapping[str, Callable[[Exchange, Question], dict[str, Any] | None]] = {"opened": opened}
