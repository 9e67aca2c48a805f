"""Code checks in a real Chromium: made, run over all traces, and taken away as a file of tests that runs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evaldash.services import checks, taxonomy
from evaldash.services.projects import find_project
from evaldash.storage.store import Store, open_store
from tests.services.test_taxonomy import CODES, coded_project
from tests.support.app_server import AppServer

pytestmark = pytest.mark.browser


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    taxonomy.create(opened, coded_project(opened), "Wrong date", codes=CODES[:3], who="ana")
    yield opened
    opened.close()


def test_a_check_is_made_run_and_taken_along_as_tests(
    page: Page, app_server: AppServer, store: Store, tmp_path: Path
) -> None:
    page.goto(f"{app_server.url}/taxonomy?project=trains&coder=ana")
    page.get_by_role("radio", name="Evaluators").click(timeout=30_000)
    page.get_by_text("Make a code check").click(timeout=30_000)
    page.get_by_label("Words, one a line").fill("zeppelin")
    page.get_by_role("button", name="Make the check").click()
    run = page.get_by_role("button", name="Run over all traces")
    run.click(timeout=30_000)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Intervals at 95 %, over the traces that people judged")).to_be_visible(timeout=30_000)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Take along as tests").click()
    file = tmp_path / "test_traces.py"
    caught.value.save_as(file)
    project = find_project(store, "trains")
    assert project is not None
    [check] = checks.list_checks(store, project)
    assert (check.mode, dict(check.spec)["words"]) == (taxonomy.view(store, project).taxonomy.modes[0].id, ["zeppelin"])
    traces = tmp_path / "traces.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "evaldash", "traces", "--db", store.url, "--project", "trains", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    traces.write_text(done.stdout, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={"TRACES": str(traces), "PATH": ""},
    )  # fmt: skip
    assert f"{len(CODES)} passed" in ran.stdout, ran.stdout + ran.stderr
