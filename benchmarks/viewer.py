"""How the desk bears very large traces: key to painted, search, and what is built of them.

    python benchmarks/viewer.py [--keys 40]

Traces of 3 MB (60 steps: tables, trees of JSON, logs, long answers) and traces of 400 steps take turns in a batch.
Printed with the goals beside: key to the next one painted; how many parts are drawn at that moment; a search through
all of a trace, most of which has yet to come; memory of the tab.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.in_browser import PROJECT, Row, all_saved, app_in_browser, heap, open_batch, print_table, times
from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer
from tests.support.traces import make_project

LARGE_STEPS, LARGE_CHARS = 60, 50_000  # 3 MB
MANY_STEPS, MANY_CHARS = 400, 600
PACE_MS = 700  # between two keys: a glance at a trace
WORDS = ("boat", "berth", "tide", "harbour", "master", "note", "rope", "pier", "of", "the", "every", "wrote", "left")


def main() -> None:
    """Make the store, read in the browser, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=40)
    keys = parser.parse_args().keys
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'viewer.db'}"
        make_store(url, keys + 1)
        with app_in_browser(url, folder) as (page, app):
            rows = [*time_keys(page, app, keys), time_search(page, app)]
        print_table(rows)


def make_store(url: str, count: int) -> None:
    """Store large traces and those of many steps in turns, drawn in that order."""
    rng = random.Random(1)  # noqa: S311 (nothing secret)
    traces = [made(number, rng) for number in range(count)]
    store = open_store(url)
    project = make_project(store, traces, name=PROJECT)
    draw_batch(store, project, SampleRequest(strategy="picked", size=count, traces=[trace.id for trace in traces]))
    store.close()


def made(number: int, rng: random.Random) -> Trace:
    """Return a large trace for an even number, one of many steps for an odd one."""
    count, chars = (MANY_STEPS, MANY_CHARS) if number % 2 else (LARGE_STEPS, LARGE_CHARS)
    steps = [step(place, chars, rng) for place in range(count - 1)]
    last = Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text=f"the needle of trace {number}")
    raw: Json = {"number": number}
    return Trace(steps=(*steps, last), raw=(raw,), identity=(raw,), format="test", external_id=f"large {number}")


def step(place: int, chars: int, rng: random.Random) -> Step:
    """Return a step of about so many characters: question, answer, table, tree or log in turns."""
    kind = place % 5
    if kind < 2:
        role = Role.ASSISTANT if kind else Role.USER
        return Step(kind=StepKind.MESSAGE, role=role, text="\n\n".join(said(400, rng) for _ in range(chars // 400 + 1)))
    if kind == 2:
        rows: Json = [{"berth": f"B{n}", "note": said(60, rng), "free": n % 3 == 0} for n in range(chars // 100 + 1)]
        return Step(kind=StepKind.TOOL_CALL, name="list_berths", arguments={"pier": "north"}, result=rows)
    if kind == 3:
        tree: Json = {
            f"boat {n}": {"owner": {"name": said(30, rng)}, "log": [said(60, rng)]} for n in range(chars // 150 + 1)
        }
        return Step(kind=StepKind.TOOL_CALL, name="read_register", arguments={"all": True}, result=tree)
    return Step(
        kind=StepKind.TOOL_CALL, name="read_log", result="\n".join(said(80, rng) for _ in range(chars // 80 + 1))
    )


def said(chars: int, rng: random.Random) -> str:
    """Return words of about so many characters."""
    return " ".join(rng.choices(WORDS, k=max(1, chars // 5)))


def time_keys(page: Page, app: AppServer, keys: int) -> list[Row]:
    """Return times from key to painted, steps drawn by then, and memory after the first and the last traces."""
    open_batch(page, app, 1)
    page.wait_for_timeout(2_000)
    client = page.context.new_cdp_session(page)
    before, drawn = 0.0, []
    for place in range(keys):
        page.keyboard.press("p")
        drawn.append(page.get_by_test_id("transcript").evaluate("node => node.querySelectorAll('.body > *').length"))
        page.wait_for_timeout(PACE_MS)
        if place == keys // 4:
            before = heap(client)
    all_saved(page)
    found = page.evaluate("window.bench.painted")
    most = f"at most {max(drawn)} parts of up to {MANY_STEPS} steps"
    return [
        times("key to a trace of 3 MB or 400 steps painted", found, goal=50),
        Row(what="parts in the page just after the key", measured=most),
        Row(what="memory of the tab", measured=f"{before:.0f} MB after a quarter, {heap(client):.0f} MB at the end"),
    ]


def time_search(page: Page, app: AppServer) -> Row:
    """Return how long a search takes whose only hit stands at the end of a large trace of which little is there."""
    open_batch(page, app, 1)
    page.keyboard.press("ArrowLeft")
    while "large" not in page.locator(".about strong").inner_text() or int(total(page)) != LARGE_STEPS:
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(100)
    started = time.perf_counter()
    page.get_by_role("searchbox", name="Search in this trace").fill("the needle of trace")
    expect(page.locator(".searching .count")).to_have_text("1 of 1", timeout=60_000)
    seconds = time.perf_counter() - started
    return Row(what="search through 3 MB, most of it not there yet", measured=f"{seconds:.1f} s")


def total(page: Page) -> str:
    """Return how many steps the trace on the screen has."""
    return str(page.get_by_test_id("transcript").locator("[data-step]").count())


if __name__ == "__main__":
    main()
