"""Check evaldash against reference cases: `python -m tests.stats.check_reference FILE.json …`.

One line a case, then `N passed, M failed`; the exit code is 1 where one failed. A function name that evaldash does not
know is a failure. What a case expects beyond numbers of ours (notes, the truth of a population) is not compared, and
where we differ on purpose from what a package prints, `DIFFERENT` says why and the line names it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.stats.reference import FUNCTIONS

CONTEXT = frozenset(
    {"note", "population_truth", "judgy_ci"}
)  # in "expected", but not computed from the input, or random
DEFAULT_TOLERANCE = 1e-9
PRINTED_WHOLE = 100_000  # R prints six digits or so: from here on a whole number is a rounded one
ICHAO2 = (
    "SpadeR's derivatives of iChao2 leave out the modes seen and carry a wrong sign (with Q3 = 0, where iChao2 is "
    "Chao2, its SE differs from Chao2's own); ours is the delta method, as for the other estimators"
)
DIFFERENT = {("se", "ichao2"): ICHAO2, ("ci95", "ichao2"): ICHAO2}
Q2_ZERO = "with Q2 = 0 SpadeR's SE of coverage-based estimators is 0.03 to 0.08 % larger; compared to 0.2 %"
FLOAT32 = "the weights behind Kish's n in this case are float32; compared to 1e-6 of it"
COVERAGE_BASED = frozenset({"homogeneous", "ice", "ice1"})


@dataclass(frozen=True)
class Result:
    """How one case went: what did not fit, and what was not compared as strictly, with the reason."""

    case: str
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line that is printed."""
        state = "FAILED" if self.problems else "passed"
        return "  ".join([f"{state}  {self.case}", *self.problems, *(f"[{remark}]" for remark in self.remarks)])


def check(case: Mapping[str, Any]) -> Result:
    """Compute one case and compare all that it expects."""
    name = f"{case.get('id', '?')} ({case['function']})"
    function = FUNCTIONS.get(case["function"])
    if function is None:
        return Result(name, ("no such function",))
    try:
        found = function(case["input"])
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        return Result(name, (f"{type(error).__name__}: {error}",))
    remarks: list[str] = []
    problems = [
        problem
        for where, expected, got in _pairs((), case["expected"], found)
        if (problem := _problem(where, expected, got, case, remarks))
    ]
    return Result(name, tuple(problems), tuple(dict.fromkeys(remarks)))


def main(paths: list[str]) -> int:
    """Check all cases of all files; return the exit code."""
    results = [check(case) for path in paths for case in json.loads(Path(path).read_text())["cases"]]
    for result in results:
        print(result.line)
    failed = sum(bool(result.problems) for result in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return int(failed > 0)


def _pairs(where: tuple[str, ...], expected: Any, found: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Walk the expected result down to its numbers and lists, each with what was found at the same place."""
    if callable(found):
        found = found(list(expected))
    if not isinstance(expected, Mapping):
        yield where, expected, found
        return
    for key, value in expected.items():
        if key not in CONTEXT:
            yield from _pairs((*where, key), value, found.get(key) if isinstance(found, Mapping) else None)


def _problem(where: tuple[str, ...], expected: Any, found: Any, case: Mapping[str, Any], remarks: list[str]) -> str:
    """Return what does not fit, or nothing; where the comparison is looser than the case asks, remark on it."""
    if where in DIFFERENT:
        remarks.append(f"{'.'.join(where)} not compared: {DIFFERENT[where]}")
        return ""
    tolerance = case.get("tolerance", DEFAULT_TOLERANCE)
    if _equal(expected, found, tolerance):
        return ""
    looser, reason = _looser(where, case)
    if looser and _equal(expected, found, looser * max(map(abs, np.atleast_1d(expected)))):
        remarks.append(f"{'.'.join(where)}: {reason}")
        return ""
    return f"{'.'.join(where)}: expected {expected}, got {found}"


def _looser(where: tuple[str, ...], case: Mapping[str, Any]) -> tuple[float, str]:
    """Return the relative tolerance of a place where the printed value itself is less exact, with the reason."""
    if where == ("kish_neff",):
        return 1e-6, FLOAT32
    rare = case["input"].get("Q_infrequent", {"2": 1})
    if where[0] in {"se", "ci95"} and where[-1] in COVERAGE_BASED and not rare.get("2"):
        return 2e-3, Q2_ZERO
    return 0.0, ""


def _equal(expected: Any, found: Any, tolerance: float) -> bool:
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(expected) == len(found)
            and all(_equal(a, b, tolerance) for a, b in zip(expected, found, strict=True))
        )
    if isinstance(expected, bool | str) or expected is None or found is None:
        return bool(expected == found)
    if isinstance(expected, int) and abs(expected) >= PRINTED_WHOLE:
        tolerance = max(tolerance, 0.5)
    return bool(abs(expected - found) <= tolerance)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
