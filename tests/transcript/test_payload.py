"""What the browser gets of a trace: all of it, in words a person reads."""

import pytest

from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.transcript.facts import facts
from evaldash.transcript.payload import imported, trace_payload
from tests.transcript.laying_out import cards, parts


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({}, ""),
        ({"latency_ms": 812.4}, "812 ms"),
        ({"latency_ms": 1234, "tokens_in": 1340, "tokens_out": 52.0}, "1.2 s · tokens 1,340 in, 52 out"),
        ({"latency_ms": 90_000, "cost_usd": 0.00312}, "1.5 min · $0.0031"),
        ({"cost_usd": 7.5e-05}, "$0.000075"),
        ({"cost_usd": 12.4}, "$12.40"),
        ({"latency_ms": "slow", "tokens_in": None}, ""),
    ],
)
def test_cost_and_time_in_a_few_words(metrics: dict[str, Json], words: str) -> None:
    assert facts(metrics) == words


def test_a_trace_shows_all_its_fields_and_only_short_ones_above_it() -> None:
    long = "a remark of the harbour master " * 5
    record: Json = {"id": 1}
    trace = Trace(
        steps=(Step(kind=StepKind.MESSAGE, role=Role.USER, text="Hello"),), raw=(record,), identity=(record,),
        format="test", metadata={"plan": "pro", "remark": long, "nested": {"a": [1, 2]}}, metrics={"tokens_in": 63.0},
    )  # fmt: skip
    payload = trace_payload(imported(trace))
    assert payload["about"] == {"plan": "pro"}
    fields = dict(payload["fields"])
    assert fields["remark"] == long
    assert fields["tokens_in"] == "63"
    assert fields["nested"].split() == ["{", '"a":', "[", "1,", "2", "]", "}"]


def test_a_message_that_is_json_is_shown_as_a_tree() -> None:
    (step,) = cards(Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text='{"berth":"B14","depth":2.40}'))
    assert parts(step["body"], "json") == [["json", ["o", ["berth", "B14", "depth", ["n", "2.40"]]]]]


@pytest.mark.parametrize(("parents", "depths"), [((None, 1, 2), [0, 1, 2]), ((2, 1, 99), [3, 3, 0]), ((1,), [3])])
def test_enclosing_steps_indent_even_where_a_source_is_wrong(
    parents: tuple[int | None, ...], depths: list[int]
) -> None:
    steps = [Step(kind=StepKind.EVENT, name="x", parent=parent) for parent in parents]
    assert [step["depth"] for step in cards(*steps)] == depths
