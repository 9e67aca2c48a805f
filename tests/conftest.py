"""Real parts for tests: stores on SQLite and PostgreSQL, a Chromium, and the app as its own process."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer
from tests.support.postgres import PostgresServer, start_postgres
from tools.ensure_browser import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Workers share two cores: with a thread pool each, torch would be slower, not faster.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own store, project, name or key must not leak into a test."""
    for name in [name for name in os.environ if name.startswith(("EVALDASH_", "OPENAI_"))]:
        if name != "EVALDASH_CHROMIUM":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process alone, on a socket in a temporary folder; stopped at the end."""
    # Not under pytest's own folder: a socket's path has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="evd-pg-"))
    try:
        with start_postgres(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test alone."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres_server.create(name)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite store of this test alone; the file is not there yet."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """An empty SQLite store of this test alone."""
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty store; a test that asks for it runs once on each kind of database."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(fixture))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that browser tests drive."""
    path = find_browser()
    if path is None:
        pytest.fail("no Chromium on this machine; `make setup` gets one")
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for all browser tests of this process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=BROWSER_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window of 1280 by 800: the smallest size the app is designed for."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def start_app(tmp_path: Path) -> Iterator[Callable[[str], AppServer]]:
    """A function that starts the app on a store's URL; all that were started are stopped after the test."""
    with ExitStack() as stack:

        def start(url: str) -> AppServer:
            log = tmp_path / f"app-{uuid.uuid4().hex[:6]}.log"
            return stack.enter_context(AppServer(database_url=url, log=log))

        yield start


@pytest.fixture
def app_server(start_app: Callable[[str], AppServer], sqlite_url: str) -> AppServer:
    """The app on an SQLite store of this test alone (`app_server.database_url`), answering."""
    return start_app(sqlite_url)
