"""How fast the desk is: Chromium against the real app, real traces of a sample on top of a large store.

    python benchmarks/desk.py [--traces 100000] [--saves 200] [--memory 1000]

The store holds made-up chats (benchmarks/generate.py) and a sample's traces, which are what is read first. Printed:
first open of the page with the app warm; key press to next trace painted (the second animation frame after the change);
key press to acknowledged save; whether five keys in 300 ms reach five traces; memory of the tab over many traces.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.services import coding
from evaldash.services.projects import choose_project
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer
from tools.ensure_browser import find_browser

ROOT = Path(__file__).parents[1]
PROJECT, CODER = "bench", "ana"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--js-flags=--expose-gc"]
FAST_ROUNDS = 40
FAST_KEYS = "pdppd"  # five keys in 300 ms
VERDICTS = {"p": "pass", "d": "deferred"}
MEMORY_EVERY = 100  # traces between two looks at the memory
# Times a key in the page itself: the desk's attribute changes, then two frames; and when nothing waits any more.
PROBE = """() => {
  const desk = window.benchDesk();
  window.bench = { painted: [], acked: [] };
  let pressed = 0, shown = desk.dataset.trace;
  window.addEventListener("keydown", () => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (desk.dataset.trace && desk.dataset.trace !== shown) {
      shown = desk.dataset.trace;
      const at = pressed;
      requestAnimationFrame(() => requestAnimationFrame(() => window.bench.painted.push(performance.now() - at)));
    }
    if (desk.dataset.waiting === "0" && pressed) { window.bench.acked.push(performance.now() - pressed); pressed = 0; }
  }).observe(desk, { attributes: true });
}"""
FIND_DESK = """() => { window.benchDesk = () => {
  const look = (root) => { for (const node of root.querySelectorAll("*")) {
    if (node.dataset?.testid === "desk") return node;
    const found = node.shadowRoot && look(node.shadowRoot);
    if (found) return found;
  } return null; };
  return look(document);
}; }"""


def main() -> None:
    """Make the store, read in the browser, print the figures."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        drawn = make_store(url, Path(folder), options)
        with AppServer(database_url=url, log=Path(folder) / "app.log") as app, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            time_opening(page, app)
            time_saves(page, app, options.saves)
            check_fast_keys(page, app, url, batch=2)
            watch_memory(page, app, options.memory)
            browser.close()
        print(f"\n{drawn} traces in the batches")


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=100_000)
    parser.add_argument("--saves", type=int, default=200)
    parser.add_argument("--memory", type=int, default=1_000)
    parser.add_argument("--samples", type=Path, default=ROOT.parent / "shared" / "traces" / "tau_retail_agent")
    return parser.parse_args()


def make_store(url: str, folder: Path, options: argparse.Namespace) -> int:
    """Import both sets and draw: the sample's traces first, then a batch for quick keys, then one for the memory."""
    chats = folder / "chats.jsonl"
    with chats.open("wb") as file:
        subprocess.run(
            [sys.executable, "benchmarks/generate.py", str(options.traces)], cwd=ROOT, stdout=file, check=True
        )
    started = time.perf_counter()
    command(url, "import", str(chats), "--project", PROJECT)
    command(url, "import", str(options.samples / "traces.json"))
    print(f"import: {time.perf_counter() - started:.0f} s")
    sizes = []
    for size, chosen in (
        (options.saves + 1, "format = tau_bench"),
        (FAST_ROUNDS * len(FAST_KEYS) + 1, "not format = tau_bench"),
        (options.memory + 1, "not format = tau_bench"),
    ):
        drawn = command(url, "sample", "--strategy", "uniform", "--size", str(size), "--filter", chosen, "--seed", "1")
        sizes.append(len(drawn["traces"]))
    return sum(sizes)


def command(url: str, *words: str) -> Any:
    """Run a command on the store and return its JSON."""
    environment = {**os.environ, "EVALDASH_DATABASE_URL": url, "EVALDASH_PROJECT": PROJECT, "EVALDASH_CODER": CODER}
    line = [sys.executable, "-m", "evaldash", *words, "--json"]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def open_batch(page: Page, app: AppServer, batch: int) -> float:
    """Open the desk on a batch; return the seconds until its first trace is there."""
    started = time.perf_counter()
    page.goto(f"{app.url}/code?project={PROJECT}&coder={CODER}&batch={batch}")
    page.locator('[data-testid="desk"]:not([data-trace=""])').wait_for(timeout=60_000)
    seconds = time.perf_counter() - started
    page.evaluate(FIND_DESK)
    return seconds


def time_opening(page: Page, app: AppServer) -> None:
    """Print how long the page takes, cold and warm."""
    cold = open_batch(page, app, 1)
    warm = [open_batch(page, app, 1) for _ in range(5)]
    print(f"open: fresh server {cold:.2f} s; warm median {statistics.median(warm):.2f} s, longest {max(warm):.2f} s")
    page.wait_for_timeout(15_000)  # the model of similar notes is loaded beside the page


def time_saves(page: Page, app: AppServer, saves: int) -> None:
    """Print times from key to next trace and from key to acknowledgement, over passes, deferrals and typed failures."""
    open_batch(page, app, 1)
    page.evaluate(PROBE)
    total = int(page.get_by_test_id("desk").get_attribute("data-total") or 0)
    count = min(saves, total - 1)
    for place in range(count):
        if place % 4 == 0:
            page.keyboard.press("f")
            page.keyboard.type(f"Promises what the policy does not allow, case {place % 17}")
            page.keyboard.press("Control+Enter")
        else:
            page.keyboard.press("d" if place % 7 == 0 else "p")
        page.locator('[data-testid="desk"][data-waiting="0"]').wait_for(timeout=60_000)
        page.wait_for_timeout(250)
    found = page.evaluate("window.bench")
    say(f"key to next trace painted, {count} saves", found["painted"], goal=50)
    say("key to acknowledged", found["acked"], goal=300)


def say(what: str, times: Sequence[float], *, goal: int) -> None:
    """Print the middle and the 95th percentile of times in milliseconds."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(f"{what}: p50 {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms (goal {goal}), of {len(ordered)}")


def check_fast_keys(page: Page, app: AppServer, url: str, *, batch: int) -> None:
    """Press five keys in 300 ms, 40 times; print how many verdicts stand on the trace that was on the screen."""
    open_batch(page, app, batch)
    pressed: list[tuple[str, str]] = []
    for _ in range(FAST_ROUNDS):
        started = time.perf_counter()
        for key in FAST_KEYS:
            pressed.append((page.evaluate("window.benchDesk().dataset.trace"), key))
            page.keyboard.press(key)
        page.wait_for_timeout(max(0, 300 - 1000 * (time.perf_counter() - started)))
        page.locator('[data-testid="desk"]:not([data-trace=""])').wait_for(timeout=60_000)
    page.locator('[data-testid="desk"][data-waiting="0"]').wait_for(timeout=60_000)
    store = open_store(url)
    said = {item.trace: item.verdict.value for item in coding.list_annotations(store, choose_project(store, PROJECT))}
    store.close()
    shown = [(trace, VERDICTS[key]) for trace, key in pressed if trace]
    right = sum(said.get(trace) == verdict for trace, verdict in shown)
    wrong = sum(trace in said and said[trace] != verdict for trace, verdict in shown)
    print(
        f"five keys in 300 ms, {FAST_ROUNDS} times: {right} of {len(shown)} verdicts stand on the trace on the screen, "
        f"{wrong} on another one, {len(shown) - right - wrong} were not taken; "
        f"{len(pressed) - len(shown)} keys came while traces were loading"
    )


def watch_memory(page: Page, app: AppServer, traces: int) -> None:
    """Print the memory of the tab's script every MEMORY_EVERY traces, after a collection."""
    open_batch(page, app, 3)
    client = page.context.new_cdp_session(page)
    found = [heap(client)]
    for place in itertools.count(1):
        if place > traces:
            break
        page.locator('[data-testid="desk"]:not([data-trace=""])').wait_for(timeout=60_000)
        page.keyboard.press("p")
        if place % MEMORY_EVERY == 0:
            found.append(heap(client))
    print("memory of the tab, MB, every", MEMORY_EVERY, "traces:", " ".join(f"{value:.1f}" for value in found))


def heap(client: CDPSession) -> float:
    """Return the megabytes that the page's script holds."""
    client.send("HeapProfiler.collectGarbage")
    return float(client.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


if __name__ == "__main__":
    main()
