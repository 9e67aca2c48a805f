"""Components while answers come late, twice or not at all: whoever types, clicks or reads just then notices nothing.

Each is called as Streamlit calls it, in an empty page, so that what happens between two events is what a test says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.taxonomy import SuggestedMode, Suggestion, Taxonomy
from evaldash.services.colouring import Colouring
from evaldash.services.review import Card, Review
from evaldash.services.taxonomy import TaxonomyView
from evaldash.ui.reading import assets as reading
from evaldash.ui.tracemap import assets as tracemap
from evaldash.ui.tracemap.packing import mask_text, pack_layer, pack_places, stamp_of, themes
from evaldash.ui.workshop import assets as workshop
from evaldash.ui.workshop.review import cards_payload
from tests.support.component import ADDRESS, call, load, sent

pytestmark = pytest.mark.browser
NOTES = {
    "key": "n", "ids": ["a", "b", "c"], "texts": ["a wrong date", "a wrong tone", "a long"], "cut": [2],
    "coders": ["ana"] * 3, "steps": [1, 2, 3], "traces": ["1" * 16] * 3,
}  # fmt: skip
NO_WORDS = dict.fromkeys(("definition", "applies_when", "not_when"), "")
BOARD = {
    "key": "1:ana", "project": "trains", "who": "ana", "notes": "n", "version": 1, "published": None,
    "modes": [{"id": "m", "name": "Dates", "severity": "", "owner": "", **NO_WORDS}], "places": [-1] * 3,
    "answers": [], "note": None, "help": None,
}  # fmt: skip
ADVICE = {"about": "thin", "subject": "m", "modes": ["m"], "codes": [], "name": "", "reason": "One note."}
HELP = {"version": 1, "advice": [ADVICE], "places": [], "trust": []}
LIKELY = {"code": "b", "mode": "m", "confidence": 0.9}
# A dialog tells of its end in a task of its own, on a busy machine after the next keys: here, when `late` says so.
CLOSES_LATE = """() => {
  const held = [];
  root.addEventListener("close", (event) => {
    if (!event.isTrusted) return;
    event.stopImmediatePropagation();
    held.push(event.target);
  }, true);
  window.late = () => held.forEach((dialog) => dialog.dispatchEvent(new Event("close")));
}"""


@pytest.fixture(autouse=True)
def _time_stands_still(page: Page) -> None:
    """No timer runs unless a test says so: on a busy machine a second passes between any two lines."""
    page.clock.install(time=0)
    page.clock.pause_at(1_000)


@pytest.fixture
def board(page: Page) -> Page:
    load(page, workshop, "evaldash_board")
    page.evaluate("(notes) => { window.evaldashBoardNotes = notes; }", NOTES)
    call(page, "evaldash_board", BOARD)
    expect(page.locator("[data-note=a]")).to_be_focused()
    return page


def review(page: Page) -> dict[str, Any]:
    modes = tuple(SuggestedMode(name=f"Mode {code}", definition="", codes=(code,), evidence=()) for code in "ab")
    made = Suggestion(id="s", method="local", modes=modes, left_over=())
    cards = tuple(Card(suggestion="s", number=place, offer=mode, codes=mode.codes) for place, mode in enumerate(modes))
    nothing = TaxonomyView(taxonomy=Taxonomy(), codes=(), by_mode={}, uncategorised=())
    data = BOARD | cards_payload(Review(suggestion=made, cards=cards, left_over={}), nothing)
    load(page, workshop, "evaldash_review")
    page.evaluate("(notes) => { window.evaldashBoardNotes = notes; }", NOTES)
    call(page, "evaldash_review", data)
    expect(page.get_by_role("article")).to_have_count(2)
    return data


def test_a_card_that_comes_back_leaves_the_words_that_are_typed_into_another(page: Page) -> None:
    data = review(page)
    page.keyboard.press("x")
    page.keyboard.press("e")
    page.keyboard.type("Ax")
    ((_, events),) = sent(page)
    call(page, "evaldash_review", {**data, "answers": [{"id": events[0]["id"], "error": "no such card"}]})
    page.keyboard.type(" ax")
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_label("Name").nth(1)).to_have_value("Ax ax")
    assert sent(page) == []


def test_a_question_that_was_put_away_does_not_take_the_keys_of_what_is_typed_next(board: Page) -> None:
    board.evaluate(CLOSES_LATE)
    board.keyboard.press("m")
    board.keyboard.press("Escape")
    board.keyboard.press("/")
    board.keyboard.type("to")
    board.evaluate("late()")
    board.keyboard.type("ne")
    expect(board.get_by_label("Search the notes")).to_have_value("tone")
    assert sent(board) == []


def test_a_note_in_full_is_asked_for_until_it_comes(board: Page) -> None:
    question = {"kind": "note", "note": "c"}
    board.locator("[data-note=c]").dblclick()
    assert sent(board) == [("events", [question])]
    call(board, "evaldash_board", {**BOARD, "version": 2})  # an answer to another question: this one was lost
    board.clock.run_for(3_000)
    assert all(question in events for _, events in sent(board))
    call(board, "evaldash_board", {**BOARD, "note": {"id": "c", "text": "a long note"}})
    expect(board.get_by_role("dialog").locator("pre")).to_have_text("a long note")
    sent(board)
    board.clock.run_for(6_000)
    assert not any(question in events for _, events in sent(board))


def test_an_answer_between_press_and_release_leaves_the_card_under_the_pointer(board: Page) -> None:
    board.locator("[data-note=c]").hover()
    board.mouse.down()
    call(board, "evaldash_board", {**BOARD, "help": {**HELP, "places": [LIKELY]}})
    expect(board.locator("[data-note=b]")).to_contain_text("Dates 90 %")
    board.mouse.up()
    expect(board.locator("[data-note=c]")).to_be_focused()


def test_a_button_of_advice_keeps_the_focus_when_an_answer_comes(board: Page) -> None:
    call(board, "evaldash_board", {**BOARD, "help": HELP})
    board.get_by_role("button", name="Go there").focus()
    call(board, "evaldash_board", {**BOARD, "help": HELP, "published": "spring"})
    expect(board.get_by_text("published as spring")).to_be_visible()
    expect(board.get_by_role("button", name="Go there")).to_be_focused()


def test_who_types_before_the_notes_have_come_keeps_the_field(page: Page) -> None:
    load(page, workshop, "evaldash_board")
    call(page, "evaldash_board", BOARD)
    page.get_by_label("Search the notes").click()
    page.keyboard.type("to")
    page.evaluate(
        "(notes) => { window.evaldashBoardNotes = notes; window.dispatchEvent(new Event('evaldash:notes')); }", NOTES
    )
    page.keyboard.type("ne")
    expect(page.get_by_label("Search the notes")).to_have_value("tone")
    expect(page.locator(".card")).to_have_count(1)


def test_a_call_after_its_place_has_left_builds_nothing_that_listens(page: Page) -> None:
    load(page, workshop, "evaldash_board")
    page.evaluate("() => { window.evaldashKeys = 'the present one'; place.remove(); }")
    call(page, "evaldash_board", BOARD)
    assert page.evaluate("[window.evaldashKeys, root.childElementCount]") == ["the present one", 0]


@pytest.mark.parametrize(
    ("name", "carrier"), [("evaldash_desk_state", "evaldashDeskTalk"), ("evaldash_desk_traces", "evaldashDeskTraces")]
)
def test_a_carrier_that_is_called_after_it_has_left_is_no_way_to_the_server(
    page: Page, name: str, carrier: str
) -> None:
    load(page, reading, name)
    page.evaluate(f"() => {{ window.{carrier} = 'the present one'; place.remove(); }}")
    page.evaluate("(name) => call(name, {})?.()", name)
    assert page.evaluate(f"window.{carrier}") == "the present one"


def test_the_trace_is_named_in_the_address_of_the_desk_and_of_no_page_that_follows(page: Page) -> None:
    load(page, reading)
    page.evaluate((Path(str(reading.__file__)).parent / "address.js").read_text() + "window.address = new Address();")
    page.evaluate("address.name('first')")
    page.clock.run_for(100)
    assert page.url == f"{ADDRESS}?trace=first"
    page.evaluate("() => { address.name('second'); history.pushState(null, '', 'explore'); }")
    page.clock.run_for(100)
    assert page.url == f"{ADDRESS}explore"


class Explored:
    """The map over four traces in two groups, as the page gives it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
        places = pack_places(corners, np.array([], dtype=np.uint32), key="k")
        self.key = stamp_of(places)
        load(page, tracemap, "evaldash_map", "evaldash_map_part")
        page.evaluate("place.style.cssText = 'display:block;width:600px'")
        call(page, "evaldash_map", places)
        page.evaluate("root.querySelector('.frame').style.cssText = 'display:block;height:300px'")
        for field in ("cluster", "verdict"):
            self.colour(field)
        self.map = page.get_by_test_id("trace-map")
        self.colours = page.get_by_label("Colour by")

    def colour(self, field: str) -> None:
        codes = np.array([0, 0, 1, 1], dtype=np.uint16)
        labels = (f"{field} one", f"{field} two")
        found = Colouring(field=field, title=field, codes=codes, labels=labels, counts=(2, 2), values=(0, 1))
        call(self.page, "evaldash_map_part", pack_layer(found, key=self.key))

    def state(
        self, id: str = "", chosen: list[bool] | None = None, *, fields: tuple[str, ...] = ("cluster", "verdict")
    ) -> None:
        """Give the small state of the page: what is selected there, and the fields that are offered."""
        mask = None if chosen is None else mask_text(np.array(chosen))
        about = {"colours": [[field, field] for field in fields], "colour": None, "themes": themes(), "filter": None}
        found = {"part": "state", "key": self.key, **about, "selection": {"id": id, "mask": mask}}
        call(self.page, "evaldash_map_part", {**found, "stamp": str(found)})

    def pick(self, group: str) -> None:
        self.page.clock.run_for(50)  # names are put in their places with the next frame
        self.map.get_by_role("button", name=group).first.dispatch_event("click")


def test_a_selection_is_told_with_what_follows_until_the_page_shows_it(page: Page) -> None:
    explored = Explored(page)
    explored.state()
    explored.pick("cluster one")
    (first,) = sent(page)
    explored.colours.select_option("verdict")
    told = dict(sent(page))
    assert (first[0], told["selection"], told["wanted"]["layer"]) == ("selection", first[1], "verdict")
    explored.state(first[1]["id"], [True, True, False, False])
    explored.colours.select_option("cluster")
    assert [name for name, _ in sent(page)] == ["wanted"]


def test_a_group_that_is_chosen_again_in_the_table_is_selected_again_on_the_map(page: Page) -> None:
    explored = Explored(page)
    explored.state("group-1", [False, False, True, True])
    expect(explored.map).to_have_attribute("data-selected", "2")
    explored.map.get_by_role("button", name="Clear the selection").click()
    ((_, cleared),) = sent(page)
    explored.state("group-1", [False, False, True, True], fields=("cluster",))  # from before it was cleared
    expect(explored.map).to_have_attribute("data-selected", "0")
    explored.state(cleared["id"])
    explored.state("group-1", [False, False, True, True])
    expect(explored.map).to_have_attribute("data-selected", "2")


def test_the_colouring_stays_chosen_when_another_one_is_offered(page: Page) -> None:
    explored = Explored(page)
    explored.state()
    explored.colours.select_option("verdict")
    explored.state(fields=("cluster", "mode", "verdict"))
    expect(explored.colours.locator("option")).to_have_count(3)
    expect(explored.colours).to_have_value("verdict")
    expect(explored.map).to_have_attribute("data-colour", "verdict")
