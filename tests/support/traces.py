"""Small traces and projects for tests, written by us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from evaldash.domain.stored import Project
from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.storage import imports, projects, traces
from evaldash.storage.store import Store

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
QUERIES = (
    "When does the night train to Basel leave?",
    "My seat reservation is missing from the ticket",
    "Can I bring a bicycle on the 14:10?",
    "The refund for the cancelled train has not arrived",
    "Is there a vegetarian meal on board?",
    "I was charged twice for the same journey",
    "Which platform does the train from Graz arrive on?",
    "Please change my ticket to Friday",
)


def conversation(number: int, *, session: str | None = None, version: str | None = None) -> Trace:
    """Return a short conversation; number tells it apart: system prompt, question, look-up, answer."""
    query = f"{QUERIES[number % len(QUERIES)]} (booking {number})"
    raw: Json = {"id": f"t{number}", "query": query}
    steps = (
        Step(kind=StepKind.MESSAGE, role=Role.SYSTEM, text="You help train passengers.", source_positions=(0,)),
        Step(kind=StepKind.MESSAGE, role=Role.USER, text=query, source_positions=(1,)),
        Step(
            kind=StepKind.TOOL_CALL,
            name="find_booking",
            arguments={"number": number},
            result={"status": "paid"},
            source_positions=(2, 3),
        ),
        Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text=f"Booking {number} is fine.", source_positions=(4,)),
    )
    return Trace(
        steps=steps,
        raw=(raw,),
        identity=(raw,),
        format="test",
        external_id=f"t{number}",
        session=session,
        version=version or ("2" if number % 2 else "1"),
        started_at=START + timedelta(hours=number),
        metadata={"plan": "flex" if number % 3 else "saver"},
        metrics={"latency_ms": 100.0 * number},
    )


def make_project(store: Store, given: Sequence[Trace], *, name: str = "trains") -> Project:
    """Store traces as a project, as an import would."""
    with store.write() as connection:
        project = projects.create(connection, name)
        key = imports.start(connection, project, paths=["traces.jsonl"], unit="auto", version=None, by=None)
        traces.add(connection, project, key, given)
    return project
