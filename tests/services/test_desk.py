"""What stands beside a trace at the desk: similar notes and traces, sub-checks, and where two coders differ."""

import pytest

from evaldash.domain.coding import Check, OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput, NotFound
from evaldash.services import coding, settling, similar_notes, similar_traces, taxonomy
from evaldash.services.codebook_at_hand import codebook_parts
from evaldash.services.desk_settings import (
    DeskSettings,
    checks_as_text,
    desk_settings,
    parse_checks,
    save_desk_settings,
)
from evaldash.services.embedding import embed_traces
from evaldash.storage.store import Store
from tests.support.traces import conversation, make_project

TRACES = [conversation(number) for number in range(12)]
NOTES = ("quotes the wrong refund amount", "Ignores the bicycle", "answers in another language")


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def say(store: Store, project: Project, number: int, text: str = "", *, coder: str = "ana", **said: object) -> None:
    codes = (OpenCode(id=f"{coder}{number}", text=text),) if text else ()
    verdict = Verdict.FAIL if text else Verdict.PASS
    reading = Reading(id=f"{coder}-{number}-{text}", trace=TRACES[number].id, verdict=verdict, codes=codes, **said)  # type: ignore[arg-type]
    coding.save_reading(store, project, reading, coder=coder)


def like(store: Store, project: Project, text: str, *, coder: str = "ana", batch: tuple[str, ...] = ()) -> list[str]:
    return [item.text for item in similar_notes.similar_notes(store, project, text, coder=coder, batch=batch).notes]


def test_notes_are_found_by_beginning_and_by_meaning_but_not_those_of_another_at_the_same_batch(
    store: Store, project: Project
) -> None:
    for number, text in enumerate(NOTES):
        say(store, project, number, text)
    similar_notes.refresh(store, project)
    assert like(store, project, "Quotes the wr")[0] == NOTES[0]
    assert like(store, project, "bicy") == [NOTES[1]]
    assert like(store, project, "the sum to be paid back is false")[0] == NOTES[0]
    batch = tuple(trace.id for trace in TRACES)
    assert like(store, project, "bicy", coder="ben", batch=batch) == []
    assert like(store, project, "bicy", coder="ben") == [NOTES[1]]


def test_an_index_follows_what_is_said_judged_anew_and_taken_back(store: Store, project: Project) -> None:
    say(store, project, 0, NOTES[0])
    similar_notes.take_up(store, project)
    say(store, project, 1, "Seat is gone")
    say(store, project, 0, "Quotes another sum")
    similar_notes.take_up(store, project)
    assert like(store, project, "seat") == ["Seat is gone"]
    assert like(store, project, "quotes") == ["Quotes another sum"]
    coding.retract(store, project, id="back", takes_back="ana-1-Seat is gone", coder="ana")
    similar_notes.take_up(store, project)
    assert like(store, project, "seat") == []
    similar_notes.take_up(store, project)  # nothing changed
    assert like(store, project, "quotes") == ["Quotes another sum"]


def test_traces_of_the_same_question_are_neighbours_with_what_the_reader_said(store: Store, project: Project) -> None:
    embed_traces(store, project)
    say(store, project, 8, "late")
    say(store, project, 8, coder="ben")
    similar_traces.load_vectors(store, project)
    found, _ = similar_traces.similar_traces(store, project, TRACES[0].id, coder="ana")
    assert (found[0]["trace"], found[0]["verdict"], found[0]["said"]) == (TRACES[8].id, "fail", "late")
    assert TRACES[0].id not in [item["trace"] for item in found]


def test_sub_checks_are_lines_and_come_back_as_they_were(store: Store, project: Project) -> None:
    checks = parse_checks("Expected facts present: date,  price , platform\n\nTone is friendly\n")
    assert checks == (
        Check(name="Expected facts present", items=("date", "price", "platform")),
        Check(name="Tone is friendly"),
    )
    assert parse_checks(checks_as_text(checks)) == checks
    save_desk_settings(store, project, DeskSettings(guidelines="**Be strict.**", checks=checks), who="ana")
    assert desk_settings(store, project) == DeskSettings(guidelines="**Be strict.**", checks=checks)
    assert codebook_parts(store, project)["guidelines"]


@pytest.mark.parametrize("text", ["A: x, x", "A\nA", ": x", "\n".join(f"c{i}" for i in range(11))])
def test_sub_checks_that_cannot_be_told_apart_are_refused(store: Store, project: Project, text: str) -> None:
    with pytest.raises(InvalidInput, match="sub-check"):
        save_desk_settings(store, project, DeskSettings(checks=parse_checks(text)), who=None)


def test_disagreements_are_settled_by_the_one_who_decides(store: Store, project: Project) -> None:
    mode = taxonomy.create(store, project, "Wrong date", who="ana").taxonomy.modes[0]
    assert mode
    for number in range(3):
        say(store, project, number)
        say(store, project, number, "late" if number else "", coder="ben")
    say(store, project, 5)
    found = settling.read_twice(store, project)
    assert [item.how for item in found] == [settling.AGREE, settling.VERDICTS, settling.VERDICTS]
    queue = settling.settling_queue(store, project, coder="ana")
    assert queue is not None
    assert queue.order == (TRACES[1].id, TRACES[2].id)
    assert queue.extras["others"][TRACES[1].id][0]["coder"] == "ben"
    say(store, project, 1, "late indeed", settles=True)
    queue = settling.settling_queue(store, project, coder="ana")
    assert queue is not None
    assert queue.order == (TRACES[2].id,)


def test_who_decides_must_have_read_something(store: Store, project: Project) -> None:
    say(store, project, 0, coder="ben")
    assert settling.choose_deciding_coder(store, project, "ben", who="ana").deciding_coder == "ben"
    with pytest.raises(NotFound, match="nobody called 'eve'"):
        settling.choose_deciding_coder(store, project, "eve", who="ana")
