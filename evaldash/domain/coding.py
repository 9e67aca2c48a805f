"""Open coding: a coder's reading of a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from evaldash.errors import InvalidInput


class Verdict(StrEnum):
    """Binary, with a queue for what cannot be decided yet."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCode:
    """One failure in the coder's own words; `id` stays when the wording is edited. `step` counts from 1.

    `mode` is the id of the failure mode that the coder chose while writing, None where none was chosen.
    """

    id: str
    text: str
    step: int | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A sub-check that a project asks of each trace: one question, or `items` that are each there or not."""

    name: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """What a coder answered to one item of a check, in the words it had then; `item` is empty for a single question."""

    check: str
    item: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a coder hands in about one trace. `id` is made by the client, so that a save sent twice counts once."""

    id: str
    trace: str  # full id of the trace that was on the screen
    verdict: Verdict
    codes: tuple[OpenCode, ...] = ()
    comment: str | None = None
    batch: int | None = None
    seconds: float | None = None  # how long the trace was on the screen
    checks: tuple[CheckAnswer, ...] = ()
    settles: bool = False  # said with the readings of others in view, to settle a disagreement

    def __post_init__(self) -> None:
        if self.verdict is Verdict.PASS and self.codes:
            raise InvalidInput(
                f"trace {self.trace[:12]}: a pass carries no code, got {len(self.codes)}; "
                "make it a fail or drop the codes"
            )
        for code in self.codes:
            if not code.text.strip() and code.mode is None:
                raise InvalidInput(f"trace {self.trace[:12]}: a code needs words or a mode, got neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A reading as the store keeps it: the newest of a coder and a trace counts, earlier ones stay as history."""

    id: str
    trace: str
    coder: str
    verdict: Verdict
    comment: str | None
    codes: tuple[OpenCode, ...]
    batch: int | None
    at: datetime
    checks: tuple[CheckAnswer, ...] = ()
    settles: bool = False


def checks_document(answers: Sequence[CheckAnswer]) -> list[dict[str, object]]:
    """Return answers grouped by check: `{name, passed, of, items: [{name, passed}]}`, in the order given."""
    grouped: dict[str, list[CheckAnswer]] = {}
    for answer in answers:
        grouped.setdefault(answer.check, []).append(answer)
    return [
        {
            "name": name,
            "passed": sum(answer.passed for answer in found),
            "of": len(found),
            "items": [{"name": answer.item or name, "passed": answer.passed} for answer in found],
        }
        for name, found in grouped.items()
    ]
