"""Whether a stranger could apply the codebook: a second coder reads judged traces blind, and both are compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from evaldash.domain.blind_test import BlindAnswer, BlindTest, JudgedTrace
from evaldash.domain.coding import Verdict
from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.services.coded import CodedProject, load_coded
from evaldash.stats.agreement import MIN_POSITIVES, two_raters
from evaldash.storage import blind_tests, projects, readings, taxonomies
from evaldash.storage.store import Store
from evaldash.taxonomy.blind_draw import draw_for_test

SIZE = 30  # traces of a test
SURE = 1.96  # standard errors to each side of AC1: 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two coders on one yes-or-no question about `n` traces; `first` is who judged before, `second` who was tested.

    AC1 and kappa are None with fewer than 10 yeses of the two together, or where chance alone explains everything.
    """

    name: str
    both: int
    first_only: int
    second_only: int
    neither: int
    ac1: float | None
    ac1_bounds: tuple[float, float] | None  # 95 %
    kappa: float | None

    @property
    def n(self) -> int:
        """All answers."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def same(self) -> int:
        """Answers on which the two agree."""
        return self.both + self.neither

    @property
    def few(self) -> bool:
        """Too few yeses for a coefficient."""
        return 2 * self.both + self.first_only + self.second_only < MIN_POSITIVES


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindResult:
    """What a test says; `together` takes each pair of trace and mode as one answer; these are not independent."""

    verdict: Compared  # does the trace fail at all
    together: Compared
    by_mode: tuple[Compared, ...]
    apart: tuple[str, ...]  # ids of traces on which the two differ, in the order of reading


def frame_of(store: Store, project: Project, *, coder: str) -> list[JudgedTrace]:
    """Return the traces that can test `coder`: judged by others only, and each of their failures has its mode."""
    return _frame(store, project, load_coded(store, project), coder)


def _frame(store: Store, project: Project, coded: CodedProject, coder: str) -> list[JudgedTrace]:
    with store.read() as connection:
        seen = {item.trace for item in readings.current(connection, project, coder=coder)}
    return [
        JudgedTrace(trace=item.trace, failed=item.verdict is Verdict.FAIL, modes=item.modes)
        for item in coded.judged
        if item.trace not in seen and not item.uncategorised and (item.verdict is Verdict.PASS or item.modes)
    ]


def begin_test(store: Store, project: Project, *, coder: str, seed: int) -> BlindTest:
    """Draw a test for a coder and keep it; Conflict where one is not done yet or nothing holds a mode."""
    coded = load_coded(store, project)
    frame = _frame(store, project, coded, coder)
    if not any(item.modes for item in frame):
        raise Conflict(
            f"no trace can test {coder} yet: it takes traces with a failure mode that others judged and {coder} did not"
        )
    with store.write() as connection:
        if any(test.coder == coder and test.waiting for test in blind_tests.listing(connection, project)):
            raise Conflict(f"{coder} has a test that is not done yet; finish it first")
        made = BlindTest(
            id=uuid.uuid4().hex,
            coder=coder,
            seed=seed,
            frame_size=len(frame),
            taxonomy_version=coded.taxonomy.version,
            at=datetime.now(UTC),
            judged=draw_for_test(frame, size=SIZE, rng=np.random.default_rng(seed)),
        )
        blind_tests.add(connection, project, made)
        projects.record(
            connection, project, who=coder, what=f"began a test of the codebook, {count_of(len(made.judged), 'trace')}"
        )
    return made


def list_tests(store: Store, project: Project) -> list[BlindTest]:
    """Return all tests with what was answered so far, newest first."""
    with store.read() as connection:
        return blind_tests.listing(connection, project)


def find_test(store: Store, project: Project, id: str) -> BlindTest:
    """Return a test by its id; NotFound where there is none."""
    found = next((test for test in list_tests(store, project) if test.id == id), None)
    if found is None:
        raise NotFound(f"there is no test {id[:12]} of the codebook")
    return found


def answer_trace(store: Store, project: Project, id: str, given: BlindAnswer, *, coder: str) -> None:
    """Keep what the coder of a test says of a trace; NotFound or InvalidInput for what does not belong to the test."""
    with store.write() as connection:
        test = next((item for item in blind_tests.listing(connection, project) if item.id == id), None)
        if test is None or test.coder != coder:
            raise NotFound(f"{coder} has no test {id[:12]} of the codebook")
        if given.trace not in {item.trace for item in test.judged}:
            raise InvalidInput(f"trace {given.trace[:12]} is not one of this test")
        known = {mode.id for mode in taxonomies.load(connection, project, test.taxonomy_version).modes}
        if not given.modes <= known:
            raise InvalidInput(f"modes must be of taxonomy version {test.taxonomy_version}, got another")
        blind_tests.answer(connection, project, id, given)


def result_of(store: Store, project: Project, test: BlindTest) -> BlindResult:
    """Return how far the two coders agree on the traces that were answered; InvalidInput while there is none."""
    with store.read() as connection:
        modes = taxonomies.load(connection, project, test.taxonomy_version).modes
    pairs = [(item, test.answer(item.trace)) for item in test.judged if test.answer(item.trace).done]
    if not pairs:
        raise InvalidInput("nothing of this test is answered yet")
    held = {mode.id: [(mode.id in first.modes, mode.id in second.modes) for first, second in pairs] for mode in modes}
    return BlindResult(
        verdict=_compared("fails", [(first.failed, second.failed) for first, second in pairs]),
        together=_compared("all modes together", [pair for found in held.values() for pair in found]),
        by_mode=tuple(_compared(mode.name, held[mode.id]) for mode in modes),
        apart=tuple(
            first.trace
            for first, second in pairs
            if (first.failed, first.modes) != (second.failed, second.modes)
        ),
    )  # fmt: skip


def result_document(test: BlindTest, found: BlindResult) -> dict[str, Any]:
    """Return a test and what it came to as the interface documents it."""
    return {
        "test": test.id,
        "coder": test.coder,
        "taxonomy_version": test.taxonomy_version,
        "traces": len(test.judged),
        "answered": len(test.judged) - len(test.waiting),
        "verdict": _compared_document(found.verdict),
        "modes": [_compared_document(item) for item in found.by_mode],
        "apart": list(found.apart),
        "run": None if test.run is None else asdict(test.run),
    }


def _compared_document(item: Compared) -> dict[str, Any]:
    counts = {name: getattr(item, name) for name in ("name", "both", "first_only", "second_only", "neither")}
    return counts | {"ac1": item.ac1, "kappa": item.kappa}


def _compared(name: str, pairs: Iterable[tuple[bool, bool]]) -> Compared:
    table = [[0, 0], [0, 0]]
    for first, second in pairs:
        table[int(first)][int(second)] += 1
    counted = Compared(
        name=name, both=table[1][1], first_only=table[1][0], second_only=table[0][1], neither=table[0][0],
        ac1=None, ac1_bounds=None, kappa=None,
    )  # fmt: skip
    if counted.few:
        return counted
    two = two_raters(table)
    return replace(counted, ac1=two.ac1, ac1_bounds=_bounds(two.ac1, two.ac1_se), kappa=two.kappa)


def _bounds(estimate: float | None, error: float | None) -> tuple[float, float] | None:
    """Without a difference the standard error is 0 and says nothing: no bounds then."""
    if estimate is None or not error:
        return None
    return max(-1.0, estimate - SURE * error), min(1.0, estimate + SURE * error)
