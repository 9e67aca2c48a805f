"""The whole loop in a real Chromium, from an upload to the report, with the rows in the store checked on the way."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evaldash.services import coding, taxonomy
from evaldash.services.browse import count_traces
from evaldash.services.clustering import newest_clustering
from evaldash.services.projects import find_project
from evaldash.services.sampling import list_batches
from evaldash.services.saturation import saturation
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 90_000  # the embedding model loads once, on a machine that does other things too

TOPICS = {
    "refund": ["My refund for the cancelled train has not come", "Where is my money back for Tuesday?",
               "You cancelled my train, when am I refunded?", "Refund of ticket 88 still missing"],
    "seat": ["I want to change my seat to a window", "Can I move my seat reservation?",
             "My seat is next to the toilet, please change it", "Change seat 12 to a table seat"],
    "bicycle": ["Can I bring my bicycle?", "Is there room for a bike on the 14:10?",
                "How do I book a bicycle place?", "Bike ticket for Friday please"],
    "food": ["Is there a dining car?", "Vegetarian food on the night train?",
             "When does the restaurant car open?", "Can I eat my own food on board?"],
}  # fmt: skip
NOTES = ["promised a refund date nobody gave", "invented a refund date", "gave a made-up date for the refund",
         "ignored the question about the seat", "did not answer what was asked"]  # fmt: skip


def traces_file(folder: Path) -> Path:
    lines = [
        json.dumps({
            "id": f"{topic}-{number}",
            "version": "1" if number % 2 else "2",
            "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": f"About {topic}: done."}],
        })
        for topic, texts in TOPICS.items()
        for number, text in enumerate(texts)
    ]  # fmt: skip
    path = folder / "night-trains.jsonl"
    path.write_text("\n".join([*lines, "{broken"]), encoding="utf-8")
    return path


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()


def test_from_upload_to_report(page: Page, app_server: AppServer, tmp_path: Path) -> None:
    store = open_store(app_server.database_url)
    page.goto(f"{app_server.url}/?coder=ana")
    expect(page.get_by_text("how your product really fails")).to_be_visible(timeout=30_000)

    go(page, "Import")
    page.locator("input[type=file]").set_input_files(str(traces_file(tmp_path)))
    expect(page.get_by_text("is read as")).to_be_visible()
    expect(page.get_by_test_id("transcript")).to_contain_text("My refund for the cancelled train")
    page.get_by_role("button", name="Import 1 file").click()
    expect(page.get_by_text("16 traces are new")).to_be_visible()
    expect(page.get_by_text("1 could not be read")).to_be_visible()
    project = find_project(store, "night-trains")
    assert project is not None
    assert count_traces(store, project) == 16

    go(page, "Explore")
    page.get_by_role("button", name="Group the traces").click()
    expect(page.locator('[data-testid="trace-map"][data-painted]')).to_be_visible(timeout=LONG_MS)
    clustering = newest_clustering(store, project)
    assert clustering is not None
    assert sum(cluster.size for cluster in clustering.clusters) == 16

    go(page, "Sample")
    expect(page.get_by_text("Fields of your own")).to_be_visible()  # the last of the page: all of it is there
    page.get_by_role("button", name="Random", exact=True).click()
    expect(page.get_by_role("button", name="Random", exact=True)).to_contain_text("radio_button_checked")
    page.get_by_role("spinbutton", name="How many").fill("10")
    page.get_by_role("spinbutton", name="How many").press("Enter")
    page.get_by_role("button", name="Draw the batch").click()
    expect(page.get_by_text("Batch 1 holds 10 of 16 traces")).to_be_visible()
    assert [(row.strategy, row.size) for row in list_batches(store, project)] == [("uniform", 10)]

    page.get_by_role("link", name="Read batch 1").click()
    expect(page.get_by_test_id("desk")).to_have_attribute("data-total", "10", timeout=30_000)
    for note in NOTES:
        page.keyboard.press("f")
        page.keyboard.type(note)
        page.keyboard.press("Control+Enter")
    for _ in range(5):
        page.keyboard.press("p")
    expect(page.get_by_test_id("desk")).to_have_attribute("data-waiting", "0", timeout=20_000)
    assert len(coding.list_annotations(store, project)) == 10
    assert sorted(code.text for code in coding.list_codes(store, project)[0]) == sorted(NOTES)

    go(page, "Taxonomy")
    page.get_by_role("button", name="Suggest modes for 5 notes").click()
    expect(page.get_by_role("button", name="Accept all")).to_be_visible(timeout=LONG_MS)
    assert taxonomy.view(store, project).taxonomy.modes == ()
    page.get_by_role("button", name="Accept all").click()
    expect(page.get_by_test_id("review")).to_have_attribute("data-cards", "0")
    expect(page.get_by_test_id("review")).to_have_attribute("data-waiting", "0", timeout=20_000)
    now = taxonomy.view(store, project)
    assert now.taxonomy.modes
    assert len(now.uncategorised) + sum(len(held) for held in now.by_mode.values()) == 5

    go(page, "Saturation")
    headline = page.get_by_test_id("chance-next-new")
    expect(headline).to_have_attribute("data-traces", "10")
    found = saturation(store, project)
    assert float(headline.get_attribute("data-upper") or 0) == pytest.approx(found.chance.upper, abs=1e-6)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()

    go(page, "Report")
    expect(page.get_by_text("50 % of 10").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown").click()
    assert NOTES[0] in Path(download.value.path()).read_text(encoding="utf-8")
    store.close()
