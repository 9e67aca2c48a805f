"""The saturation page and the report in a real Chromium: from a mark of a chart to its traces; a text rewritten."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.services import coding, taxonomy
from evaldash.services.look_again import look_again
from evaldash.services.projects import choose_project
from evaldash.services.reporting import report_bytes
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces, list_batches
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer
from tests.support.recomputed import tables_of, wilson
from tests.support.traces import conversation, make_project

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 60_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app on a project of 40 conversations, 24 of them read in two batches: late ones, and curt ones."""
    folder: Path = tmp_path_factory.mktemp("saturation")
    url = f"sqlite:///{folder / 'store.db'}"
    store = open_store(url)
    project = make_project(store, [conversation(number) for number in range(40)])
    held: dict[str, list[str]] = {"Late": [], "Curt": []}
    for seed in (1, 2):
        batch = draw_batch(store, project, SampleRequest(strategy="uniform", size=12, seed=seed))
        for place, item in enumerate(batch.traces):
            names = (["Late"] if place < 4 else []) + (["Curt"] if place == 5 and seed == 2 else [])
            codes = tuple(OpenCode(id=f"{name}{item.trace[:12]}", text=f"{name}!", step=3) for name in names)
            for name in names:
                held[name].append(f"{name}{item.trace[:12]}")
            verdict = Verdict.FAIL if codes else Verdict.PASS
            reading = Reading(id=item.trace[:32], trace=item.trace, verdict=verdict, codes=codes)
            coding.save_reading(store, project, reading, coder="ana")
    for name, codes_of in held.items():
        taxonomy.create(store, project, name, codes=codes_of, who="ana")
    with AppServer(database_url=url, log=folder / "app.log") as running:
        yield running


def open_view(page: Page, app: AppServer, view: str) -> None:
    page.goto(f"{app.url}/saturation?view={view}&coder=ana&project=trains")
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=LONG_MS)


def choose(page: Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(name).click(timeout=LONG_MS)


def click_middle(page: Page, mark: Locator) -> None:
    """Plotly listens on its drag layer, which lies over the marks, so the pointer goes to the place itself."""
    mark.first.scroll_into_view_if_needed()
    box = mark.first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_bar_leads_to_the_traces_that_brought_the_mode(page: Page, app: AppServer) -> None:
    open_view(page, app, "unseen")
    headline = page.get_by_test_id("chance-next-new")
    expect(headline).to_have_attribute("data-traces", "24", timeout=LONG_MS)
    bars = page.locator(".js-plotly-plot .barlayer .point path")
    expect(bars.nth(1)).to_be_visible(timeout=LONG_MS)
    click_middle(page, bars.nth(1))
    expect(page.get_by_role("heading", name="Batch 2: 1 trace brought something new")).to_be_visible(timeout=LONG_MS)


def test_cells_lead_to_their_traces(page: Page, app: AppServer) -> None:
    open_view(page, app, "rates")
    choose(page, "By version")
    expect(page.get_by_text("Share of the segment's traces")).to_be_visible(timeout=LONG_MS)
    expect(page.locator(".js-plotly-plot .heatmaplayer image")).to_be_attached(
        timeout=LONG_MS
    )  # no more the dots before
    cell = page.locator(".js-plotly-plot .scatterlayer .point")
    click_middle(page, cell)
    expect(page.get_by_role("heading", name="version 1:")).to_be_visible(timeout=LONG_MS)
    choose(page, "Step to step (agents)")
    expect(page.get_by_text("Counts of 9 failed traces of both streams, not rates.")).to_be_visible(timeout=LONG_MS)
    click_middle(page, cell)
    expect(page.get_by_role("heading", name="user message → find_booking")).to_be_visible(timeout=LONG_MS)


def test_versions_open_on_the_cycle_of_the_address(page: Page, app: AppServer) -> None:
    open_view(page, app, "versions&cycle=9")
    expect(page.get_by_text("There is no cycle 9")).to_be_visible(timeout=LONG_MS)
    open_view(page, app, "versions&cycle=1")
    expect(page.get_by_label("After")).to_have_value("1", timeout=LONG_MS)
    page.get_by_test_id("stDataFrame").first.hover()
    unsafe = page.locator('button[aria-label^="Download as CSV"]')
    expect(unsafe.first).to_be_attached()
    expect(unsafe.first).to_be_hidden()  # it would write formulas of trace text as they are


def test_a_link_with_a_cycle_speaks_of_that_version_until_it_is_let_go(page: Page, app: AppServer) -> None:
    store = open_store(app.database_url)
    random = [row for row in tables_of(store, choose_project(store, "trains")).random if row.version == "2"]
    store.close()
    open_view(page, app, "unseen&cycle=2")
    headline = page.get_by_test_id("chance-next-new")
    expect(headline).to_have_attribute("data-traces", str(len(random)), timeout=LONG_MS)
    expect(page.get_by_text("Only version 2")).to_be_visible()
    choose(page, "How often")
    failed = sum(row.failed for row in random)
    said = f"Any failure: {100 * failed / len(random):.0f} % of {len(random)} "
    expect(page.get_by_text(said)).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Show all versions").click()
    expect(page.get_by_text(" % of 24 (")).to_be_visible(timeout=LONG_MS)
    expect(page).not_to_have_url(re.compile("cycle="))
    open_view(page, app, "rates&cycle=9")
    expect(page.get_by_text("There is no cycle 9 with read traces; this is about all.")).to_be_visible(timeout=LONG_MS)


def test_a_cadence_is_set_and_kept(page: Page, app: AppServer) -> None:
    open_view(page, app, "again")
    days = page.get_by_role("spinbutton", name="A round is due every … days")
    expect(days).to_have_value("30", timeout=LONG_MS)
    days.fill("7")
    days.press("Enter")
    due = page.get_by_text("a round is due every 7 days")
    expect(due).to_be_visible(timeout=LONG_MS)
    page.reload()
    expect(days).to_have_value("7", timeout=LONG_MS)
    expect(due).to_be_visible(timeout=LONG_MS)


def test_the_oddest_lead_to_their_traces_and_become_a_batch(page: Page, app: AppServer) -> None:
    store = open_store(app.database_url)
    project = choose_project(store, "trains")
    before, odd = len(list_batches(store, project)), [trace for trace, _ in look_again(store, project).oddest]
    open_view(page, app, "again")
    expect(page.get_by_role("heading", name="This week's oddest")).to_be_visible(timeout=LONG_MS)
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("Choose a row to read the trace here.")).to_be_visible(timeout=LONG_MS)
    table.scroll_into_view_if_needed()
    table.click(position={"x": 16, "y": 50})  # the box that chooses the first row
    expect(page.get_by_test_id("transcript")).to_have_attribute("data-trace", odd[0], timeout=LONG_MS)
    page.get_by_role("button", name=f"Draw these {len(odd)} as a batch").click()
    desk = page.get_by_test_id("desk")
    expect(desk).to_have_attribute("data-total", str(len(odd)), timeout=LONG_MS)
    drawn = [item.trace for item in drawn_traces(store, project, before + 1)]
    expect(desk).to_have_attribute("data-trace", drawn[0])
    assert drawn == odd
    store.close()


def test_a_quick_look_is_drawn_read_and_told(page: Page, app: AppServer) -> None:
    store = open_store(app.database_url)
    project = make_project(store, [conversation(number) for number in range(60)], name="quick")
    page.goto(f"{app.url}/saturation?view=again&coder=ana&project=quick")
    page.get_by_role("button", name="Draw 30 at random").click(timeout=LONG_MS)
    expect(page.get_by_test_id("desk")).to_have_attribute("data-total", "30", timeout=LONG_MS)
    drawn = [item.trace for item in drawn_traces(store, project, 1)]
    for place, trace in enumerate(drawn):
        codes = (OpenCode(id=f"q{trace[:12]}", text="Late!"),) if place % 6 == 0 else ()
        verdict = Verdict.FAIL if codes else Verdict.PASS
        coding.save_reading(
            store, project, Reading(id=trace[:32], trace=trace, verdict=verdict, codes=codes), coder="ana"
        )
    rows = tables_of(store, project).random
    low, high = wilson(sum(row.failed for row in rows), len(rows))
    store.close()
    page.goto(f"{app.url}/saturation?view=again&coder=ana&project=quick")
    said = f"5 of 30 failed: 17 %, somewhere between {math.floor(low * 100)} % and {math.ceil(high * 100)} %."
    expect(page.get_by_text(said)).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("notes without a failure mode: 5")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="This page as Markdown").click()
    assert said in download.value.path().read_text(encoding="utf-8")


def test_a_text_of_the_report_is_rewritten_said_so_and_goes_out(page: Page, app: AppServer) -> None:
    page.goto(f"{app.url}/report?coder=ana&project=trains")
    page.locator("[class*='st-key-edit-summary'] button").first.click(timeout=LONG_MS)
    page.get_by_role("textbox", name="In short").fill("Half of our talks fail, of 77 that were read.")
    page.locator("[class*='st-key-report-save'] button").first.click()
    expect(page.get_by_text("Half of our talks fail, of 77 that were read.")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("77", exact=False).filter(has_text="ana")).to_be_visible()
    store = open_store(app.database_url)
    sent = report_bytes(store, choose_project(store, "trains"), format="html").decode()
    assert "Half of our talks fail, of 77 that were read." in sent
    store.close()
