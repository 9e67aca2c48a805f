"""The way through a batch in a real Chromium: who, skipping, filters, undo after a reload, keys of one's own."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.services import taxonomy
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage import deskwork, readings
from evaldash.storage.store import Store
from tests.support.app_server import AppServer
from tests.support.desk import CODER, all_saved, newest, on_screen, open_desk
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
SERIOUS = ("serious", "critical")


@pytest.fixture
def project(store: Store) -> Project:
    found = make_project(store, [conversation(number) for number in range(30)])
    taxonomy.create(store, found, "Wrong train", who=CODER)
    draw_batch(store, found, SampleRequest(strategy="uniform", size=24, seed=1))
    return found


def test_who_is_coding_is_asked_at_the_first_save(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    first = open_desk(page, app_server, coder="")
    page.keyboard.press("f")
    page.keyboard.type("late")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    second = on_screen(page)
    page.keyboard.press("p")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("  ana  maria ")
    page.keyboard.press("Enter")
    third = on_screen(page)
    page.keyboard.press("d")
    all_saved(page)
    found = newest(store, project)
    assert {trace: (item.coder, item.verdict) for trace, item in found.items()} == {
        second: ("ana maria", Verdict.PASS),
        third: ("ana maria", Verdict.DEFERRED),
    }
    expect(page.get_by_label("Who is coding", exact=True).and_(page.get_by_role("textbox"))).to_have_value("ana maria")
    open_desk(page, app_server, coder="ana maria", trace=first)
    expect(page.get_by_test_id("note")).to_have_value("late")


def test_undo_goes_on_after_a_reload(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    traces = []
    open_desk(page, app_server)
    for _ in range(12):
        traces.append(on_screen(page))
        page.keyboard.press("p")
    all_saved(page)
    page.reload()
    expect(page.get_by_test_id("desk")).to_be_visible(timeout=30_000)
    on_screen(page)
    for trace in reversed(traces[2:]):
        page.keyboard.press("u")
        expect(page.get_by_test_id("desk")).to_have_attribute("data-trace", trace)
    all_saved(page)
    assert set(newest(store, project)) == set(traces[:2])


def test_what_is_skipped_is_recorded_found_and_comes_back(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    skipped = open_desk(page, app_server)
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("p")
    page.get_by_label("Show only").select_option("skipped")
    assert on_screen(page) == skipped
    page.keyboard.press("p")
    all_saved(page)
    with store.read() as connection:
        assert deskwork.skipped(connection, project, coder=CODER) == {skipped: 1}
    assert newest(store, project)[skipped].verdict is Verdict.PASS


def test_a_filter_passes_over_what_it_does_not_show_and_keeps_the_order(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    order = []
    for key in "pdpdpd":
        order.append(on_screen(page))
        page.keyboard.press(key)
    page.get_by_label("Show only").select_option("deferred")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert on_screen(page) == order[1]
    page.keyboard.press("p")
    assert on_screen(page) == order[3]
    page.keyboard.press("p")
    assert on_screen(page) == order[5]
    all_saved(page)
    assert [newest(store, project)[trace].verdict for trace in order] == [Verdict.PASS] * 5 + [Verdict.DEFERRED]


def test_a_save_of_before_is_opened_and_judged_anew_without_losing_the_place(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    first = open_desk(page, app_server)
    page.keyboard.press("p")
    page.keyboard.press("p")
    place = on_screen(page)
    page.keyboard.press("h")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert on_screen(page) == first
    page.keyboard.press("1")
    assert on_screen(page) == place
    all_saved(page)
    assert newest(store, project)[first].verdict is Verdict.FAIL
    assert len(said_of(store, project, first)) == 2


def said_of(store: Store, project: Project, trace: str) -> list[str]:
    with store.read() as connection:
        return [verdict for _, _, verdict in readings.history(connection, project, trace)]


def test_a_key_is_changed_a_clash_is_refused_and_it_stays_with_the_coder(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    first = open_desk(page, app_server)
    page.keyboard.press("?")
    page.get_by_role("button", name="pass, saved, next: p, change").click()
    page.keyboard.press("f")
    expect(page.get_by_text("f means “fail: write the note” already")).to_be_visible()
    page.get_by_role("button", name="pass, saved, next: p, change").click()
    page.keyboard.press("y")
    page.keyboard.press("?")
    page.keyboard.press("p")
    assert on_screen(page) == first
    page.keyboard.press("?")
    page.get_by_role("button", name="fail with a mode, saved, next: number 1: 1, change").click()
    page.keyboard.press("z")
    page.keyboard.press("?")
    page.keyboard.press("1")
    assert on_screen(page) == first
    all_saved(page)
    page.evaluate("localStorage.clear()")
    open_desk(page, app_server)
    expect(page.get_by_role("button", name="Pass")).to_contain_text("y")
    page.keyboard.press("y")
    second = on_screen(page)
    page.keyboard.press("z")
    all_saved(page)
    found = newest(store, project)
    assert (found[first].verdict, found[second].verdict) == (Verdict.PASS, Verdict.FAIL)


def test_scrolling_by_key_moves_the_place_at_which_a_step_is_marked(
    page: Page, app_server: AppServer, store: Store
) -> None:
    steps = tuple(
        Step(kind=StepKind.MESSAGE, role=Role.USER if n % 2 else Role.ASSISTANT, text=f"turn {n} " + "the lake " * 60)
        for n in range(1, 40)
    )
    raw: Json = {"id": "scrolled"}
    made = make_project(store, [Trace(steps=steps, raw=(raw,), identity=(raw,), format="test")], name="trains")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=1))
    open_desk(page, app_server)
    here = page.get_by_test_id("transcript").locator(".here")
    page.keyboard.press("End")
    page.keyboard.press("s")
    at_end = int(here.get_attribute("data-step") or 0)
    assert at_end > 30
    page.keyboard.press("j")
    expect(here).to_have_attribute("data-step", str(at_end + 1))
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.keyboard.press("j")
    assert 1 < int(here.get_attribute("data-step") or 0) < 10


def test_end_and_home_lead_to_the_last_and_first_step_where_nothing_scrolls(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    steps = page.get_by_test_id("transcript").locator("[data-step]")
    here = page.get_by_test_id("transcript").locator(".here")
    last = steps.last.get_attribute("data-step") or ""
    assert last not in ("", "1")
    page.keyboard.press("End")
    expect(here).to_have_attribute("data-step", last)
    page.keyboard.press("Home")
    expect(here).to_have_attribute("data-step", "1")


def test_a_newcomer_is_led_through_three_traces(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server)
    hints = page.get_by_label("For a start")
    heights = set()
    for place in range(3):
        expect(hints.get_by_text(f"{place + 1} of 3")).to_be_visible()
        expect(hints.get_by_role("button")).to_have_count(1)
        heights.add(hints.evaluate("(node) => node.getBoundingClientRect().bottom"))
        page.keyboard.press("p")
    expect(hints).not_to_be_visible()
    assert len(heights) == 1, "what stands below a hint moves when the next one comes"
    all_saved(page)
    open_desk(page, app_server)
    expect(hints).not_to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_has_no_serious_finding_of_axe(
    page: Page, app_server: AppServer, store: Store, project: Project, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=theme)
    open_desk(page, app_server)
    page.keyboard.press("d")
    page.keyboard.press("f")
    page.keyboard.type("wrong")
    page.keyboard.press("Alt+s")
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    for key, opened in (("h", "My last saves"), ("b", "Codebook"), ("m", "Similar traces"), ("?", "Keys")):
        page.keyboard.press(key)
        expect(page.get_by_label(opened, exact=True)).to_be_visible()
        assert serious_findings(page) == [], opened


def serious_findings(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(item["id"], item["nodes"][0]["html"][:200]) for item in found if item["impact"] in SERIOUS]
