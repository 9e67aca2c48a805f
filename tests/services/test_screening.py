"""Signals that need all traces: equal endings, unusual orders of tools; traces of older stores get their own."""

from collections.abc import Iterator

import pytest

from evaldash.domain.screening import explain
from evaldash.domain.stored import Project
from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.services.browse import count_traces, trace_heads
from evaldash.services.screening import screen
from evaldash.storage.schema import traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import make_project

BOILERPLATE = "Your ferry leaves at {} from the old pier; please be there a quarter of an hour before."


def trace(number: int, tools: tuple[str, ...], answer: str) -> Trace:
    steps = (
        Step(kind=StepKind.MESSAGE, role=Role.USER, text=f"When is ferry {number}?"),
        *(Step(kind=StepKind.TOOL_CALL, name=name, arguments={"n": i}) for i, name in enumerate(tools)),
        Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text=answer),
    )
    raw: Json = {"n": number}
    return Trace(steps=steps, raw=(raw,), identity=(raw,), format="test", external_id=f"t{number}")


USUAL = ("find", "check", "book")
TRACES = [
    *(trace(n, USUAL, BOILERPLATE.format(f"{n}:15")) for n in range(4)),
    *(
        trace(n, USUAL[: 1 + n % 3], f"Nothing like it, trace number {'x' * n} is answered in its own words.")
        for n in range(4, 19)
    ),
    trace(19, ("book", "find", "book", "check"), "Booked twice, and this sentence stands in no other trace at all."),
]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def test_what_only_all_traces_together_tell(store: Store, project: Project) -> None:
    report = screen(store, project)
    assert (report.traces, report.signals["near_duplicate_answers"]) == (20, 4)
    found = {str(head.external_id): head.metrics for head in trace_heads(store, project)}
    assert explain(found["t0"]) == ["3 other traces end with nearly this answer"]
    assert explain(found["t19"]) == ["calls its tools in an order that few traces have"]
    assert count_traces(store, project, "metric.unusual_tools > 3.5") == 1


def test_traces_of_an_older_store_get_their_own_signals(store: Store, project: Project) -> None:
    with store.write() as connection:
        connection.execute(traces.update().values(metrics={"turns": 1, "latency_ms": 5.5}))
    assert count_traces(store, project, "has metric.retries") == 0
    screen(store, project)
    assert count_traces(store, project, "metric.retries = 0 and metric.latency_ms = 5.5") == 20
