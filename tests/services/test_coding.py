"""Readings from the desk: written once, on the trace they were made on, with the modes chosen in them."""

import threading
from collections.abc import Iterator

import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput, NotFound
from evaldash.services import coding, taxonomy
from evaldash.services.desk_events import apply_events
from evaldash.storage import readings
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

TRACES = [conversation(number) for number in range(4)]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def fail(number: int, *codes: OpenCode, id: str = "save-1") -> Reading:
    return Reading(id=id, trace=TRACES[number].id, verdict=Verdict.FAIL, codes=codes)


def test_a_save_is_there_once_however_often_it_is_sent(store: Store, project: Project) -> None:
    reading = fail(0, OpenCode(id="c1", text="ignored the seat", step=4))
    assert coding.save_reading(store, project, reading, coder="ana")
    assert not coding.save_reading(store, project, reading, coder="ana")
    found = coding.list_annotations(store, project)
    assert [(item.trace, item.verdict, item.codes) for item in found] == [
        (TRACES[0].id, Verdict.FAIL, reading.codes),
    ]


def test_a_save_ends_the_draft(store: Store, project: Project) -> None:
    coding.save_draft(store, project, trace=TRACES[0].id, coder="ana", content={"text": "ignored the"})
    assert coding.drafts(store, project, coder="ana") == {TRACES[0].id: {"text": "ignored the"}}
    coding.save_reading(store, project, fail(0, OpenCode(id="c1", text="ignored the seat")), coder="ana")
    assert coding.drafts(store, project, coder="ana") == {}


REFUSED = {
    "unknown trace": (Reading(id="x", trace="0" * 64, verdict=Verdict.PASS), NotFound, "no trace '000000000000'"),
    "unknown batch": (Reading(id="x", trace=TRACES[0].id, verdict=Verdict.PASS, batch=7), NotFound, "no batch 7"),
    "step beyond the end": (fail(0, OpenCode(id="c", text="late", step=5)), InvalidInput, "between 1 and 4, got 5"),
    "step before the start": (fail(0, OpenCode(id="c", text="late", step=0)), InvalidInput, "between 1 and 4, got 0"),
    "unknown mode": (fail(0, OpenCode(id="c", text="late", mode="nope")), NotFound, "merged or retired"),
}  # fmt: skip


@pytest.mark.parametrize(("reading", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_leaves_nothing(
    store: Store, project: Project, reading: Reading, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        coding.save_reading(store, project, reading, coder="ana")
    assert coding.list_annotations(store, project) == []
    assert coding.list_codes(store, project)[0] == []


def test_a_pass_carries_no_code() -> None:
    with pytest.raises(InvalidInput, match="a pass carries no code, got 1"):
        Reading(id="x", trace="t", verdict=Verdict.PASS, codes=(OpenCode(id="c", text="late"),))


def test_a_mode_chosen_at_the_desk_is_an_assignment_and_a_version(store: Store, project: Project) -> None:
    mode = taxonomy.create(store, project, "Wrong date", who="ana").taxonomy.modes[0]
    coding.save_reading(store, project, fail(0, OpenCode(id="c1", text="12 for 21", mode=mode.id)), coder="ana")
    now = taxonomy.view(store, project)
    assert [code.id for code in now.by_mode[mode.id]] == ["c1"]
    assert now.taxonomy.version == 2


def test_editing_a_code_keeps_its_id_and_mode(store: Store, project: Project) -> None:
    mode = taxonomy.create(store, project, "Wrong date", who="ana").taxonomy.modes[0]
    coding.save_reading(store, project, fail(0, OpenCode(id="c1", text="12 for 21", mode=mode.id)), coder="ana")
    better = fail(0, OpenCode(id="c1", text="takes the 12th for the 21st", step=4), id="save-2")
    coding.save_reading(store, project, better, coder="ana")
    now = taxonomy.view(store, project)
    assert [(code.id, code.text) for code in now.by_mode[mode.id]] == [("c1", "takes the 12th for the 21st")]


def test_a_retracted_code_leaves_its_mode(store: Store, project: Project) -> None:
    mode = taxonomy.create(store, project, "Wrong date", who="ana").taxonomy.modes[0]
    coding.save_reading(store, project, fail(0, OpenCode(id="c1", text="12 for 21", mode=mode.id)), coder="ana")
    assert coding.retract(store, project, id="undo-1", takes_back="save-1", coder="ana")
    assert not coding.retract(store, project, id="undo-1", takes_back="save-1", coder="ana")
    now = taxonomy.view(store, project)
    assert now.by_mode[mode.id] == ()
    assert now.uncategorised == ()


def test_nobody_takes_back_what_another_wrote(store: Store, project: Project) -> None:
    coding.save_reading(store, project, fail(0, OpenCode(id="c1", text="late")), coder="ana")
    assert not coding.retract(store, project, id="undo-1", takes_back="save-1", coder="ben")
    assert len(coding.list_annotations(store, project)) == 1


def test_a_save_that_met_a_busy_store_waits_in_the_browser(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaldash.storage.store.BUSY_TIMEOUT_MS", 50)
    events = [{"id": f"s{number}", "kind": "save", "trace": conversation(number).id, "verdict": "pass"}
              for number in range(2)]  # fmt: skip
    with store.write():
        assert apply_events(store, project, events, coder="ana", batch=None) == []
    assert [ack.error for ack in apply_events(store, project, events, coder="ana", batch=None)] == [None, None]
    assert len(coding.list_annotations(store, project)) == 2


def test_one_save_in_two_hands_at_once_is_one_annotation(store: Store, project: Project) -> None:
    event = {"id": "s1", "kind": "save", "trace": conversation(0).id, "verdict": "pass"}
    together = threading.Barrier(4)
    errors: list[str | None] = []

    def send() -> None:
        together.wait()
        errors.extend(ack.error for ack in apply_events(store, project, [event], coder="ana", batch=None))

    hands = [threading.Thread(target=send) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert errors == [None] * 4
    with store.read() as connection:
        assert [verdict for _, _, verdict in readings.history(connection, project, conversation(0).id)] == ["pass"]
