"""Steps at the desk that browser tests share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from evaldash.domain.coding import Annotation
from evaldash.domain.stored import Project
from evaldash.services import coding
from evaldash.storage.store import Store
from tests.support.app_server import AppServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

CODER = "ana"
PATIENCE_S = 20


def open_desk(page: Page, app: AppServer, **parameters: str) -> str:
    """Open the desk as CODER, unless `parameters` say otherwise; return the id of the trace on the screen."""
    from playwright.sync_api import expect

    given = {"project": "trains", "coder": CODER, **parameters}
    query = "&".join(f"{name}={value}" for name, value in given.items() if value)
    page.goto(f"{app.url}/code?{query}")
    expect(page.get_by_test_id("desk")).to_be_visible(timeout=30_000)
    return on_screen(page)


def on_screen(page: Page) -> str:
    """Return the id of the trace on the screen."""
    from playwright.sync_api import expect

    expect(page.get_by_test_id("desk")).not_to_have_attribute("data-trace", "")
    return page.get_by_test_id("desk").get_attribute("data-trace") or ""


def all_saved(page: Page) -> None:
    """Wait until the server has acknowledged every save."""
    from playwright.sync_api import expect

    expect(page.get_by_test_id("desk")).to_have_attribute("data-waiting", "0", timeout=20_000)


def draft_kept(store: Store, project: Project, trace: str, text: str | None) -> None:
    """Wait until what the store keeps half typed of a trace is `text`; None: until it keeps nothing of it."""
    deadline = time.monotonic() + PATIENCE_S
    while (kept := _half_typed(store, project, trace)) != text:
        assert time.monotonic() < deadline, f"the store keeps {kept!r}, not {text!r}, after {PATIENCE_S} s"
        time.sleep(0.05)


def _half_typed(store: Store, project: Project, trace: str) -> object:
    found = coding.drafts(store, project, coder=CODER).get(trace)
    return found["text"] if isinstance(found, dict) else None


def newest(store: Store, project: Project) -> dict[str, Annotation]:
    """Return the annotations that count by trace."""
    return {item.trace: item for item in coding.list_annotations(store, project)}
