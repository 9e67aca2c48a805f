"""At the desk in a real Chromium: no word that was typed is lost, and no key says what nobody meant."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, WebSocket, expect

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Trace
from evaldash.services import taxonomy
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage.store import Store
from tests.support.app_server import AppServer
from tests.support.desk import CODER, all_saved, newest, on_screen, open_desk
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
LONG_ANSWER = "The train leaves on time. " * 1_000  # 26,000 characters: a window of them is far more than an answer


@pytest.fixture
def project(store: Store) -> Project:
    """Two batches, of 24 and of four long traces (more than a window, and less), and one failure mode."""
    found = make_project(store, [long_conversation(number) for number in range(30)])
    taxonomy.create(store, found, "Wrong train", who=CODER)
    for size in (24, 4):
        draw_batch(store, found, SampleRequest(strategy="uniform", size=size, seed=1))
    return found


def long_conversation(number: int) -> Trace:
    trace = conversation(number)
    return replace(trace, steps=(*trace.steps[:-1], replace(trace.steps[-1], text=LONG_ANSWER)))


def test_a_save_that_is_refused_says_why_and_keeps_its_words(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    taxonomy.retire(store, project, "Wrong train", who="ben")
    page.keyboard.press("f")
    page.keyboard.type("Sold a seat on another train")
    page.keyboard.press("Alt+1")
    page.keyboard.press("Control+Enter")
    all_saved(page)
    expect(page.get_by_role("alert")).to_contain_text("Not saved: there is no failure mode")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("alert")).to_contain_text("Not saved: there is no failure mode")
    page.get_by_role("button", name="open this trace").click()
    assert on_screen(page) == trace
    expect(page.get_by_test_id("note")).to_have_value("Sold a seat on another train")
    expect(page.get_by_role("button", name="Wrong train")).to_have_count(0)  # the retired mode is gone here too
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    all_saved(page)
    expect(page.get_by_role("alert")).to_be_empty()
    assert [code.text for code in newest(store, project)[trace].codes] == ["Sold a seat on another train"]


def test_a_save_that_waited_keeps_the_batch_it_was_read_in(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server, batch="1")
    app_server.kill()
    page.keyboard.press("p")
    app_server.restart()
    open_desk(page, app_server, batch="2")
    all_saved(page)
    assert newest(store, project)[trace].batch == 1


def test_a_save_does_not_send_the_traces_again(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    received: list[int] = []

    def count(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", count)
    open_desk(page, app_server, batch="1")
    page.wait_for_timeout(1500)
    at_first = sum(received)
    received.clear()
    for _ in range(4):
        page.keyboard.press("p")
        all_saved(page)
    page.wait_for_timeout(500)
    assert at_first > 6 * len(LONG_ANSWER)
    assert sum(received) < 4 * len(LONG_ANSWER)


def test_a_key_held_down_gives_one_verdict(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    trace = open_desk(page, app_server)
    for _ in range(4):
        page.keyboard.down("p")
    page.keyboard.up("p")
    all_saved(page)
    assert set(newest(store, project)) == {trace}


def test_keys_belong_to_what_is_in_focus(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    trace = open_desk(page, app_server)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Overview").focus()
    page.keyboard.press("p")
    page.wait_for_timeout(500)
    assert on_screen(page) == trace
    assert newest(store, project) == {}


def test_streamlits_shortcuts_do_not_fire_at_the_desk(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    page.wait_for_timeout(1500)
    page.evaluate(
        """() => { window.heard = []; document.addEventListener("keydown", (event) => heard.push(event.key)) }"""
    )
    for key in ("r", "c", "Escape", "?", "r", "c"):
        page.keyboard.press(key)
    assert not {"r", "c"} & set(page.evaluate("window.heard"))


def test_a_pass_does_not_pass_over_a_failure_that_was_noted(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    page.keyboard.press("f")
    page.keyboard.type("late")
    page.get_by_role("button", name="another failure").click()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.get_by_text("A note is typed")).to_be_visible()
    assert on_screen(page) == trace
    page.keyboard.press("Shift+D")
    page.keyboard.type("ask the team")
    page.keyboard.press("Control+Enter")
    all_saved(page)
    assert newest(store, project)[trace].verdict is Verdict.DEFERRED
    assert [code.text for code in newest(store, project)[trace].codes] == ["late"]


def test_a_reason_for_deferring_does_not_replace_a_typed_note(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    page.keyboard.press("f")
    page.keyboard.type("late")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+D")
    expect(page.get_by_text("A note is typed")).to_be_visible()
    assert newest(store, project) == {}


def test_undo_shows_at_once_also_without_a_server(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server)
    app_server.kill()
    page.keyboard.press("p")
    page.keyboard.press("u")
    assert on_screen(page) == trace
    expect(page.get_by_role("button", name="Pass")).to_have_attribute("aria-pressed", "false")
    app_server.restart()
    open_desk(page, app_server)
    all_saved(page)
    assert newest(store, project) == {}


def test_the_end_of_a_batch_says_how_it_went(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    open_desk(page, app_server, batch="2")
    for key in "pdp":
        page.keyboard.press(key)
    expect(page.get_by_text("Batch done")).to_have_count(0)
    page.keyboard.press("1")
    expect(page.get_by_text("Batch done: 2 passed, 1 failed, 1 deferred.")).to_be_visible()


def test_a_message_is_written_in_the_colour_of_text(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    """The desk's own status line once had the class of a step of kind message, and greyed the whole conversation."""
    open_desk(page, app_server)
    colours = page.get_by_test_id("transcript").locator("[data-kind=message][data-role=user] p").evaluate(
        "node => [getComputedStyle(node).color, getComputedStyle(node.closest('.desk')).color]"
    )  # fmt: skip
    assert colours[0] == colours[1]
    assert re.match(r"rgb\(", colours[0])
