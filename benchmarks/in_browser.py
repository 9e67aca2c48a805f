"""What the benchmarks of the desk share: the app in Chromium, times taken in the page, a table."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.support.app_server import AppServer
from tools.ensure_browser import find_browser

ROOT = Path(__file__).parents[1]
PROJECT, CODER = "bench", "ana"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--js-flags=--expose-gc"]
WAIT_MS = 60_000
# In the page before all others, so that no listener hides a key from it. A key counts from the moment the browser took
# it (its time stamp), also where the page was busy, to the second animation frame after the desk shows another trace:
# then the first frame has been painted. A save counts from its key to the moment when one less waits: answers come in
# the order of the saves.
PROBE = """(() => {
  const bench = window.bench = { painted: [], acked: [], pressed: 0, queue: [], blocked: 0 };
  addEventListener("keydown", (event) => { bench.pressed = event.timeStamp; }, true);
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) bench.blocked += entry.duration - 50; })
    .observe({ type: "longtask" });
  window.benchWatch = (desk) => {
    let shown = desk.dataset.trace;
    new MutationObserver(() => {
      if (desk.dataset.trace && desk.dataset.trace !== shown) {
        shown = desk.dataset.trace;
        const at = bench.pressed;
        requestAnimationFrame(() => requestAnimationFrame(() => bench.painted.push(performance.now() - at)));
      }
      const waiting = Number(desk.dataset.waiting);
      while (bench.queue.length < waiting) bench.queue.push(bench.pressed);
      while (bench.queue.length > waiting) bench.acked.push(performance.now() - bench.queue.shift());
    }).observe(desk, { attributes: true });
  };
})()"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table; `met` is None where there is no goal."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None


def times(what: str, found: Sequence[float], *, goal: int) -> Row:
    """Return a row of times in milliseconds; the goal is about the 95th percentile."""
    if not found:
        return Row(what=what, measured="none was seen", goal=f"p95 at most {goal} ms", met=False)
    ordered = sorted(found)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    measured = f"p50 {statistics.median(ordered):.0f}, p95 {p95:.0f}, longest {ordered[-1]:.0f} ms, of {len(ordered)}"
    return Row(what=what, measured=measured, goal=f"p95 at most {goal} ms", met=p95 <= goal)


def print_table(rows: Sequence[Row]) -> None:
    """Print what was measured with the goals beside it."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"\n{cores} cores, load at the end {load:.1f}")
    words = {True: "met", False: "NOT met", None: ""}
    table = [("", "measured", "goal", ""), *((row.what, row.measured, row.goal, words[row.met]) for row in rows)]
    widths = [max(len(line[place]) for line in table) for place in range(4)]
    for line in table:
        print("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())


def command(url: str, *words: str) -> Any:
    """Run a command on the store and return its JSON."""
    environment = {**os.environ, "EVALDASH_DATABASE_URL": url, "EVALDASH_PROJECT": PROJECT, "EVALDASH_CODER": CODER}
    line = [sys.executable, "-m", "evaldash", *words, "--json"]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


@contextmanager
def app_in_browser(url: str, folder: Path) -> Iterator[tuple[Page, AppServer]]:
    """Start the app on a store, and a Chromium of 1280 by 800."""
    with AppServer(database_url=url, log=folder / "app.log") as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(PROBE)
        yield page, app
        browser.close()


def open_batch(page: Page, app: AppServer, batch: int) -> float:
    """Open the desk on a batch; return the seconds until its first trace is there."""
    started = time.perf_counter()
    page.goto(f"{app.url}/code?project={PROJECT}&coder={CODER}&batch={batch}")
    page.locator('[data-testid="desk"]:not([data-trace=""])').wait_for(timeout=WAIT_MS)
    seconds = time.perf_counter() - started
    page.get_by_test_id("desk").evaluate("desk => window.benchWatch(desk)")
    return seconds


def all_saved(page: Page) -> None:
    """Wait until nothing waits for the server."""
    page.locator('[data-testid="desk"][data-waiting="0"]').wait_for(timeout=WAIT_MS)


def heap(client: CDPSession) -> float:
    """Return the megabytes that the page's script holds, after a collection."""
    client.send("HeapProfiler.collectGarbage")
    return float(client.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
