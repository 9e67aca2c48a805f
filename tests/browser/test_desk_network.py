"""The desk on a bad day: network lost, laptop asleep, tabs closed and doubled. What was pressed is what is stored."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services import coding
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage import readings
from evaldash.storage.store import Store
from tests.support.app_server import AppServer
from tests.support.desk import CODER, all_saved, newest, on_screen, open_desk
from tests.support.network import Wire
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
KEYS = {"p": Verdict.PASS, "d": Verdict.DEFERRED}
LATE_MS = 40_000  # Streamlit looks for its server ever more seldom


@pytest.fixture
def project(store: Store) -> Project:
    found = make_project(store, [conversation(number) for number in range(30)])
    draw_batch(store, found, SampleRequest(strategy="uniform", size=24, seed=1))
    return found


@pytest.fixture
def wire(app_server: AppServer) -> Iterator[Wire]:
    with Wire(app_server.port) as made:
        yield made


def open_by_wire(page: Page, wire: Wire, **parameters: str) -> str:
    return open_desk(page, wire, **parameters)  # type: ignore[arg-type]


def press(page: Page, keys: str) -> dict[str, Verdict]:
    """Press keys one after another; return what was said of which trace."""
    said = {}
    for key in keys:
        said[on_screen(page)] = KEYS[key]
        page.keyboard.press(key)
    return said


def stored(store: Store, project: Project, *, coder: str = CODER) -> dict[str, Verdict]:
    return {item.trace: item.verdict for item in coding.list_annotations(store, project, coder=coder)}


def times_written(store: Store, project: Project, trace: str) -> int:
    with store.read() as connection:
        return len(readings.history(connection, project, trace))


def test_saves_of_a_lost_network_arrive_once_when_it_is_back(
    page: Page, wire: Wire, store: Store, project: Project
) -> None:
    open_by_wire(page, wire)
    said = press(page, "pd")
    all_saved(page)
    wire.cut()
    said |= press(page, "pdp")
    expect(page.get_by_test_id("desk")).to_have_attribute("data-waiting", "3")
    expect(page.get_by_text("3 waiting")).to_be_visible()
    wire.mend()
    expect(page.get_by_test_id("desk")).to_have_attribute("data-waiting", "0", timeout=LATE_MS)
    assert stored(store, project) == said
    assert [times_written(store, project, trace) for trace in said] == [1] * 5


def test_a_laptop_that_slept_sends_late_and_nothing_twice(
    page: Page, wire: Wire, store: Store, project: Project
) -> None:
    open_by_wire(page, wire)
    said = press(page, "p")
    all_saved(page)
    wire.hold()
    said |= press(page, "dpd")
    page.wait_for_timeout(6_000)  # sent again and again meanwhile
    wire.mend()
    said |= press(page, "p")
    expect(page.get_by_test_id("desk")).to_have_attribute("data-waiting", "0", timeout=LATE_MS)
    assert stored(store, project) == said
    assert [times_written(store, project, trace) for trace in said] == [1] * 5


def test_a_tab_closed_before_its_saves_were_sent_loses_none(
    page: Page, wire: Wire, store: Store, project: Project
) -> None:
    open_by_wire(page, wire)
    wire.cut()
    said = press(page, "pdp")
    other = page.context.new_page()
    page.close()
    wire.mend()
    open_by_wire(other, wire)
    all_saved(other)
    assert stored(store, project) == said


def test_two_tabs_of_one_coder_write_each_what_was_pressed_there(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    other = page.context.new_page()
    open_desk(other, app_server)
    for _ in range(3):
        other.keyboard.press("ArrowRight")
    said = press(page, "pp") | press(other, "dd") | press(page, "p") | press(other, "d")
    all_saved(page)
    all_saved(other)
    assert stored(store, project) == said


def test_two_coders_on_one_batch_at_once(
    page: Page, browser: Browser, app_server: AppServer, store: Store, project: Project
) -> None:
    with browser.new_context() as context:
        other = context.new_page()
        open_desk(page, app_server)
        open_desk(other, app_server, coder="ben")
        mine: dict[str, Verdict] = {}
        theirs: dict[str, Verdict] = {}
        for keys in ("p", "d", "p"):
            mine |= press(page, keys)
            theirs |= press(other, "d" if keys == "p" else "p")
        all_saved(page)
        all_saved(other)
    assert stored(store, project) == mine
    assert stored(store, project, coder="ben") == theirs
    assert newest(store, project).keys() == mine.keys()


def test_an_answer_that_comes_late_leaves_the_note_that_is_being_written(
    page: Page, wire: Wire, project: Project
) -> None:
    open_by_wire(page, wire)
    wire.hold()
    for key in ("b", "Escape", "m", "f"):  # the codebook and its end, similar traces, a note
        page.keyboard.press(key)
    page.keyboard.type("u1")
    wire.mend()
    similar = page.get_by_role("region", name="Similar traces")
    expect(similar).not_to_contain_text("Looking", timeout=LATE_MS)
    page.keyboard.type("pp")
    expect(page.get_by_test_id("note")).to_have_value("u1pp")
    expect(similar).to_be_visible()


# What carries traces to the desk is not seen by it before `release`.
HELD_TRACES = """
  let carrier, held = true;
  Object.defineProperty(window, "evaldashDeskTraces", {
    get: () => (held ? undefined : carrier), set: (given) => { carrier = given; }, configurable: true,
  });
  window.release = () => { held = false; window.dispatchEvent(new CustomEvent("evaldash:traces")); };
"""


def test_words_typed_before_the_trace_is_there_are_no_keys(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    said = press(page, "p")
    all_saved(page)
    page.add_init_script(HELD_TRACES)
    page.goto(f"{app_server.url}/code?project=trains&coder={CODER}")
    expect(page.get_by_text("Loading the next traces")).to_be_visible(timeout=30_000)
    for key in ("f", *"u1xd"):
        page.keyboard.press(key)
    page.evaluate("release()")
    expect(page.get_by_test_id("note")).to_be_focused()
    page.keyboard.type("late")
    expect(page.get_by_test_id("note")).to_have_value("late")
    all_saved(page)
    assert stored(store, project) == said
