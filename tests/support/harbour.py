"""Traces with all that a reader shows, and long ones; and the app over them, on the project "harbour"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evaldash.domain.stored import Project
from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer
from tests.support.traces import make_project

AT = "2026-03-01T12:00:0{}+00:00"
NEEDLE = "the needle at the end"  # what the last step of a long trace says


def message(role: Role, text: str, error: str | None = None) -> Step:
    """Return a message as a step."""
    return Step(kind=StepKind.MESSAGE, role=role, text=text, error=error)


def made(name: str, version: str, steps: Sequence[Step], **metadata: Json) -> Trace:
    """Return a trace of these steps; `name` and `version` tell it apart."""
    record: Json = {"id": name, "version": version}
    return Trace(
        steps=tuple(steps),
        raw=(record,),
        identity=(record,),
        format="test",
        external_id=name,
        version=version,
        metadata=metadata,
    )


def harbour(version: str, answer: str) -> Trace:
    """Return a trace with folds, a deep result, an error, a timeline, two scripts, code and a table."""
    deep: Json = {"pier": {"north": {"berths": [{"name": f"B{n}", "owner": {"boat": f"boat {n}"}} for n in range(30)]}}}
    steps = [
        message(Role.SYSTEM, "You help in a harbour."),
        message(Role.USER, "Is a berth free tonight?"),
        Step(kind=StepKind.MODEL_CALL, name="small-1", attributes={"started_at": AT.format(0), "latency_ms": 900.0}),
        Step(
            kind=StepKind.TOOL_CALL,
            name="list_berths",
            result=deep,
            attributes={"started_at": AT.format(1), "latency_ms": 2000.0},
        ),
        Step(kind=StepKind.TOOL_CALL, name="send_email", error="mailbox full", result={"note": "the boat is late"}),
        message(Role.ASSISTANT, answer),
        message(Role.USER, "متى تفتح الحمامات؟"),
        message(
            Role.ASSISTANT,
            "- **الساعة** 7\n- 早上七点\n\n```python\nprint('seven')\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        ),
    ]
    return made(f"harbour {version}", version, steps, plan="guest", boat="Ilse")


def long_trace(steps: int = 400, *, last: str = NEEDLE) -> Trace:
    """Return a conversation of so many steps of 7,500 characters each, the last one short: 400 are 3 MB."""
    turns = [
        message(Role.USER if n % 2 else Role.ASSISTANT, f"turn {n} " + "over the water " * 500) for n in range(1, steps)
    ]
    return made("long", "1", [*turns, message(Role.ASSISTANT, last)])


FIRST = harbour("1", "Yes, berth B14 within 5 days.")
SECOND = harbour("2", "Yes, berth B15 within 10 days.")


@contextmanager
def harbour_app(
    folder: Path, *, more: Sequence[Trace] = (), prepare: Callable[[Store, Project], object] | None = None
) -> Iterator[AppServer]:
    """Run the app over both harbour traces and `more`, all of them one batch; `prepare` writes what else there is."""
    url = f"sqlite:///{folder / 'store.db'}"
    store = open_store(url)
    traces = [FIRST, SECOND, *more]
    project = make_project(store, traces, name="harbour")
    picked = [trace.id for trace in traces]
    draw_batch(store, project, SampleRequest(strategy="picked", size=len(picked), traces=picked))
    if prepare:
        prepare(store, project)
    store.close()
    with AppServer(database_url=url, log=folder / "app.log") as running:
        yield running
