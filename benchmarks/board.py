"""How long the board takes with 5,000 notes and 80 modes, in a real Chromium.

    python benchmarks/board.py [NOTES] [MODES]

Opening runs from the click on "Board" until its first card is in focus, the app being loaded. A move runs from the key
until the browser has drawn the note in its new column, and until the server has said that it is stored.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.storage import readings, taxonomies, traces
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer
from tests.support.traces import conversation, make_project
from tools.ensure_browser import find_browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WORDS = [
    "promised",
    "a",
    "refund",
    "date",
    "nobody",
    "gave",
    "ignored",
    "question",
    "seat",
    "looked",
    "up",
    "wrong",
    "booking",
    "curt",
    "answer",
    "hides",
    "tool",
]
TIMES = 15
# From the click to the frame in which a card has the focus, looked for at every frame: `wait_for` looks every 500 ms.
OPEN = """async () => {
  const shadows = () => [...document.querySelectorAll('*')].map(node => node.shadowRoot).filter(Boolean);
  const started = performance.now();
  [...document.querySelectorAll('[role=radio]')].find(node => node.textContent.includes('Board')).click();
  while (!shadows().some(root => root.activeElement?.classList.contains('card'))) {
    if (performance.now() - started > 60_000) throw new Error('the board did not open');
    await new Promise(done => requestAnimationFrame(done));
  }
  const taken = performance.now() - started;
  return [taken, shadows().reduce((sum, root) => sum + root.querySelectorAll('*').length, 0)];
}"""
# From the key to the frame after the change: what a person waits for.
MOVE = """async key => {
  const board = document.querySelector('[data-testid="board"]') ?? [...document.querySelectorAll('*')]
    .map(node => node.shadowRoot?.querySelector('[data-testid="board"]')).find(Boolean);
  const started = performance.now();
  board.getRootNode().activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true }));
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const shown = performance.now() - started;
  while (board.dataset.waiting !== '0') await new Promise(done => setTimeout(done, 5));
  return [shown, performance.now() - started];
}"""


def main() -> None:
    """Fill a store, then time the board."""
    notes, modes = (int(value) for value in [*sys.argv[1:], *("5000", "80")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/board.db"
        fill(url, notes, modes)
        print(f"{notes} notes, {modes} modes, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        with AppServer(database_url=url, log=Path(folder) / "app.log") as app, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
            time_board(browser.new_page(viewport={"width": 1280, "height": 800}), app)
            browser.close()


def fill(url: str, notes: int, modes: int) -> None:
    """Make a project whose notes are coded, nine of ten of them with a mode."""
    store, chance = open_store(url), random.Random(0)  # noqa: S311 (no secret)
    given = [conversation(number) for number in range(notes)]
    project = make_project(store, given)
    names = [f"Mode {number}: {' '.join(chance.choices(WORDS, k=12))}"[:80] for number in range(modes)]
    made = tuple(FailureMode(id=f"{number:032x}", name=name) for number, name in enumerate(names))
    codes = [f"{number:032x}" for number in range(notes)]
    with store.write() as connection:
        keys = traces.keys_of(connection, project, [trace.id for trace in given])
        for code, trace in zip(codes, given, strict=True):
            text = " ".join(chance.choices(WORDS, k=chance.randint(5, 24)))
            reading = Reading(
                id=code, trace=trace.id, verdict=Verdict.FAIL, codes=(OpenCode(id=code, text=text, step=2),)
            )
            readings.add(connection, project, reading, coder="ana", trace_key=keys[trace.id], batch_key=None)
        held = {code: chance.choice(made).id for code in codes[: notes * 9 // 10]}
        after = Taxonomy(modes=made, assignments=held)
        taxonomies.save(connection, project, after, action="accept", summary="all", by="ana")
    close(store)


def close(store: Store) -> None:
    """Let go of the store before the app opens it."""
    store.close()


def time_board(page: Page, app: AppServer) -> None:
    """Print the times of opening the board and of moving notes."""
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    page.goto(f"{app.url}/taxonomy?project=trains&coder=ana")
    page.locator(".card").first.wait_for(timeout=60_000)
    print(f"bytes received from nothing to the board {sum(received):,}")
    opened = []
    for _ in range(TIMES // 3 + 1):
        page.get_by_role("radio", name="History").click()
        page.get_by_text("What changed from version").wait_for(timeout=60_000)
        page.wait_for_timeout(700)
        opened.append(page.evaluate(OPEN))
    show("open", [taken for taken, _ in opened[1:]])
    print(f"nodes built {opened[-1][1]:,}")
    received.clear()
    times = []
    for number in range(TIMES):
        times.append(page.evaluate(MOVE, str(1 + number % 9)))
        page.wait_for_timeout(200)
    show("move, on the screen", [shown for shown, _ in times])
    show("move, stored", [stored for _, stored in times])
    print(f"bytes received for each move {sum(received) / TIMES:,.0f}")


def show(what: str, milliseconds: list[float]) -> None:
    """Print median and maximum."""
    print(f"{what:<22} median {statistics.median(milliseconds):6.0f} ms   max {max(milliseconds):6.0f} ms")


if __name__ == "__main__":
    main()
