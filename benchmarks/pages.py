"""How long 10,000 traces take: import, vectors, clusters, and each page's time to first content in a real Chromium.

    python benchmarks/pages.py [TRACES]

Commands are timed as whole processes, start of Python and of the model included. A page's time runs from the click on
its name, with the app loaded, until its main element is there; five visits each, median and maximum are printed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.app_server import AppServer
from tools.ensure_browser import find_browser

ROOT = Path(__file__).parents[1]
VISITS = 5
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MAIN_ELEMENT = {
    "Overview": "text=Most frequent failure modes",
    "Import": "text=Drop files here",
    "Explore": '[data-testid="trace-map"][data-painted]',
    "Sample": "text=Half random, half variety",
    "Code": '[data-testid="desk"][data-total="20"]',
    "Taxonomy": "text=Axial coding",
    "Saturation": '[data-testid="chance-next-new"]',
    "Report": "text=What was read, and how it was drawn",
}


def main() -> None:
    """Make the traces, time the commands, then the pages."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        traces = Path(folder) / "traces.jsonl"
        with traces.open("wb") as file:
            subprocess.run([sys.executable, "benchmarks/generate.py", str(count)], cwd=ROOT, stdout=file, check=True)
        print(f"{count} traces, {traces.stat().st_size / 1e6:.1f} MB of JSON Lines, {os.cpu_count()} cores\n")
        time_commands(url, traces, Path(folder))
        with AppServer(database_url=url, log=Path(folder) / "app.log") as app:
            time_pages(app)


def time_commands(url: str, traces: Path, folder: Path) -> None:
    """Print the seconds of each command, and leave a store behind in which every page is alive."""
    run(url, "import", str(traces), "--project", "bench")
    run(url, "embed", "--text", "query")
    run(url, "cluster")
    drawn = run(url, "sample", "--strategy", "uniform", "--size", "40", "--seed", "1")
    notes = folder / "notes.jsonl"
    rows = [
        {"trace": item["id"], "verdict": "fail" if place % 3 == 0 else "pass",
         "codes": [f"note {place % 7}: the answer left something out"] if place % 3 == 0 else []}
        for place, item in enumerate(drawn["traces"])
    ]  # fmt: skip
    notes.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    run(url, "annotate", str(notes), "--coder", "ana")
    suggestion = run(url, "taxonomy", "suggest")["suggestion"]
    run(url, "taxonomy", "accept", suggestion, "--coder", "ana")
    run(url, "sample", "--size", "20", "--seed", "2")
    run(url, "saturation")
    run(url, "traces", "--filter", 'metric.latency_ms > 5000 and "order"', "--limit", "50", lines=True)


def run(url: str, *arguments: str, lines: bool = False) -> Any:
    """Run a command, print its seconds, return its JSON."""
    environment = {**os.environ, "EVALDASH_DATABASE_URL": url, "EVALDASH_PROJECT": "bench"}
    started = time.perf_counter()
    command = [sys.executable, "-m", "evaldash", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(done.stderr)
    shown = " ".join(word for word in arguments if "/" not in word and len(word) < 30)
    print(f"evaldash {shown:<60} {seconds:7.1f} s")
    return None if lines else json.loads(done.stdout)


def time_pages(app: AppServer) -> None:
    """Print the median and the longest time of each page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        started = time.perf_counter()
        page.goto(f"{app.url}/?project=bench&coder=ana")
        page.locator(MAIN_ELEMENT["Overview"]).first.wait_for(timeout=60_000)
        print(f"\nfirst visit of a fresh server: {time.perf_counter() - started:.1f} s\n")
        times: dict[str, list[float]] = {name: [] for name in MAIN_ELEMENT}
        for _ in range(VISITS + 1):  # the first round fills caches and is printed apart
            for name in MAIN_ELEMENT:
                times[name].append(visit(page, name))
        for name, found in times.items():
            first, rest = found[0], found[1:]
            median = statistics.median(rest)
            print(f"{name:<12} first {first:5.2f} s   then median {median:5.2f} s   max {max(rest):5.2f} s")
        browser.close()


def visit(page: Page, name: str) -> float:
    """Return the seconds from the click on a page's name until its main element is there."""
    other = "Import" if name != "Import" else "Sample"
    page.get_by_test_id("stSidebar").get_by_role("link", name=other).click()
    page.locator(MAIN_ELEMENT[other]).first.wait_for(timeout=60_000)
    page.wait_for_timeout(700)
    started = time.perf_counter()
    page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
    page.locator(MAIN_ELEMENT[name]).first.wait_for(timeout=60_000)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
