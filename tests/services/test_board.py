"""Changes made on the board: written once however often they are sent, and what people say to proposals is kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import ChangeKind, Outcome, SuggestedChange, SuggestedMode, Suggestion
from evaldash.services import coding, taxonomy
from evaldash.services.board import apply_events
from evaldash.services.review import open_review
from evaldash.storage import decisions, suggestions
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

NOTES = ["wrong date", "a date nobody gave", "curt", "rude answer"]
TONE, DATES = "a" * 32, "b" * 32


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    made = make_project(store, [conversation(number) for number in range(len(NOTES))])
    for number, trace in enumerate(trace.id for trace in [conversation(n) for n in range(len(NOTES))]):
        code = OpenCode(id=f"code{number}", text=NOTES[number])
        reading = Reading(id=f"r{number}", trace=trace, verdict=Verdict.FAIL, codes=(code,))
        coding.save_reading(store, made, reading, coder="ana")
    return made


def send(store: Store, project: Project, *events: dict[str, Any]) -> list[str | None]:
    """Send events as the browser does; return the error of each."""
    return [ack.error for ack in apply_events(store, project, list(events), who="ana")]


def held(store: Store, project: Project) -> dict[str, list[str]]:
    now = taxonomy.view(store, project)
    return {mode.name: sorted(code.id for code in now.by_mode[mode.id]) for mode in now.taxonomy.modes}


def made(id: str, mode: str, name: str, *codes: str) -> dict[str, Any]:
    return {"id": id, "kind": "create", "mode": mode, "name": name, "codes": list(codes)}


def test_a_whole_session_is_a_version_each_and_sent_twice_changes_nothing(store: Store, project: Project) -> None:
    events: list[dict[str, Any]] = [
        made("e1", DATES, "Dates", "code0", "code1"),
        made("e2", TONE, "Tone", "code2"),
        {"id": "e3", "kind": "move", "codes": ["code3"], "to": TONE},
        {"id": "e4", "kind": "describe", "mode": TONE, "name": "Manner", "definition": "Is it unfriendly?",
         "severity": "minor", "owner": "Ben"},
        {"id": "e5", "kind": "split", "source": DATES, "mode": "c" * 32, "name": "Made up", "codes": ["code1"]},
        {"id": "e6", "kind": "merge", "modes": ["c" * 32], "into": DATES},
        {"id": "e7", "kind": "retire", "mode": DATES},
        {"id": "e8", "kind": "undo"},
        {"id": "e9", "kind": "publish", "name": "spring"},
    ]  # fmt: skip
    for _ in range(2):
        assert send(store, project, *events) == [None] * len(events)
    assert held(store, project) == {"Dates": ["code0", "code1"], "Manner": ["code2", "code3"]}
    now = taxonomy.view(store, project).taxonomy
    assert (now.version, now.published) == (8, "spring")
    assert [(mode.severity, mode.owner) for mode in now.modes] == [("", ""), ("minor", "Ben")]
    said = [change.summary for change in taxonomy.history(store, project)]
    assert said[2:7] == ["1 note to Tone", "renamed Tone to Manner", "split Made up from Dates",
                         "merged Made up into Dates", "retired Dates"]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"kind": "move", "codes": ["nope"], "to": None}, "no code nope"),
        ({"kind": "move", "codes": "all", "to": None}, "list of ids"),
        ({"kind": "move", "codes": ["code0"], "to": "d" * 32}, "no failure mode"),
        ({"kind": "create", "mode": "../x", "name": "X", "codes": []}, "hexadecimal"),
        ({"kind": "create", "mode": TONE, "name": "Other", "codes": []}, "has this id already"),
        ({"kind": "describe", "mode": TONE, "severity": "terrible"}, "critical, major, minor"),
        ({"kind": "describe", "mode": TONE, "owner": "x" * 300}, "at most 200"),
        ({"kind": "describe", "mode": TONE, "definition": "x" * 6_000}, "at most 5,000"),
        ({"kind": "publish", "name": "x" * 200}, "at most 120"),
        ({"kind": "drop tables"}, "a change must be one of"),
        ({"kind": "decide", "about": "merge", "subject": "a b", "outcome": "maybe"}, "accepted, edited, rejected"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    store: Store, project: Project, event: dict[str, Any], words: str
) -> None:
    send(store, project, made("e1", TONE, "Tone", "code2"))
    [error] = send(store, project, {"id": "e2", **event})
    assert error is not None
    assert words in error
    assert taxonomy.view(store, project).taxonomy.version == 1


def test_what_is_no_event_is_passed_over(store: Store, project: Project) -> None:
    for events in (None, "x", [1, {}, {"id": 3}, {"id": "x" * 500, "kind": "undo"}]):
        assert apply_events(store, project, events, who="ana") == []


def test_an_undo_goes_back_over_everything_and_then_says_so(store: Store, project: Project) -> None:
    send(
        store, project, made("e1", TONE, "Tone", "code2"), {"id": "e2", "kind": "move", "codes": ["code3"], "to": TONE}
    )
    assert send(store, project, {"id": "u1", "kind": "undo"}, {"id": "u2", "kind": "undo"}) == [None, None]
    assert held(store, project) == {}
    assert send(store, project, {"id": "u3", "kind": "undo"}) == ["there is no change to take back"]


def test_decisions_are_kept_once_and_moves_say_whether_the_likely_mode_was_right(
    store: Store, project: Project
) -> None:
    likely = {code: {"mode": TONE, "suggester": "neighbours"} for code in ("code2", "code0")}
    no = {"id": "d1", "kind": "decide", "about": "merge", "subject": "x y", "outcome": "rejected", "suggester": "local"}
    errors = send(
        store, project, made("e1", TONE, "Tone"), made("e2", DATES, "Dates"),
        {"id": "e3", "kind": "place", "places": {"code2": TONE}, "likely": {"code2": likely["code2"]}},
        {"id": "e4", "kind": "move", "codes": ["code0"], "to": DATES, "likely": {"code0": likely["code0"]}},
        no, no,
    )  # fmt: skip
    assert errors == [None] * 6
    with store.read() as connection:
        found = decisions.listing(connection, project)
    assert [(item.kind, item.subject, item.outcome) for item in found] == [
        ("place", "code2", Outcome.ACCEPTED), ("place", "code0", Outcome.REJECTED), ("merge", "x y", Outcome.REJECTED),
    ]  # fmt: skip
    assert held(store, project) == {"Tone": ["code2"], "Dates": ["code0"]}


def suggested(store: Store, project: Project) -> str:
    """Keep a suggestion of three new modes, of which the last two share their notes with nothing else."""
    modes = (
        SuggestedMode(name="Dates", definition="d", codes=("code0", "code1"), evidence=("code0",)),
        SuggestedMode(name="Tone", definition="t", codes=("code2",), evidence=(), applies_when="It is curt."),
        SuggestedMode(name="Rude", definition="r", codes=("code3",), evidence=()),
    )
    id = uuid.uuid4().hex
    made = Suggestion(id=id, method="local", modes=modes, left_over=())
    with store.write() as connection:
        suggestions.add(connection, project, made, taxonomy_version=0, input={}, seconds=0.1, by="ana")
    return id


def names(store: Store, project: Project) -> list[str]:
    found = open_review(store, project, taxonomy.view(store, project))
    return [card.offer.name for card in found.cards] if found else []


def test_cards_are_accepted_in_ones_own_words_or_rejected_for_good(store: Store, project: Project) -> None:
    id = suggested(store, project)
    accept = {"id": "a1", "kind": "accept", "suggestion": id, "cards": [
        {"card": 0, "mode": DATES, "name": "Wrong dates", "definition": "Is a date wrong?", "codes": ["code1"]},
        {"card": 1, "mode": TONE},
    ]}  # fmt: skip
    reject = {"id": "a2", "kind": "reject", "suggestion": id, "card": 2}
    for _ in range(2):
        assert send(store, project, accept, reject) == [None, None]
    now = taxonomy.view(store, project)
    assert held(store, project) == {"Wrong dates": ["code1"], "Tone": ["code2"]}
    assert (now.taxonomy.version, now.taxonomy.modes[1].applies_when) == (1, "It is curt.")
    with store.read() as connection:
        assert [item.outcome for item in decisions.listing(connection, project)] == [
            Outcome.EDITED, Outcome.ACCEPTED, Outcome.REJECTED,
        ]  # fmt: skip
    assert names(store, project) == ["Dates"]  # the note that was left out is still to be placed
    suggested(store, project)
    assert names(store, project) == ["Dates"]  # the same card again stays rejected
    send(store, project, {"id": "u", "kind": "undo"})
    assert names(store, project) == ["Dates", "Tone"]


def proposed(store: Store, project: Project) -> str:
    """Keep a suggestion to merge, split, rename and define the modes Dates (code0 to code2) and Tone (code3)."""
    changes = (
        SuggestedChange(kind=ChangeKind.MERGE, mode=TONE, into=DATES, codes=("code3",), reason="the same"),
        SuggestedChange(kind=ChangeKind.SPLIT, mode=DATES, name="Days", codes=("code1", "code2")),
        SuggestedChange(kind=ChangeKind.RENAME, mode=DATES, name="Wrong dates", codes=("code0",)),
        SuggestedChange(kind=ChangeKind.DEFINE, mode=TONE, definition="Is it curt?"),
    )
    id = uuid.uuid4().hex
    made = Suggestion(id=id, method="llm", modes=(), left_over=(), changes=changes)
    with store.write() as connection:
        suggestions.add(connection, project, made, taxonomy_version=0, input={}, seconds=0.1, by="ana")
    return id


def kinds(store: Store, project: Project) -> list[str]:
    found = open_review(store, project, taxonomy.view(store, project))
    assert found is not None
    return [card.offer.kind for card in found.cards if isinstance(card.offer, SuggestedChange)]


def test_changes_to_modes_are_cards_like_others(store: Store, project: Project) -> None:
    send(
        store, project,
        {"id": "c1", "kind": "create", "mode": DATES, "name": "Dates", "codes": ["code0", "code1", "code2"]},
        {"id": "c2", "kind": "create", "mode": TONE, "name": "Tone", "codes": ["code3"]},
    )  # fmt: skip
    before = taxonomy.view(store, project).taxonomy
    id = proposed(store, project)
    assert kinds(store, project) == ["merge", "split", "rename", "define"]
    assert taxonomy.view(store, project).taxonomy == before
    new = "e" * 32
    split = {"card": 1, "mode": new, "name": "Week days", "codes": ["code2"]}
    accept = {"id": "a1", "kind": "accept", "suggestion": id, "cards": [{"card": 0, "mode": "f" * 32}, split]}
    for _ in range(2):
        assert send(store, project, accept, {"id": "a2", "kind": "reject", "suggestion": id, "card": 2}) == [None, None]
    assert held(store, project) == {"Dates": ["code0", "code1", "code3"], "Week days": ["code2"]}
    now = taxonomy.view(store, project).taxonomy
    assert now.version == before.version + 1
    assert taxonomy.history(store, project)[-1].summary == "accepted split Week days from Dates, merge Tone into Dates"
    assert kinds(store, project) == []  # the split was taken over for one note; Tone is gone
    send(store, project, {"id": "u", "kind": "undo"})
    assert kinds(store, project) == ["merge", "split", "define"]
    again = proposed(store, project)
    assert kinds(store, project) == ["merge", "split", "define"]  # the rejected name stays away
    assert send(store, project, {"id": "o", "kind": "reopen", "suggestion": id, "card": 2}) == [None]
    assert kinds(store, project) == ["merge", "split", "rename", "define"]  # until the rejection is taken back
    assert taxonomy.view(store, project).taxonomy.version == before.version + 2
    send(store, project, {"id": "p", "kind": "reject", "suggestion": id, "card": 2})
    [error] = send(
        store, project,
        {"id": "x", "kind": "accept", "suggestion": again, "cards": [{"card": 1, "mode": "9" * 32, "name": "tone"}]},
    )  # fmt: skip
    assert "already a failure mode named" in str(error)


def test_a_card_that_cannot_be_taken_is_said(store: Store, project: Project) -> None:
    id = suggested(store, project)
    cards: list[tuple[dict[str, Any], str]] = [
        ({"card": 9, "mode": TONE}, "no card 9"),
        ({"card": 0, "mode": TONE, "codes": ["code3"]}, "was not suggested"),
        ({"card": 0, "mode": "short"}, "hexadecimal"),
        ({"card": 0, "mode": TONE, "name": " "}, "must not be empty"),
    ]
    for number, (card, words) in enumerate(cards):
        [error] = send(store, project, {"id": f"x{number}", "kind": "accept", "suggestion": id, "cards": [card]})
        assert error is not None
        assert words in error
    assert "needs at least one card" in str(send(store, project, {"id": "y", "kind": "accept", "suggestion": id}))
    assert "no suggestion" in str(send(store, project, {"id": "z", "kind": "reject", "suggestion": "", "card": 0}))
    assert taxonomy.view(store, project).taxonomy.version == 0


def test_changes_that_met_a_busy_store_wait_in_the_browser(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaldash.storage.store.BUSY_TIMEOUT_MS", 50)
    with store.write():
        assert send(store, project, made("e1", DATES, "Dates", "code0"), made("e2", TONE, "Tone", "code2")) == []
    assert send(store, project, made("e1", DATES, "Dates", "code0"), made("e2", TONE, "Tone", "code2")) == [None, None]
    assert held(store, project) == {"Dates": ["code0"], "Tone": ["code2"]}
