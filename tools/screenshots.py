"""Makes the pictures of the README from the running demo: `python -m tools.screenshots [FOLDER]`.

The demo is loaded into a store of its own and the app started on it: nothing of one's own work is in the pictures.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evaldash.services.demo import CODER, load_demo
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer
from tools.ensure_browser import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE = {"width": 1280, "height": 800}  # the smallest size the app is designed for
PATIENCE_MS = 60_000  # until a page stands, on a busy machine
SETTLE_MS = 1_500  # fonts, charts and the last rerun


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the page, what its address says, and what must stand there before it is taken."""

    name: str
    page: str
    wait_for: str
    address: dict[str, str] = field(default_factory=dict)


PICTURES = (
    Picture("overview", "", ".js-plotly-plot .main-svg"),
    Picture("explore", "explore", "canvas, .js-plotly-plot"),
    Picture("code", "code", '[data-testid="desk"]', {"coder": CODER, "batch": "1", "trace": "wk-6d18b7"}),
    Picture("taxonomy", "taxonomy", '[data-testid="stMain"] h1', {"coder": CODER}),
    Picture("saturation", "saturation", ".js-plotly-plot .main-svg"),
    Picture("report", "report", '[data-testid="stMain"] h1'),
)


def main(folder: Path = IMAGES, pictures: Sequence[Picture] = PICTURES) -> None:
    """Load the demo, start the app, and write a PNG of every picture into `folder`."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        url = f"sqlite:///{temporary}/demo.db"
        store = open_store(url)
        load_demo(store)
        store.close()
        with AppServer(database_url=url, log=Path(temporary) / "app.log") as app, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
            context = browser.new_context(viewport=SIZE, reduced_motion="reduce", color_scheme="light")  # type: ignore[arg-type]
            window = context.new_page()
            for picture in pictures:
                _take(window, app.url, picture, folder / f"{picture.name}.png")
            browser.close()


def _take(window: Page, url: str, picture: Picture, path: Path) -> None:
    address = "&".join(f"{name}={value}" for name, value in {"project": "demo", **picture.address}.items())
    window.goto(f"{url}/{picture.page}?{address}")
    window.wait_for_selector(picture.wait_for, timeout=PATIENCE_MS)
    window.wait_for_selector('[data-testid="stStatusWidget"]', state="detached", timeout=PATIENCE_MS)
    window.wait_for_timeout(SETTLE_MS)
    window.screenshot(path=path)
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
