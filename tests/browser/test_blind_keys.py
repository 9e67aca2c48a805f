"""The test of the codebook by keys alone, in a real Chromium: what is pressed is what stands in the store."""

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import blind_tests, coding, taxonomy
from evaldash.storage.store import Store
from tests.support.app_server import AppServer
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
TRACES = 4


@pytest.fixture
def project(store: Store) -> Project:
    """Return four traces that ana judged: two with Date, one with Tone, one passes."""
    traces = [conversation(number) for number in range(TRACES)]
    made = make_project(store, traces)
    for number, trace in enumerate(traces):
        codes = (OpenCode(id=f"code{number:04d}", text=f"note {number}"),) if number < TRACES - 1 else ()
        verdict = Verdict.FAIL if codes else Verdict.PASS
        coding.save_reading(
            store, made, Reading(id=f"r{number}", trace=trace.id, verdict=verdict, codes=codes), coder="ana"
        )
    taxonomy.create(store, made, "Date", codes=["code0000", "code0001"], who="ana")
    taxonomy.create(store, made, "Tone", codes=["code0002"], who="ana")
    return made


def test_a_second_coder_takes_the_whole_test_by_keys(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    page.goto(f"{app_server.url}/taxonomy?project=trains&coder=ben")
    page.get_by_role("radio", name="Codebook").click(timeout=30_000)
    page.get_by_role("radio", name="Test").click(timeout=30_000)
    page.get_by_role("button", name="Begin with 4 traces").click(timeout=30_000)
    keys = page.get_by_test_id("blind-keys")
    expect(keys).to_contain_text("1 … 9 tick a mode", timeout=30_000)
    [test] = blind_tests.list_tests(store, project)
    order = [item.trace for item in test.judged]
    date, tone = (mode.id for mode in taxonomy.view(store, project).taxonomy.modes)

    def at(place: int) -> None:
        expect(keys).to_have_attribute("data-trace", order[place], timeout=20_000)
        expect(keys).to_have_attribute("data-ready", "true")

    at(0)
    page.get_by_role("textbox", name="Who is coding").focus()
    page.keyboard.type("1")  # text where one writes
    page.keyboard.press("Backspace")
    page.get_by_role("textbox", name="Who is coding").blur()
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("1")  # taken back
    expect(page.get_by_role("checkbox", name="2. Tone")).to_be_checked()
    expect(page.get_by_role("checkbox", name="1. Date")).not_to_be_checked()
    page.keyboard.press("ArrowRight")
    at(1)
    page.keyboard.press("ArrowLeft")  # back, with what was said of it
    at(0)
    expect(page.get_by_role("checkbox", name="2. Tone")).to_be_checked()
    page.keyboard.press("ArrowRight")
    at(1)
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    at(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="1. Date")).to_be_checked()
    page.keyboard.press("Enter")
    at(3)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("On pass or fail the two agree")).to_be_visible(timeout=20_000)
    [test] = blind_tests.list_tests(store, project)
    said = [(item.modes, item.other, item.done) for item in (test.answer(trace) for trace in order)]
    assert said == [
        (frozenset({tone}), False, True), (frozenset(), True, True), (frozenset({date}), False, True),
        (frozenset(), False, True),
    ]  # fmt: skip
