"""The page Explore in a real Chromium: colours, lasso, table in step, batches, search, versions, marks, keys, axe."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from evaldash.domain.stored import Project
from evaldash.services import jobs
from evaldash.services.browse import trace_ids
from evaldash.services.clustering import ClusterRequest, cluster, newest_clustering
from evaldash.services.exploring import newest_ids
from evaldash.services.sampling import drawn_traces, list_batches
from evaldash.services.surprising import surprising_uses
from evaldash.storage.store import Store, open_store
from tests.services.test_cluster_names import naming
from tests.support.app_server import AppServer
from tests.support.grouped import EACH, GROUPS, grouped_project
from tests.support.scripted_llm import ScriptedLLM
from tests.support.traces import conversation, make_project

pytestmark = [pytest.mark.browser, pytest.mark.slow]
START_MS, MODEL_MS = 30_000, 90_000
ANSWER_MS = 20_000  # of the server, on a machine that does other things too
WIDE, HIGH = 120, 80  # px around a name; a group's marks lie within some 30, and its name may be pushed aside


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=ANSWER_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppServer, Store, Project]]:
    """One app and one project for all tests here; what a test writes, the others do not count."""
    folder = tmp_path_factory.mktemp("explore")
    url = f"sqlite:///{folder / 'store.db'}"
    store = open_store(url)
    project = grouped_project(store)
    with AppServer(database_url=url, log=folder / "app.log") as server:
        yield server, store, project
    store.close()


# The most text fields that the page showed beside one another, looked at with every frame.
FIELDS_AT_ONCE = """() => {
  window.fieldsAtOnce = 0;
  const look = () => {
    const fields = document.querySelectorAll('[data-testid="stMain"] [data-testid="stTextInput"]');
    window.fieldsAtOnce = Math.max(window.fieldsAtOnce, fields.length);
    requestAnimationFrame(look);
  };
  look();
}"""


def opened(page: Page, server: AppServer, **parameters: str) -> Locator:
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    page.goto(f"{server.url}/explore?project=trains&coder=ana{more}")
    there = page.locator('[data-testid="trace-map"][data-painted]')
    there.wait_for(timeout=START_MS)
    expect(page.get_by_role("heading", name=re.compile(r"^\d+ traces"))).to_be_visible(timeout=START_MS)
    return there


def around(page: Page, label: str) -> None:
    """Draw around a group, whose name stands on its middle or near it."""
    box = page.locator("button.name", has_text=label[:12]).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    turns = [2 * math.pi * k / 24 - math.pi / 2 for k in range(25)]  # from above: within the map for all groups
    corners = [(x + WIDE * math.cos(turn), y + HIGH * math.sin(turn)) for turn in turns]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner)
    page.mouse.up()


def first_row(table: Locator) -> None:
    """Press the box of a table's first row."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    table.page.mouse.click(box["x"] + 18, box["y"] + 55)


def test_what_is_drawn_around_becomes_a_batch_of_just_these(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    server, store, project = served
    there = opened(page, server)
    around(page, GROUPS[1])
    expect(there).to_have_attribute("data-selected", str(EACH))
    expect(page.get_by_role("heading", name=f"{EACH} traces selected")).to_be_visible()
    page.get_by_role("button", name="Draw a batch").click()
    expect(page.get_by_text("rates and saturation leave them out")).to_be_visible()
    page.get_by_role("button", name=f"Draw a batch of {EACH}").click()
    expect(page.get_by_test_id("desk")).to_have_attribute("data-total", str(EACH), timeout=START_MS)
    drawn = drawn_traces(store, project, list_batches(store, project)[-1].number)
    assert {item.trace for item in drawn} == set(trace_ids(store, project)[1::3])
    assert all(item.inclusion_probability is None for item in drawn)


def test_colours_change_in_the_browser_and_come_from_the_server_once(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    there = opened(page, served[0])
    for field in ("metric.latency_ms", "version", "metadata.plan", "started_at"):
        page.get_by_label("Colour by").select_option(field)
        expect(there).to_have_attribute("data-colour", field)
    page.get_by_label("Colour by").select_option("metadata.plan")
    free = page.get_by_role("button", name="free 30")
    free.hover()
    free.click()
    expect(there).to_have_attribute("data-selected", "30")
    expect(page.get_by_role("heading", name="30 traces selected: free")).to_be_visible()


def test_a_selection_stays_while_one_visits_another_page_and_goes_with_escape(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    there = opened(page, served[0])
    page.locator("button.name", has_text=GROUPS[2][:12]).click()
    expect(page.get_by_role("heading", name=f"{EACH} traces selected")).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Import").click()
    expect(page.get_by_text("Drop files here").first).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Explore").click()
    expect(there).to_have_attribute("data-selected", str(EACH), timeout=START_MS)
    page.mouse.move(5, 5)
    page.locator('[aria-label="Map of traces"]').press("Escape")
    expect(page.get_by_role("heading", name="60 traces", exact=True)).to_be_visible()


def test_a_filter_leaves_the_same_on_the_map_and_in_the_table(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    there = opened(page, served[0], filter="version = 2")
    expect(there.get_by_role("status")).to_contain_text("30 pass the filter")
    expect(page.get_by_role("heading", name="30 traces", exact=True)).to_be_visible()
    around(page, GROUPS[0])
    expect(page.get_by_role("heading", name="10 traces selected")).to_be_visible()


def test_a_link_shows_what_its_sender_saw(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0])
    page.locator("button.name", has_text=GROUPS[1][:12]).click()
    expect(page.get_by_role("heading", name=f"{EACH} traces selected: {GROUPS[1]}")).to_be_visible()
    page.wait_for_url(re.compile("group=1"), timeout=ANSWER_MS)
    page.get_by_label("Colour by").select_option("version")
    page.wait_for_url(re.compile("colour=version"), timeout=ANSWER_MS)
    page.get_by_role("textbox", name="Search").fill("booking")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page.get_by_text("hold the words")).to_be_visible()
    page.wait_for_url(re.compile("search=booking"), timeout=ANSWER_MS)
    link = page.url
    page.evaluate("sessionStorage.clear()")
    page.goto("about:blank")
    page.goto(link)  # a session of its own
    there = page.locator('[data-testid="trace-map"][data-painted]')
    expect(there).to_have_attribute("data-colour", "version", timeout=START_MS)
    expect(there).to_have_attribute("data-selected", str(EACH))
    expect(page.get_by_role("textbox", name="Search")).to_have_value("booking")
    expect(page.get_by_role("heading", name=f"{EACH} traces selected: {GROUPS[1]}")).to_be_visible()


def test_a_search_moves_nothing_and_a_click_right_after_a_colour_counts(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    opened(page, served[0])
    page.evaluate(FIELDS_AT_ONCE)
    search = page.get_by_role("textbox", name="Search")
    search.fill("booking")
    search.press("Enter")
    expect(page.get_by_text("hold the words")).to_be_visible()
    page.get_by_label("Colour by").select_option("version")
    page.locator("button.name", has_text=GROUPS[1][:12]).click()
    expect(page.get_by_role("heading", name=f"{EACH} traces selected: {GROUPS[1]}")).to_be_visible()
    expect(page.get_by_text("say something alike")).to_be_visible(timeout=START_MS)
    expect(search).to_have_value("booking")
    assert page.evaluate("window.fieldsAtOnce") == 2, "search and filter, never one of them twice"


def test_fields_count_what_is_drawn_around(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0])
    page.get_by_role("radio", name="Fields").click()
    expect(page.get_by_text("Counts are of the 60 traces that filter and search leave.")).to_be_visible()
    around(page, GROUPS[0])
    expect(page.get_by_text(f"Counts are of the {EACH} traces that filter, search and map leave.")).to_be_visible()


def test_a_wrong_filter_is_a_sentence_and_leaves_all(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0], filter="colour = red")
    expect(page.get_by_text("there is no field")).to_be_visible()
    expect(page.get_by_role("heading", name="60 traces", exact=True)).to_be_visible()


def test_a_group_is_chosen_on_the_map_and_marked_as_a_surprising_use(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    server, store, project = served
    opened(page, server)
    page.locator("button.name", has_text=GROUPS[2][:12]).click()
    expect(page.get_by_text(f"{EACH} of 60 traces (33 %)")).to_be_visible()
    expect(page.get_by_text("At its edge")).to_be_visible()
    page.get_by_role("button", name="Surprising use").click()
    page.get_by_label("In a sentence").fill("People move house by train.")
    page.get_by_role("button", name="Mark as surprising use").click()
    expect(page.get_by_role("button", name="Mark as surprising use")).to_have_count(0)
    assert [(use.number, use.sentence, use.by) for use in surprising_uses(store, project)] == [
        (2, "People move house by train.", "ana")
    ]


def test_words_are_found_at_once_and_meaning_joins_in(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0])
    page.get_by_role("textbox", name="Search").fill("room for my bike")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("0 hold the words"))).to_be_visible(timeout=START_MS)
    expect(page.get_by_text(re.compile("say something alike"))).to_be_visible(timeout=MODEL_MS)
    expect(page.get_by_role("heading", name=re.compile(r"^[1-9]\d* traces"))).to_be_visible()


def test_a_point_opens_its_trace_over_the_page_and_nothing_is_lost(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    server, store, project = served
    there = opened(page, server)
    around(page, GROUPS[1])
    expect(page.get_by_role("heading", name=f"{EACH} traces selected")).to_be_visible()
    first = next(trace for trace in newest_ids(store, project) if trace in trace_ids(store, project)[1::3])
    first_row(page.get_by_role("region", name="The selected traces"))
    expect(page.get_by_test_id("transcript")).to_have_attribute("data-trace", first)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_test_id("transcript")).not_to_have_attribute("data-trace", first)
    expect(page.get_by_text(f"2 of {EACH} selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("transcript")).to_have_count(0)
    expect(there).to_have_attribute("data-selected", str(EACH))


def test_a_trace_stays_open_while_work_in_the_background_ends_and_is_closed_for_good(
    page: Page, served: tuple[AppServer, Store, Project]
) -> None:
    server, store, project = served
    jobs.start(store, project, id="a better map", kind="map", message="drawing the better map")
    opened(page, server)
    progress = page.get_by_text("drawing the better map")
    expect(progress).to_be_visible()
    around(page, GROUPS[0])
    selected = page.get_by_role("heading", name=f"{EACH} traces selected")
    expect(selected).to_be_visible()
    first_row(page.get_by_role("region", name="The selected traces"))
    window = page.get_by_role("dialog")
    expect(window.get_by_test_id("transcript")).to_be_visible()
    jobs.finish(store, "a better map", state="done", message="done")
    expect(progress).to_have_count(0)
    expect(window.get_by_test_id("transcript")).to_be_visible()
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    page.get_by_role("button", name="Clear the selection").click()
    expect(selected).to_have_count(0)
    expect(window).to_have_count(0)


def test_fields_versions_and_time_beside_the_map(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0])
    page.get_by_role("radio", name="Versions").click()
    expect(page.get_by_text("No group of 3 changed by more than chance")).to_be_visible()
    page.get_by_role("radio", name="Time").click()
    expect(page.locator(".js-plotly-plot")).to_contain_text("Bicycles on board", timeout=START_MS)
    page.get_by_role("radio", name="Fields").click()
    expect(page.get_by_text("A choice joins the filter")).to_be_visible()
    first_row(page.get_by_role("region", name="Values of the fields"))
    expect(page.get_by_role("textbox", name="Filter")).to_have_value(re.compile('^version = "[12]"$'))
    expect(page.get_by_role("heading", name="30 traces", exact=True)).to_be_visible()


def test_a_selection_is_downloaded(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0])
    around(page, GROUPS[0])
    expect(page.get_by_role("heading", name=f"{EACH} traces selected")).to_be_visible()
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"CSV, {EACH} rows").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        assert {row["cluster"] for row in csv.DictReader(file)} == {GROUPS[0]}


def test_what_is_drawn_around_opens_on_another_screen_by_a_link(
    page: Page, browser: Browser, served: tuple[AppServer, Store, Project]
) -> None:
    server, store, project = served
    opened(page, server)
    around(page, GROUPS[0])
    expect(page.get_by_role("heading", name=f"{EACH} traces selected")).to_be_visible()
    page.get_by_role("button", name="Filter, link").click()
    page.get_by_role("button", name="Make a link").click()
    page.wait_for_url(re.compile("filter=selection"), timeout=ANSWER_MS)
    expect(page.get_by_text("traces, drawn around by ana")).to_be_visible()
    elsewhere = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    try:
        theirs = elsewhere.new_page()
        theirs.goto(page.url.replace("coder=ana", "coder=ben"))
        there = theirs.locator('[data-testid="trace-map"][data-painted]')
        expect(there.get_by_role("status")).to_contain_text(f"{EACH} pass the filter", timeout=START_MS)
        expect(theirs.get_by_role("heading", name=f"{EACH} traces", exact=True)).to_be_visible()
        expression = theirs.get_by_role("textbox", name="Filter").input_value()
        assert set(newest_ids(store, project, expression)) == set(trace_ids(store, project)[0::3])
        theirs.get_by_role("textbox", name="Filter").fill("selection = s0123456789ab")
        theirs.get_by_role("textbox", name="Filter").press("Enter")
        expect(theirs.get_by_text("has no selection")).to_be_visible()
        expect(theirs.get_by_role("heading", name="60 traces", exact=True)).to_be_visible()
    finally:
        elsewhere.close()


def test_a_link_to_a_group_that_is_gone_says_so(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    opened(page, served[0], group="77")
    expect(page.get_by_text("The link names group 77, and there is none of that number")).to_be_visible()
    expect(page.get_by_role("heading", name="60 traces", exact=True)).to_be_visible()


def test_the_map_works_by_keys_alone(page: Page, served: tuple[AppServer, Store, Project]) -> None:
    there = opened(page, served[0])
    frame = page.get_by_role("application", name="Map of traces")
    frame.focus()
    page.keyboard.press("]")
    expect(there.get_by_role("status")).to_contain_text("Enter selects them")
    page.keyboard.press("Enter")
    expect(there).to_have_attribute("data-selected", str(EACH))
    painted = int(there.get_attribute("data-painted") or 0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    expect(there).not_to_have_attribute("data-painted", str(painted))
    page.keyboard.press("Escape")
    expect(there).to_have_attribute("data-selected", "0")


def test_names_of_a_model_are_looked_at_and_taken(page: Page, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    project = make_project(store, [conversation(i) for i in range(64)])
    row = cluster(store, project, ClusterRequest(embedder="static"))
    with ScriptedLLM(naming) as llm:
        model = {"EVALDASH_MODEL_BASE_URL": llm.url, "EVALDASH_MODEL": "tiny"}
        with AppServer(database_url=url, log=tmp_path / "app.log", environment=model) as server:
            opened(page, server)
            page.get_by_role("button", name="Names by tiny").click()
            expect(page.get_by_text(f"typical of {len(row.clusters)} groups, would go to 127.0.0.1")).to_be_visible()
            assert llm.requests == []
            page.get_by_role("button", name="Ask for names").click()
            expect(page.get_by_text(f"tiny proposes {len(row.clusters)} names")).to_be_visible()
            page.get_by_role("button", name="Take them all").click()
            expect(page.get_by_text("tiny proposes")).to_have_count(0)
            expect(page.locator("button.name", has_text="About ").first).to_be_visible()
    named = newest_clustering(store, project)
    assert named is not None
    assert all(one.label.startswith("About ") for one in named.clusters)
    store.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, served: tuple[AppServer, Store, Project], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    opened(page, served[0])
    page.locator("button.name", has_text=GROUPS[1][:12]).click()
    expect(page.get_by_text("At its edge")).to_be_visible()
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    serious = [item for item in found.response["violations"] if item["impact"] in ("serious", "critical")]
    assert not serious, [(item["id"], [node["html"][:160] for node in item["nodes"][:3]]) for item in serious]
