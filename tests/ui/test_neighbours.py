"""What the desk answers about neighbours follows the vectors that are there."""

import time
from dataclasses import dataclass

from evaldash.domain.stored import Project
from evaldash.services.desk import Queue
from evaldash.services.embedding import embed_traces
from evaldash.storage.store import Store, open_store
from evaldash.ui.reading.questions import neighbours
from tests.support.traces import conversation, make_project

TRACES = [conversation(number) for number in range(12)]


@dataclass
class Reader:
    """Who asks."""

    store: Store
    project: Project
    queue: Queue
    coder: str = "ana"


def test_vectors_that_came_since_are_taken_up(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    project = make_project(store, TRACES)
    reader = Reader(store, project, Queue(batch=None, title="", order=(TRACES[0].id,), start=None))

    def answers(*, found: bool) -> bool:
        for _ in range(400):
            told = neighbours(reader, {"kind": "neighbours", "trace": TRACES[0].id})
            if told is not None and bool(told["items"]) is found:
                return True
            time.sleep(0.05)
        return False

    assert answers(found=False)  # nothing has a vector yet
    embed_traces(store, project)
    assert answers(found=True)
    store.close()
