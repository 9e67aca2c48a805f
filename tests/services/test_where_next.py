"""What each way of drawing has yielded, counted from the rows, and what the sentences make of it."""

import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import coding
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.services.where_next import WhereNext, where_next
from evaldash.storage.store import Store
from tests.support.traces import conversation, make_project


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, [conversation(number) for number in range(80)])


def read(store: Store, project: Project, strategy: str, size: int, fails: int, **options: str) -> None:
    """Draw a batch and judge it; the first `fails` traces fail, each with a note of its own."""
    batch = draw_batch(store, project, SampleRequest(strategy=strategy, size=size, **options))  # type: ignore[arg-type]
    for number, drawn in enumerate(batch.traces):
        codes = (OpenCode(id=f"{batch.batch}-{number}", text=f"failure {number}"),) if number < fails else ()
        verdict = Verdict.FAIL if codes else Verdict.PASS
        reading = Reading(
            id=f"{batch.batch}r{number}", trace=drawn.trace, verdict=verdict, codes=codes, batch=batch.batch
        )
        coding.save_reading(store, project, reading, coder="ana")


def counts(found: WhereNext) -> dict[str, tuple[int, int, int]]:
    return {item.name: (item.read, item.failed, item.new) for item in found.by_strategy}


def test_before_enough_is_read_it_says_so(store: Store, project: Project) -> None:
    read(store, project, "uniform", 5, 1)
    found = where_next(store, project)
    assert counts(found) == {"uniform": (5, 1, 1)}
    assert "After 10 judged traces" in found.sentences[0]


def test_a_way_that_finds_far_more_is_recommended_with_its_cost(store: Store, project: Project) -> None:
    read(store, project, "uniform", 20, 1)
    read(store, project, "extremes", 20, 15, metric="latency_ms")
    found = where_next(store, project)
    assert counts(found) == {"extremes": (20, 15, 15), "uniform": (20, 1, 1)}
    assert found.sentences[0].startswith("Reading extremes has shown something new in 15 of 20 traces (53 % to 89 %)")
    assert "more than chance explains. Draw that way again" in found.sentences[0]
    assert "rests on 20 random traces and is known within 23 points" in found.sentences[-1]
    assert "20 targeted ones leave it as it is" in found.sentences[-1]


def test_small_differences_are_not_made_into_advice(store: Store, project: Project) -> None:
    read(store, project, "uniform", 20, 4)
    read(store, project, "extremes", 20, 6, metric="latency_ms")
    assert "do not differ from it by more than chance" in where_next(store, project).sentences[0]


def test_the_halves_of_a_mixture_are_two_ways(store: Store, project: Project) -> None:
    read(store, project, "mixed", 20, 3, targeted="extremes", metric="latency_ms")
    assert counts(where_next(store, project)) == {"uniform": (10, 3, 3), "extremes": (10, 0, 0)}
