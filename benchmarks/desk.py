"""How fast and how safe the desk is: Chromium against the real app, real traces on top of a large store.

    python benchmarks/desk.py [--traces 100000] [--saves 200] [--memory 1000] [--store FOLDER] [--only saves,memory]

The store holds made-up chats (benchmarks/generate.py) and a sample's traces, which are what is read first; where there
are fewer of them than saves, they are taken again under other ids. `--store` keeps the store in a folder for the next
run (100,000 traces take minutes to import; each run reads a copy of its own). Printed with the goals beside: first open
with the app warm; key to next trace painted and key to acknowledged save, a judgement every quarter of a second without
waiting for the server; whether five keys in 300 ms reach five traces; memory of the tab over many traces.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.in_browser import (
    PROJECT,
    ROOT,
    Row,
    all_saved,
    app_in_browser,
    command,
    heap,
    open_batch,
    print_table,
    times,
)
from evaldash.services import coding
from evaldash.services.projects import choose_project
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer

FAST_ROUNDS = 40
FAST_KEYS = "pdppd"  # five keys in 300 ms
VERDICTS = {"p": "pass", "d": "deferred"}
PACE_MS = 250  # between two judgements
MEMORY_EVERY = 100  # traces between two looks at the memory
MEMORY_SLACK_MB = 5  # that the tab may hold more at the end than after the first looks
PARTS = ("saves", "keys", "memory")


def main() -> None:
    """Make the store, read in the browser, print the figures."""
    options = arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "bench.db"
        shutil.copyfile(stored(options, folder), path)
        url = f"sqlite:///{path}"
        rows: list[Row] = []
        with app_in_browser(url, folder) as (page, app):
            rows.append(time_opening(page, app))
            if "saves" in options.only:
                rows += time_saves(page, app, options.saves)
            if "keys" in options.only:
                rows.append(check_fast_keys(page, app, url, batch=2))
            if "memory" in options.only:
                rows.append(watch_memory(page, app, options.memory))
        print_table(rows)


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=100_000)
    parser.add_argument("--saves", type=int, default=200)
    parser.add_argument("--memory", type=int, default=1_000)
    parser.add_argument("--store", type=Path, help="folder in which the store is kept")
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="of " + ",".join(PARTS))
    parser.add_argument("--samples", type=Path, default=ROOT.parent / "shared" / "traces" / "tau_retail_agent")
    return parser.parse_args()


def stored(options: argparse.Namespace, folder: Path) -> Path:
    """Return the file of the store for these options, made where it is not there yet."""
    kept = (options.store or folder).resolve()
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"desk-{options.traces}-{options.saves}-{options.memory}.db"
    if not path.exists():
        making = path.with_suffix(".making.db")
        making.unlink(missing_ok=True)
        make_store(f"sqlite:///{making}", folder, options)
        command(f"sqlite:///{making}", "db", "backup", str(path))
    return path


def make_store(url: str, folder: Path, options: argparse.Namespace) -> None:
    """Import both sets and draw: the sample's traces first, then a batch for quick keys, then one for the memory."""
    started = time.perf_counter()
    chats, sample = folder / "chats.jsonl", folder / "sample.json"
    with chats.open("wb") as file:
        subprocess.run(
            [sys.executable, "benchmarks/generate.py", str(options.traces)], cwd=ROOT, stdout=file, check=True
        )
    write_sample(options.samples / "traces.json", sample, count=options.saves + 1)
    command(url, "import", str(chats), "--project", PROJECT)
    command(url, "import", str(sample), "--format", "tau_bench")
    for size, chosen in (
        (options.saves + 1, "format = tau_bench"),
        (FAST_ROUNDS * len(FAST_KEYS) + 1, "not format = tau_bench"),
        (options.memory + 1, "not format = tau_bench"),
    ):
        command(url, "sample", "--strategy", "uniform", "--size", str(size), "--filter", chosen, "--seed", "1")
    print(f"store of {options.traces:,} traces made in {time.perf_counter() - started:.0f} s")


def write_sample(source: Path, target: Path, *, count: int) -> None:
    """Write `count` records of a sample, the same ones again with another number once all were taken."""
    records = json.loads(source.read_text(encoding="utf-8"))
    taken = [{**records[place % len(records)], "copy": place // len(records)} for place in range(count)]
    target.write_text(json.dumps(taken), encoding="utf-8")


def time_opening(page: Page, app: AppServer) -> Row:
    """Return how long the page takes, with a server that has shown it before."""
    cold = open_batch(page, app, 1)
    warm = [open_batch(page, app, 1) for _ in range(5)]
    page.wait_for_timeout(15_000)  # the model of similar notes is loaded beside the page
    middle = statistics.median(warm)
    measured = f"median {middle:.2f} s, longest {max(warm):.2f} s; of a fresh server {cold:.2f} s"
    return Row(what="first open of the page, app warm", measured=measured, goal="at most 1.5 s", met=middle <= 1.5)


def time_saves(page: Page, app: AppServer, saves: int) -> list[Row]:
    """Return times over passes, deferrals and typed failures, one every PACE_MS, answered or not."""
    open_batch(page, app, 1)
    page.wait_for_timeout(2_000)
    total = int(page.get_by_test_id("desk").get_attribute("data-total") or 0)
    for place in range(min(saves, total - 1)):
        started = time.perf_counter()
        if place % 4 == 0:
            page.keyboard.press("f")
            page.keyboard.type(f"Promises what the policy does not allow, case {place % 17}")
            page.keyboard.press("Control+Enter")
        else:
            page.keyboard.press("d" if place % 7 == 0 else "p")
        page.wait_for_timeout(max(0, PACE_MS - 1000 * (time.perf_counter() - started)))
    all_saved(page)
    found = page.evaluate("window.bench")
    blocked = Row(
        what="longer tasks than 50 ms in the page, beyond these", measured=f"{found['blocked']:.0f} ms in all"
    )
    return [
        times("key to next trace painted", found["painted"], goal=50),
        times("key to acknowledged save", found["acked"], goal=300),
        blocked,
    ]


def check_fast_keys(page: Page, app: AppServer, url: str, *, batch: int) -> Row:
    """Press five keys in 300 ms, 40 times; return how many verdicts stand on the trace that was on the screen."""
    open_batch(page, app, batch)
    desk = page.get_by_test_id("desk")
    pressed: list[tuple[str, str]] = []
    for _ in range(FAST_ROUNDS):
        started = time.perf_counter()
        for key in FAST_KEYS:
            pressed.append((desk.get_attribute("data-trace") or "", key))
            page.keyboard.press(key)
        page.wait_for_timeout(max(0, 300 - 1000 * (time.perf_counter() - started)))
        page.locator('[data-testid="desk"]:not([data-trace=""])').wait_for(timeout=60_000)
    all_saved(page)
    store = open_store(url)
    said = {item.trace: item.verdict.value for item in coding.list_annotations(store, choose_project(store, PROJECT))}
    store.close()
    shown = [(trace, VERDICTS[key]) for trace, key in pressed if trace]
    right = sum(said.get(trace) == verdict for trace, verdict in shown)
    wrong = sum(trace in said and said[trace] != verdict for trace, verdict in shown)
    early = len(pressed) - len(shown)
    measured = f"{right} of {len(pressed)} on the trace on the screen, {wrong} on another, {early} came too early"
    goal = f"all {len(pressed)}"
    return Row(what="verdicts of five keys in 300 ms", measured=measured, goal=goal, met=right == len(pressed))


def watch_memory(page: Page, app: AppServer, traces: int) -> Row:
    """Return the memory of the tab's script every MEMORY_EVERY traces."""
    open_batch(page, app, 3)
    client = page.context.new_cdp_session(page)
    found = [heap(client)]
    for place in range(1, traces + 1):
        page.locator('[data-testid="desk"]:not([data-trace=""])').wait_for(timeout=60_000)
        page.keyboard.press("p")
        if place % MEMORY_EVERY == 0:
            all_saved(page)
            found.append(heap(client))
    measured = " ".join(f"{value:.1f}" for value in found) + " MB"
    flat = found[-1] - min(found[1:]) <= MEMORY_SLACK_MB if len(found) > 2 else None
    return Row(what=f"memory of the tab, every {MEMORY_EVERY} traces", measured=measured, goal="flat", met=flat)


if __name__ == "__main__":
    main()
