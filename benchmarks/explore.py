"""How the map of the page Explore keeps up with 1,000, 10,000 and 100,000 traces, in a real Chromium without a GPU.

    python benchmarks/explore.py [TRACES …] [--keep FOLDER]

A store of made-up traces with a made-up clustering is written directly: what is measured is the page, not the grouping.
Printed: seconds from the click on Explore, with the app loaded, until the map is painted and answers; milliseconds from
the choice of a colour until its picture is painted, when the browser has the colouring and when the server must send
it; milliseconds of a lasso in the browser, and until the table follows; a frame while moving; memory of the tab.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.domain.trace import Role, Step, StepKind, Trace
from evaldash.storage import clusterings, imports, projects, traces
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.store import open_store
from tests.support.app_server import AppServer
from tools.ensure_browser import find_browser

SIZES = (1_000, 10_000, 100_000)
GROUPS = 60
SUBJECTS = ("refund", "seat", "bicycle", "meal", "ticket", "delay", "luggage", "platform", "voucher", "sleeper")
WISHES = ("not arrived", "change of", "price of", "lost", "where is the", "complaint about")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REPEATS = 7
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
CHUNK = 5_000


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--keep", type=Path, help="write the stores here and leave them")
    options = parser.parse_args()
    print(f"{'traces':>8} {'open s':>8} {'again s':>8} {'colour ms':>10} {'new colour ms':>14} {'lasso ms':>9} "
          f"{'table ms':>9} {'frame ms':>9} {'tab MB':>7}")  # fmt: skip
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.keep or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"explore-{size}.db"
            if not path.exists():
                write_store(f"sqlite:///{path}", size)
            with AppServer(database_url=f"sqlite:///{path}", log=folder / "app.log") as app:
                measure(app, size)


def write_store(url: str, size: int) -> None:
    """Write `size` traces and a clustering with a map of them."""
    store = open_store(url)
    rng = np.random.default_rng(0)
    groups = rng.choice(GROUPS, size, p=_shares())
    with store.write() as connection:
        project = projects.create(connection, "map")
        key = imports.start(connection, project, paths=["made up"], unit="auto", version=None, by=None)
    made = _traces(size, groups)
    for _ in range(0, size, CHUNK):
        with store.write() as connection:
            traces.add(connection, project, key, [next(made) for _ in range(min(CHUNK, size))])
    centres = rng.normal(0, 30, (GROUPS, 2))
    points = (centres[groups] + rng.normal(0, 3.5, (size, 2))).astype(np.float32)
    with store.write() as connection:
        items = traces.ids(connection, project)
        clusterings.add(connection, project, _clustering(items, groups, points, rng.random(size)))
        projects.touch(connection, project)
    store.close()


def _shares() -> np.ndarray:
    shares: np.ndarray = 1 / np.arange(1, GROUPS + 1)
    whole: np.ndarray = shares / shares.sum()
    return whole


def _name(group: int) -> str:
    return f"{WISHES[group % len(WISHES)]} {SUBJECTS[group // len(WISHES)]}"


def _traces(size: int, groups: np.ndarray) -> Iterator[Trace]:
    for number in range(size):
        query = f"{_name(groups[number])}: my booking {number} for the train at {number % 24}:{number % 60:02d}"
        yield Trace(
            format="made-up",
            steps=(Step(kind=StepKind.MESSAGE, role=Role.USER, text=query),),
            raw=({"number": number},),
            identity=({"number": number},),
            version=("1.0", "1.1", "2.0")[3 * number // size],
            started_at=BEGIN + timedelta(minutes=number),
            metadata={"plan": ("free", "pro", "team")[number % 3], "country": f"c{number % 40}"},
            metrics={"latency_ms": 300.0 + (number * 7919) % 9000, "cost_usd": (number % 100) / 1000},
        )


def _clustering(items: list[str], groups: np.ndarray, points: np.ndarray, scores: np.ndarray) -> ClusteringRow:
    sizes = np.bincount(groups, minlength=GROUPS)
    return ClusteringRow(
        of="traces", method="graph", seed=0, embedder="minilm", text="query", parameters={}, seconds=0.0,
        clusters=[
            ClusterRow(number=g, label=_name(g), terms=[], size=int(sizes[g]),
                       representatives=[items[i] for i in np.flatnonzero(groups == g)[:3]])
            for g in range(GROUPS) if sizes[g]
        ],
        items=items, numbers=[int(g) for g in groups], outlier_scores=[float(s) for s in scores],
        points=points, layout="tsne",
    )  # fmt: skip


def measure(app: AppServer, size: int) -> None:
    """Print one line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{app.url}/?project=map&coder=ana")
        page.get_by_role("heading", level=1).wait_for(timeout=60_000)
        page.wait_for_timeout(2_000)
        opened = visit(page)
        page.wait_for_timeout(3_000)
        again = revisit(page)
        page.wait_for_timeout(3_000)
        new = statistics.median([recolour(page, name) for name in ("metric.latency_ms", "version", "metadata.plan")])
        known = statistics.median([recolour(page, name) for name in ("cluster", "version", "metadata.plan") * 3])
        lasso, table = draw_around(page)
        frame = moving(page)
        memory = page.evaluate("performance.memory.usedJSHeapSize / 1e6")
        print(f"{size:>8,} {opened:>8.2f} {again:>8.2f} {known:>10.0f} {new:>14.0f} {lasso:>9.0f} {table:>9.0f} "
              f"{frame:>9.0f} {memory:>7.0f}")  # fmt: skip
        browser.close()


def visit(page: Page) -> float:
    """Return the seconds from the click on Explore until the map is painted and a key moves it."""
    started = time.perf_counter()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Explore").click()
    page.locator('[data-testid="trace-map"][data-painted]').wait_for(timeout=120_000)
    painted = int(page.get_by_test_id("trace-map").get_attribute("data-painted") or 0)
    page.locator('[aria-label="Map of traces"]').press("+")
    page.wait_for_function(PAINTED, arg=painted, timeout=60_000)
    return time.perf_counter() - started


# Components have shadow roots, in which a page's own selectors do not look.
FIND = """
  const find = () => {
    const all = (root) => [...root.querySelectorAll("*")]
      .flatMap((node) => (node.shadowRoot ? [node, ...all(node.shadowRoot)] : [node]));
    return all(document).find((node) => node.dataset?.testid === "trace-map");
  };
"""
PAINTED = f"""(before) => {{ {FIND}
  const map = find();
  return map && Number(map.dataset.painted) > before;
}}"""
RECOLOUR = f"""async (name) => {{ {FIND}
  const map = find();
  const chooser = map.querySelector(".colours"), started = performance.now();
  const before = map.dataset.painted;
  chooser.value = name;
  chooser.dispatchEvent(new Event("change"));
  const frame = () => new Promise(requestAnimationFrame);
  while (map.dataset.colour !== name || map.dataset.painted === before) await frame();
  await frame();
  return performance.now() - started;
}}"""


def revisit(page: Page) -> float:
    """Return the seconds of a visit after another page."""
    page.get_by_test_id("stSidebar").get_by_role("link", name="Import").click()
    page.get_by_text("Drop files here").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1_500)
    return visit(page)


def recolour(page: Page, name: str) -> float:
    """Return the milliseconds from the choice of a colour until the picture shows it."""
    return float(page.evaluate(RECOLOUR, name))


def draw_around(page: Page) -> tuple[float, float]:
    """Return milliseconds from the end of a lasso until it is painted, and until the table says so."""
    box = page.locator('[aria-label="Map of traces"]').bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    corners = [(x + 180 * np.cos(t), y + 150 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 40)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner)
    started = time.perf_counter()
    page.mouse.up()
    page.locator('[data-testid="trace-map"]:not([data-selected="0"])').wait_for(timeout=60_000)
    lasso = time.perf_counter() - started
    count = int(page.get_by_test_id("trace-map").get_attribute("data-selected") or 0)
    page.get_by_text(f"{count:,} traces selected").first.wait_for(timeout=60_000)
    return 1000 * lasso, 1000 * (time.perf_counter() - started)


def moving(page: Page) -> float:
    """Return the median milliseconds of a frame while the map moves."""
    page.locator('[aria-label="Map of traces"]').focus()
    times = []
    for _ in range(REPEATS):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(250)
        times.append(float(page.get_by_test_id("trace-map").get_attribute("data-paint-ms") or 0))
    return statistics.median(times)


if __name__ == "__main__":
    main()
