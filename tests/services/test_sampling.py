"""Batches that prefer trouble, on both databases: unhappy users, signals, rates so far, questions that try a rule."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from evaldash.domain.coding import Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Feedback, Json, Role, Step, StepKind, Trace
from evaldash.errors import InvalidInput
from evaldash.services import coding
from evaldash.services.embedding import embed_traces
from evaldash.services.sampling import SampleRequest, draw_batch, preview_batch
from evaldash.storage.store import Store, open_store
from tests.support.traces import make_project


def trace(number: int, *, said: tuple[Feedback, ...] = (), question: str = "When does the ferry leave?") -> Trace:
    steps = (
        Step(kind=StepKind.MESSAGE, role=Role.USER, text=f"{question} {number}"),
        Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text="Sorry!" if number == 3 else "At nine."),
    )
    raw: Json = {"n": number}
    plan: Json = "pro" if number % 2 else "free"
    return Trace(
        steps=steps, raw=(raw,), identity=(raw,), format="test", external_id=f"t{number}", metadata={"plan": plan},
        feedback=said,
    )  # fmt: skip


SAID = {
    0: (Feedback(name="thumbs", value="down", comment="named the wrong pier"),),
    1: (Feedback(name="thumbs", value="up"),),
    2: (Feedback(name="stars", value=2),),
    4: (Feedback(name="stars", value=5),),
    5: (Feedback(name="correctness", value=0.1),),  # of an evaluator, not of a user
    6: (Feedback(name="ticket", comment="I want my money back"),),
}


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, [trace(number, said=SAID.get(number, ())) for number in range(12)])


def names(store: Store, project: Project, request: SampleRequest) -> dict[str, tuple[float | None, str]]:
    from evaldash.services.browse import heads_of

    drawn = preview_batch(store, project, request).traces
    names = {head.id: head.external_id for head in heads_of(store, project, [item.trace for item in drawn])}
    return {str(names[item.trace]): (item.inclusion_probability, item.reason) for item in drawn}


def test_unhappy_users_are_those_who_said_so(store: Store, project: Project) -> None:
    found = names(store, project, SampleRequest(strategy="feedback", size=5))
    assert {name: chance for name, (chance, _) in found.items()} == {"t0": 1.0, "t2": 1.0, "t6": 1.0}
    assert found["t0"][1] == "thumbs: down “named the wrong pier”; 3 of 3 such traces"
    assert found["t6"][1].startswith("ticket: said “I want my money back”")


def test_signals_make_a_trace_likelier_and_say_why(store: Store, project: Project) -> None:
    found = names(store, project, SampleRequest(strategy="signal", size=11))
    assert found["t0"] == (1.0, "weighted by its signals: the user was unhappy")
    assert found["t3"] == (1.0, "weighted by its signals: apologised once")
    assert {chance for name, (chance, _) in found.items() if name not in {"t0", "t2", "t3", "t6"}} == {7 / 8}


def test_neyman_reads_more_where_verdicts_vary(store: Store, project: Project) -> None:
    by_plan = SampleRequest(strategy="stratified", by="metadata.plan", allocation="neyman", size=4)
    with pytest.raises(InvalidInput, match="needs a failure rate for each value of"):
        preview_batch(store, project, by_plan)
    batch = draw_batch(store, project, SampleRequest(strategy="uniform", size=6, seed=3))
    for number, drawn in enumerate(batch.traces):
        verdict = Verdict.FAIL if number % 3 == 0 else Verdict.PASS
        coding.save_reading(store, project, Reading(id=f"r{number}", trace=drawn.trace, verdict=verdict), coder="ana")
    assert len(preview_batch(store, project, by_plan).traces) == 4


@pytest.mark.slow
def test_nobody_waits_while_questions_are_embedded(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaldash.storage.store.BUSY_TIMEOUT_MS", 50)

    class Embedder:
        name = "minilm"

        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            with store.write():  # as a save from the desk would
                return np.eye(384, dtype=np.float32)[: len(texts)]

    embed_traces(store, project)
    monkeypatch.setattr("evaldash.services.sampling.get_embedder", lambda _name: Embedder())
    drawn = draw_batch(store, project, SampleRequest(strategy="stress", size=3, queries=("Is it late?",)))
    assert len(drawn.traces) == 3


def test_a_stress_set_finds_what_is_asked_in_other_words(store: Store) -> None:
    questions = ["Can I bring my dog?", "Is there a vegetarian meal?", "When does it leave?", "How do I get a refund?"]
    project = make_project(store, [trace(i, question=question) for i, question in enumerate(questions)], name="stress")
    asked = SampleRequest(
        strategy="stress", size=2, queries=["I want my money back", " ", "Are pets allowed on board?"]
    )
    draw_batch(store, project, asked)
    from evaldash.services.sampling import drawn_traces

    drawn = drawn_traces(store, project, 1)
    assert [item.reason.split("”")[0] for item in drawn] == [
        "like “I want my money back",
        "like “Are pets allowed on board?",
    ]
    assert {item.inclusion_probability for item in drawn} == {None}
