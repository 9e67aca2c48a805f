"""How soon earlier notes and the likely mode stand below the note that is typed, over 10,000 notes of a store.

    python benchmarks/similar_notes.py [--notes 10000] [--typed 40]

Printed: taking all notes up (when the desk opens), taking up one more (after each save), a search by beginning and by
meaning; then in Chromium against the real app: what a save waits for its answer while the model loads, and last key to
the answer on the screen.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import coding, similar_notes, taxonomy
from evaldash.services.browse import trace_ids
from evaldash.services.embedding import embed_codes
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage import projects, readings, traces
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer
from tests.support.desk import all_saved, open_desk
from tests.support.traces import conversation, make_project
from tools.ensure_browser import find_browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MODES = 12
WHO = ("the assistant", "the bot", "the reply", "it", "the agent")
DOES = ("quotes", "invents", "forgets", "misreads", "repeats", "refuses", "drops", "mixes up", "promises", "skips")
WHAT = ("the date", "the price", "the platform", "the refund", "the booking number", "the address", "the policy",
        "the name", "the seat", "the deadline", "the currency", "the connection")  # fmt: skip
WHERE = ("in the first answer", "after the tool failed", "when asked twice", "although the user named it", "at the end",
         "for the second ticket", "in the summary", "before looking it up", "with great confidence", "in the e-mail",
         "on the last leg", "for a child's ticket", "after midnight", "on a holiday", "for two travellers",
         "in the wrong language", "on the way back")  # fmt: skip


def main() -> None:
    """Make the store, measure in this process, then in a browser."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--typed", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/notes.db"
        store = open_store(url)
        project = make_notes(store, options.notes)
        measure_index(store, project)
        store.close()
        with AppServer(database_url=url, log=Path(folder) / "app.log") as app, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            measure_saves_while_loading(page, app)
            measure_typing(page, app, options.typed)
            browser.close()


def phrases(count: int, *, seed: int) -> list[str]:
    """Return notes made of our own words, all different."""
    every = [f"{who} {does} {what} {where}" for who in WHO for does in DOES for what in WHAT for where in WHERE]
    return [every[place] for place in np.random.default_rng(seed).permutation(len(every))[:count]]


def make_notes(store: Store, count: int) -> Project:
    """Store traces with a note each, half of them in modes, all embedded; and a batch to read."""
    project = make_project(store, [conversation(number) for number in range(count)])
    ids = trace_ids(store, project)
    with store.write() as connection:
        keys = traces.keys_of(connection, project, ids)
        for number, (trace, text) in enumerate(zip(ids, phrases(count, seed=1), strict=True)):
            code = OpenCode(id=f"n{number}", text=text)
            reading = Reading(id=f"r{number}", trace=trace, verdict=Verdict.FAIL, codes=(code,))
            readings.add(connection, project, reading, coder="ben", trace_key=keys[trace], batch_key=None)
        projects.touch(connection, project)
    embed_codes(store, project)
    for mode, what in enumerate(WHAT[:MODES]):
        held = [code.id for code in coding.list_codes(store, project)[0] if f" {what} " in code.text]
        taxonomy.create(store, project, f"{mode}: {what}", codes=held[: count // (2 * MODES)], who="ben")
    draw_batch(store, project, SampleRequest(strategy="uniform", size=min(200, count), seed=1))
    return project


def measure_index(store: Store, project: Project) -> None:
    """Print the parts that run on the server."""
    timed("all notes taken up", lambda: similar_notes.take_up(store, project), times=3)
    similar_notes.refresh(store, project)
    ids = trace_ids(store, project)
    saved = iter(range(len(ids)))

    def one_more() -> None:
        number = next(saved)
        code = OpenCode(id=f"more{number}", text=f"a new note, number {number}")
        reading = Reading(id=f"more{number}", trace=ids[number], verdict=Verdict.FAIL, codes=(code,))
        coding.save_reading(store, project, reading, coder="ana")
        started = time.perf_counter()
        similar_notes.refresh(store, project)
        took.append(time.perf_counter() - started)

    took: list[float] = []
    for _ in range(5):
        one_more()
    told("one more note taken up, embedded", took)
    typed = iter(phrases(200, seed=2))
    timed("search", lambda: similar_notes.similar_notes(store, project, next(typed)[:24], coder="ana"), times=100)


def timed(name: str, work: Callable[[], object], *, times: int) -> None:
    """Run `work` so often and print how long it takes."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    told(name, took)


def told(name: str, seconds: Sequence[float]) -> None:
    """Print a line: median and 95th percentile in milliseconds."""
    ranked = sorted(seconds)
    p95 = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]
    print(f"{name}: p50 {1000 * statistics.median(ranked):.0f} ms, p95 {1000 * p95:.0f} ms, n {len(ranked)}")


def measure_saves_while_loading(page: Page, app: AppServer) -> None:
    """Print how long saves wait from the moment the desk opens, which is when the model loads."""
    open_desk(page, app)
    took = []
    until = time.perf_counter() + 15
    while time.perf_counter() < until:
        started = time.perf_counter()
        page.keyboard.press("p")
        all_saved(page)
        took.append(time.perf_counter() - started)
        page.wait_for_timeout(300)
    told(f"saves in the first 15 s, model loading ({os.cpu_count()} cores)", took)


def measure_typing(page: Page, app: AppServer, count: int) -> None:
    """Print the time from the last key of a note to its answer on the screen, the pause of 120 ms within."""
    open_desk(page, app)
    page.keyboard.press("n")
    page.wait_for_timeout(15_000)
    took = []
    likely = page.locator(".likely")
    for text in phrases(count, seed=3):
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        likely.get_by_text("appears here").wait_for()
        page.keyboard.type(text[:-1], delay=15)
        page.wait_for_timeout(600)
        page.evaluate(WATCH)
        page.keyboard.type(text[-1])
        took.append(page.evaluate(ANSWERED) / 1000)
    told("last key to answer on the screen", took)


# The next answer after the last key: the desk replaces what stands in the line of the likely mode.
WATCH = """() => {
  const look = (root) => { for (const node of root.querySelectorAll("*")) {
    if (node.dataset?.testid === "desk") return node;
    const found = node.shadowRoot && look(node.shadowRoot);
    if (found) return found;
  } return null; };
  const desk = look(document);
  window.benchPressed = 0;
  const note = desk.querySelector("[data-testid=note]");
  note.addEventListener("input", () => { window.benchPressed = performance.now(); });
  window.benchAnswer = new Promise((resolve) => {
    const taken = desk.querySelector(".similar");
    const seen = new MutationObserver(() => {
      if (performance.now() - window.benchPressed < 60 || !window.benchPressed) return; // drawn for the key itself
      seen.disconnect();
      resolve(performance.now() - window.benchPressed);
    });
    seen.observe(taken, { childList: true });
  });
}"""
ANSWERED = "() => window.benchAnswer"


if __name__ == "__main__":
    main()
