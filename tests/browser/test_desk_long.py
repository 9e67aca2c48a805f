"""The desk with long traces: quick keys, a reload, a far place in the order; what is sent is sent once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.coding import Verdict
from evaldash.domain.trace import Trace
from evaldash.services import coding
from evaldash.services.projects import choose_project
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer
from tests.support.desk import all_saved, on_screen, open_desk
from tests.support.harbour import NEEDLE, long_trace
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
SIZE = 90
ANSWER_OF = 12  # traces at most that one answer holds
KEYS = {"p": Verdict.PASS, "d": Verdict.DEFERRED}
ANSWER = "The train leaves on time, and the seat is kept. " * 700  # 34,000 characters
LONG_STEPS = 400  # 3 MB


def long_conversation(number: int) -> Trace:
    trace = conversation(number)
    return replace(trace, steps=(*trace.steps[:-1], replace(trace.steps[-1], text=f"marker {number:05} {ANSWER}")))


def very_long() -> Trace:
    return long_trace(LONG_STEPS, last="water " * 8_000 + NEEDLE)


BATCH = [long_conversation(number) for number in range(SIZE)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    folder = tmp_path_factory.mktemp("long")
    url = f"sqlite:///{folder / 'store.db'}"
    store = open_store(url)
    project = make_project(store, [*BATCH, very_long()])
    draw_batch(store, project, SampleRequest(strategy="picked", size=SIZE, traces=[trace.id for trace in BATCH]))
    store.close()
    with AppServer(database_url=url, log=folder / "app.log") as running:
        yield running


@pytest.fixture
def store(app: AppServer) -> Iterator[Store]:
    opened = open_store(app.database_url)
    yield opened
    opened.close()


def order_of(store: Store) -> list[str]:
    return [item.trace for item in drawn_traces(store, choose_project(store, "trains"), 1)]


def said_by(store: Store, coder: str) -> dict[str, Verdict]:
    found = coding.list_annotations(store, choose_project(store, "trains"), coder=coder)
    return {item.trace: item.verdict for item in found}


def press(page: Page, count: int) -> dict[str, Verdict]:
    """Press keys as soon as a trace is on the screen; return what was said of which."""
    said = {}
    for number in range(count):
        key = "d" if number % 3 == 0 else "p"
        said[on_screen(page)] = KEYS[key]
        page.keyboard.press(key)
    return said


def test_sixty_quick_keys_each_judge_the_trace_on_the_screen_and_traces_come_once(
    page: Page, app: AppServer, store: Store
) -> None:
    received: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda frame: received.append(frame if isinstance(frame, bytes) else b"")
        ),
    )
    open_desk(page, app, coder="ida")
    said = press(page, 60)
    all_saved(page)
    assert list(said) == order_of(store)[:60]
    assert said_by(store, "ida") == said
    sent = b"".join(received)
    times = {trace.id: sent.count((trace.steps[-1].text or "")[:12].encode()) for trace in BATCH}
    assert all(times[trace] for trace in order_of(store)[:60])
    assert sum(times.values()) <= SIZE + ANSWER_OF  # asked for again once, where the machine is very busy


def test_after_a_reload_in_the_middle_it_goes_on_where_it_was(page: Page, app: AppServer, store: Store) -> None:
    open_desk(page, app, coder="eva")
    said = press(page, 5)
    at = on_screen(page)
    all_saved(page)
    page.reload()
    expect(page.get_by_test_id("desk")).to_be_visible(timeout=30_000)
    assert on_screen(page) == at
    said |= press(page, 5)
    all_saved(page)
    assert said_by(store, "eva") == said
    assert list(said) == order_of(store)[:10]


def test_a_trace_far_away_in_the_order_opens_with_its_neighbours(page: Page, app: AppServer, store: Store) -> None:
    order = order_of(store)
    assert open_desk(page, app, coder="ute", trace=order[75]) == order[75]
    for key, place in (
        ("ArrowLeft", 74),
        ("ArrowLeft", 73),
        ("ArrowRight", 74),
        ("ArrowRight", 75),
        ("ArrowRight", 76),
    ):
        page.keyboard.press(key)
        assert on_screen(page) == order[place]
        expect(page.get_by_test_id("desk").get_by_test_id("transcript")).to_have_attribute("data-trace", order[place])


def test_a_search_goes_through_all_of_a_long_trace_also_the_second_time(
    page: Page, app: AppServer, store: Store
) -> None:
    open_desk(page, app, coder="lea", trace=very_long().id)
    search = page.get_by_role("searchbox", name="Search in this trace")
    for _ in range(2):
        expect(page.get_by_test_id("transcript").locator("[data-step]")).to_have_count(LONG_STEPS)
        search.fill(NEEDLE)
        expect(page.locator(".searching .count")).to_have_text("1 of 1", timeout=60_000)
        page.reload()
        expect(page.get_by_test_id("desk")).to_be_visible(timeout=30_000)
