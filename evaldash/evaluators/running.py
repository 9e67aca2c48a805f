"""Checks run over traces one by one, and what they found set against what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaldash.domain.check import Check
from evaldash.evaluators.functions import FUNCTIONS
from evaldash.stats.intervals import Interval, wilson

MOST_LISTED = 200  # traces named for each check


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found over `traces`, and against people over the `judged` ones.

    `precision`: of the judged traces it fires on, the share that people gave the mode; `recall`: of those with the
    mode, the share it fires on. `false_alarms` and `missed` name traces to look at, at most 200 of each.
    """

    check: Check
    traces: int
    fired: int
    judged: int
    precision: Interval
    recall: Interval
    false_alarms: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Counts while traces go by; nothing but ids is kept."""

    check: Check
    labelled: Mapping[str, bool]  # judged trace -> whether people gave it the mode
    traces: int = 0
    fired: int = 0
    right: int = 0
    false_alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def see(self, trace: Mapping[str, Any]) -> None:
        """Run the check on one trace, as `evaldash traces` prints it."""
        found = FUNCTIONS[self.check.kind.value](self.check.spec, trace) is not None
        self.traces += 1
        self.fired += found
        has = self.labelled.get(trace["id"])
        if has is None or (not found and not has):
            return
        if found and has:
            self.right += 1
        elif found:
            self.false_alarms.append(trace["id"])
        else:
            self.missed.append(trace["id"])

    def result(self) -> CheckResult:
        """Return what was found so far."""
        return CheckResult(
            check=self.check,
            traces=self.traces,
            fired=self.fired,
            judged=len(self.labelled),
            precision=wilson(self.right, self.right + len(self.false_alarms)),
            recall=wilson(self.right, self.right + len(self.missed)),
            false_alarms=tuple(self.false_alarms[:MOST_LISTED]),
            missed=tuple(self.missed[:MOST_LISTED]),
        )


def tallies(checks: Sequence[Check], modes_of: Mapping[str, frozenset[str]]) -> list[Tally]:
    """Return a tally for each check; `modes_of` gives the mode ids of each judged trace."""
    return [
        Tally(check=check, labelled={trace: check.mode in modes for trace, modes in modes_of.items()})
        for check in checks
    ]
