"""The page Import in a real Chromium: a table with a mapping, feedback, a coded spreadsheet, and the imports so far."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evaldash.importers import Mapping, find
from evaldash.services import coding
from evaldash.services.browse import count_traces, trace_ids
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.mappings import MappingKind, list_mappings, save_mapping
from evaldash.services.projects import find_project
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
START_MS = 30_000
ROLES = {"asked": "query", "told": "answer", "desk": "session"}


def loans(folder: Path) -> Path:
    rows = [f"Is loan {number} renewable?,It runs until May {number}.,desk-{number}" for number in range(1, 9)]
    path = folder / "loans.csv"
    path.write_text("\n".join(["asked,told,desk", *rows]), encoding="utf-8")
    return path


UPLOADERS = {
    "Traces": "Drop files here",
    "Feedback": "Drop a file of ratings, comments or tickets",
    "Annotations": "Drop a spreadsheet of annotations",
}


def opened(page: Page, app_server: AppServer, kind: str) -> None:
    page.goto(f"{app_server.url}/import?project=library&coder=ana")
    expect(page.get_by_role("region", name=UPLOADERS["Traces"])).to_be_visible(timeout=START_MS)
    if kind != "Traces":
        page.get_by_role("radio", name=kind).click()
    expect(page.get_by_role("region", name=UPLOADERS[kind])).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(1)  # the form that was there before is gone


@pytest.fixture
def store(app_server: AppServer, tmp_path: Path) -> Store:
    opened_store = open_store(app_server.database_url)
    import_files(
        opened_store, find([str(loans(tmp_path))]), ImportRequest(project="library", mapping=Mapping.of(ROLES))
    )
    return opened_store


def test_a_saved_mapping_is_taken_for_a_table_of_unusual_columns(
    page: Page, app_server: AppServer, tmp_path: Path
) -> None:
    store = open_store(app_server.database_url)
    save_mapping(store, MappingKind.TABLE, "desk export", ROLES, who="ana")
    opened(page, app_server, "Traces")
    page.locator("input[type=file]").set_input_files(str(loans(tmp_path)))
    expect(page.get_by_text("is read as")).to_be_visible()
    expect(page.get_by_test_id("transcript")).to_contain_text("Is loan 1 renewable?")
    page.get_by_role("button", name="Import 1 file").click()
    expect(page.get_by_text("8 traces are new")).to_be_visible()
    project = find_project(store, "library")
    assert project is not None
    assert trace_ids(store, project, "session = desk-3")


def test_feedback_is_joined_by_the_column_that_fits_and_its_mapping_is_saved(
    page: Page, app_server: AppServer, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(
        "ticket,where,stars,comment\n81,desk-1,1,wrong month\n82,desk-2,5,\n83,desk-99,2,\n", encoding="utf-8"
    )
    opened(page, app_server, "Feedback")
    page.locator("input[type=file]").set_input_files(str(path))
    expect(page.get_by_text("2 of 3 rows fit a trace of library")).to_be_visible()
    page.get_by_role("button", name="Save", exact=False).first.click()
    page.get_by_role("textbox", name="Name").fill("survey")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Save the mapping").click()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    page.get_by_role("button", name="Join 2 rows").click()
    expect(page.get_by_text("2 rows joined to 2 traces")).to_be_visible()
    expect(page.get_by_text("1 row left out, with reasons").first).to_be_visible()
    expect(page.get_by_text("Columns left out: ticket")).to_be_visible()
    assert [(item.name, dict(item.columns)) for item in list_mappings(store, MappingKind.FEEDBACK)] == [
        ("survey", {"stars": "value", "comment": "comment", "where": "join"})
    ]
    project = find_project(store, "library")
    assert project is not None
    assert len(trace_ids(store, project, "metric.stars < 2 and feedback ~ month")) == 1


def test_a_coded_spreadsheet_comes_in_under_its_coders(
    page: Page, app_server: AppServer, store: Store, tmp_path: Path
) -> None:
    project = find_project(store, "library")
    assert project is not None
    first, second = trace_ids(store, project)[:2]
    path = tmp_path / "coded.csv"
    path.write_text(
        "Trace ID,Verdict,What went wrong,Failure mode,Annotator\n"
        f"{first},fail,a date in the past,Wrong date,Ben\n{second[:8]},pass,,,Cleo\nlost,pass,,,Ben\n",
        encoding="utf-8",
    )
    opened(page, app_server, "Annotations")
    page.locator("input[type=file]").set_input_files(str(path))
    expect(page.get_by_text("2 traces of library are annotated here")).to_be_visible()
    expect(page.get_by_text("1 row left out, with reasons")).to_be_visible()
    page.get_by_role("button", name="Take in 2 annotations").click()
    expect(page.get_by_text("2 annotations came in with 1 note")).to_be_visible()
    assert sorted(item.coder for item in coding.list_annotations(store, project)) == ["Ben", "Cleo"]


def test_an_import_is_given_a_version_and_taken_back(page: Page, app_server: AppServer, store: Store) -> None:
    project = find_project(store, "library")
    assert project is not None
    opened(page, app_server, "Traces")
    expect(page.get_by_text("Imports so far")).to_be_visible()
    page.get_by_role("button", name="Change").click()
    page.get_by_test_id("stPopoverBody").get_by_role("textbox").fill("2.1")
    page.get_by_test_id("stPopoverBody").get_by_role("textbox").press("Enter")
    page.get_by_role("button", name="Set the version").click()
    expect(page.get_by_text("8 traces of import 1 are now of version 2.1.")).to_be_visible()
    assert count_traces(store, project, "version = 2.1") == 8
    take_back = page.get_by_role("button", name="Take import 1 back")
    if not take_back.is_visible():
        page.get_by_role("button", name="Change").click()
    take_back.click()
    expect(page.get_by_text("Import 1 is taken back: 8 traces removed.")).to_be_visible()
    assert count_traces(store, project) == 0
