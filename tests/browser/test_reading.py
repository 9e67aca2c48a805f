"""Reading a trace in a real Chromium: what a reader sees, finds, copies, compares and sends."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from evaldash.domain.stored import Project
from evaldash.domain.trace import Trace
from evaldash.services.templates import project_template
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer
from tests.support.harbour import FIRST, NEEDLE, SECOND, harbour_app, long_trace

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG = 400  # steps of the long trace


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with harbour_app(tmp_path_factory.mktemp("reading"), more=[long_trace(LONG)]) as running:
        yield running


@pytest.fixture
def store(app: AppServer) -> Iterator[Store]:
    opened = open_store(app.database_url)
    yield opened
    opened.close()


def opened(page: Page, app: AppServer, trace: Trace, **parameters: object) -> Locator:
    told = "".join(f"&{name}={value}" for name, value in parameters.items())
    page.goto(f"{app.url}/code?project=harbour&coder=ana&trace={trace.id}{told}")
    transcript = page.get_by_test_id("transcript")
    expect(transcript).to_have_attribute("data-trace", trace.id, timeout=30_000)
    return transcript


def test_search_marks_every_hit_and_opens_the_folds_around_it(page: Page, app: AppServer) -> None:
    transcript = opened(page, app, FIRST)
    expect(transcript.get_by_text("boat 29")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("BOAT 2")
    expect(page.get_by_text("1 of 11", exact=True)).to_be_visible()
    marked = page.evaluate("CSS.highlights.get('evaldash-hits').size")
    assert marked == 11
    expect(transcript.get_by_text("{boat: boat 2}", exact=True)).to_be_visible()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_text("11 of 11", exact=True)).to_be_visible()
    expect(transcript.get_by_text("{boat: boat 29}", exact=True)).to_be_in_viewport()
    page.keyboard.press("Control+A")
    page.keyboard.type("nowhere at all")
    expect(page.get_by_text("none", exact=True)).to_be_visible()


def test_a_tree_folds_and_opens(page: Page, app: AppServer) -> None:
    card = opened(page, app, FIRST).locator("[data-step='4']")
    card.get_by_text("result ·").click()
    card.get_by_text("30 items").click()
    card.get_by_text("name: B29").click()
    expect(card.get_by_text("{boat: boat 29}", exact=True)).to_be_visible()


def test_a_link_opens_its_step_and_a_step_gives_its_link(page: Page, app: AppServer) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    transcript = opened(page, app, FIRST, step=6)
    expect(transcript.locator(".here")).to_have_attribute("data-step", "6")
    card = transcript.locator("[data-step='5']")
    card.hover()
    card.get_by_role("button", name="Copy a link to step 5").click()
    expect(page.get_by_text("it opens step 5")).to_be_visible()
    assert re.search(r"step=5\b", page.evaluate("navigator.clipboard.readText()"))


def test_the_timeline_leads_to_a_step(page: Page, app: AppServer) -> None:
    transcript = opened(page, app, FIRST)
    page.keyboard.press("t")
    bars = page.get_by_role("group", name="Timeline")
    expect(bars.get_by_role("button")).to_have_count(2)
    bars.get_by_role("button", name="list_berths: after 1.0 s, took 2.0 s").click()
    expect(transcript.locator(".here")).to_have_attribute("data-step", "4")
    page.keyboard.press("t")
    expect(bars).to_be_hidden()


def test_two_versions_stand_side_by_side_with_their_words_marked(page: Page, app: AppServer) -> None:
    opened(page, app, FIRST)
    page.get_by_role("button", name="The same question, answered by another version").click()
    compare = page.get_by_test_id("compare")
    expect(compare).to_contain_text("1 of 7 steps differ")
    expect(compare.locator("del")).to_have_text(["B14", "5"])
    expect(compare.locator("ins")).to_have_text(["B15", "10"])
    expect(compare.get_by_text("4 steps are the same")).to_be_visible()
    compare.get_by_role("button", name="Back to the trace").click()
    expect(page.get_by_test_id("transcript")).to_be_visible()


def test_a_trace_is_copied_and_saved_as_one_file_that_asks_for_nothing(
    page: Page, app: AppServer, tmp_path: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, app, FIRST)
    page.get_by_text("more", exact=True).click()
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_text("Copied as Markdown.")).to_be_visible()
    assert "> Is a berth free tonight?" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_text("more", exact=True).click()
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.get_by_text("Copied as JSON.")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["external_id"] == "harbour 1"
    page.get_by_text("more", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as one HTML file").click()
    file = tmp_path / "trace.html"
    download.value.save_as(file)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    expect(page.get_by_text("Is a berth free tonight?")).to_be_visible()
    expect(page.locator("article")).to_have_count(8)
    assert asked == [file.as_uri()]
    serious_findings(page)


def test_a_long_trace_comes_in_pieces(page: Page, app: AppServer) -> None:
    trace = long_trace(LONG)
    transcript = opened(page, app, trace)
    expect(transcript.locator("[data-step]")).to_have_count(LONG)
    last = transcript.locator(f"[data-step='{LONG}']")
    expect(last).to_contain_text(NEEDLE)
    middle = transcript.locator("[data-step='200']")
    expect(middle.locator(".stub")).to_have_count(1)
    middle.scroll_into_view_if_needed()
    expect(middle.get_by_text("show all 7,509 characters")).to_be_visible(timeout=20_000)


def test_text_grows_and_stays_so(page: Page, app: AppServer) -> None:
    transcript = opened(page, app, FIRST)

    def size() -> float:
        return float(transcript.evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))

    before = size()
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert size() == before + 2
    page.reload()
    expect(transcript).to_be_visible(timeout=30_000)
    assert size() == before + 2


def test_marking_the_first_failure_moves_nothing(page: Page, app: AppServer) -> None:
    transcript = opened(page, app, FIRST)
    below = transcript.locator("[data-step='7']")
    expect(below).to_contain_text("متى")
    before = below.bounding_box()
    number = transcript.get_by_role("button", name="Step 6: it first went wrong here")
    number.click()
    expect(number).to_have_attribute("aria-pressed", "true")
    expect(transcript.locator("[data-step='6']")).to_have_class(re.compile(r"\bwrong\b"))
    assert below.bounding_box() == before


def test_text_from_right_to_left_takes_its_list_along(page: Page, app: AppServer) -> None:
    card = opened(page, app, FIRST).locator("[data-step='8']")
    assert card.locator("ul").evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert card.locator("pre").evaluate("node => getComputedStyle(node).direction") == "ltr"
    assert (
        opened(page, app, FIRST).locator("[data-step='7'] p").evaluate("node => getComputedStyle(node).direction")
        == "rtl"
    )


def test_how_traces_look_is_set_in_a_dialog(page: Page, app: AppServer, store: Store) -> None:
    opened(page, app, SECOND)
    page.get_by_text("more", exact=True).click()
    page.get_by_role("button", name="How traces look in this project").click()
    dialog = page.get_by_role("dialog", name="How traces look in this project")
    expect(dialog).to_be_visible()
    dialog.get_by_role("combobox").first.click()
    page.get_by_role("option", name="boat").click()
    page.keyboard.press("Escape")
    if not dialog.is_visible():
        pytest.fail("Escape in the list of names closed the dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    assert project_template(store, Project(key=1, name="harbour", revision=0)).top == ("boat",)
    expect(page.locator(".about")).to_contain_text("boat Ilse")
    expect(page.locator(".about")).not_to_contain_text("guest")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_accessibility(page: Page, app: AppServer, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    transcript = opened(page, app, FIRST)
    transcript.locator("[data-step='4']").get_by_text("result ·").click()
    transcript.get_by_role("button", name="Step 6: it first went wrong here").click()
    page.keyboard.press("/")
    page.keyboard.type("berth")
    expect(page.locator(".count")).to_have_text(re.compile(r"1 of \d+"))
    serious_findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    serious_findings(page)
    page.keyboard.press("v")
    expect(page.get_by_test_id("compare")).to_be_visible()
    serious_findings(page)


def serious_findings(page: Page) -> None:
    """Fail with what axe finds serious or critical on the page, by what and where."""
    found = Axe().run(page).response["violations"]
    serious = [
        (item["id"], node["html"][:150], node.get("failureSummary", "")[:300])
        for item in found
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"]
    ]
    assert serious == []
