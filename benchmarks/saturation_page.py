"""How long the saturation page computes with 10,000 annotations and 80 failure modes, before its caches hold anything.

    python benchmarks/saturation_page.py [TRACES]

Rows are made by us: two in five traces fail with one of 80 modes, in 50 batches, half of each drawn at random. What was
read is loaded once for all views of the page, as the page does; the first view is that load, its figures, the fields to
break down by, and the chart as the browser gets it. Printed: seconds, and seconds of a processor; the best of three.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.charts.saturation import new_modes_figure
from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import cycles, taxonomy
from evaldash.services.coded import load_coded
from evaldash.services.rates import rate_table_of
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.services.saturation import chances_by, saturation_of
from evaldash.services.segments import segment_fields
from evaldash.storage import readings, traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

MODES = 80
BATCHES = 50
ROUNDS = 3


def main() -> None:
    """Make the rows and print the seconds of each figure, the best of three."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        project = fill(store, count)
        print(f"{count} annotations, {MODES} failure modes, {BATCHES} batches")
        coded = load_coded(store, project)
        figures: dict[str, Callable[[], Any]] = {
            "first view, all of it": lambda: first_view(store, project),
            "what was read": lambda: load_coded(store, project),
            "saturation": lambda: saturation_of(store, project, coded),
            "saturation by version": lambda: chances_by(store, project, coded, "version"),
            "rates": lambda: rate_table_of(store, project, coded),
            "rates by metadata.plan": lambda: rate_table_of(store, project, coded, by="metadata.plan"),
            "versions compared": lambda: cycles.compare(store, project, "1", "2"),
        }
        for name, figure in figures.items():
            taken = [seconds(figure) for _ in range(ROUNDS)]
            wall, processor = min(item[0] for item in taken), min(item[1] for item in taken)
            print(f"  {name:24} {wall:.2f} s, {processor:.2f} s of a processor")
        store.close()


def first_view(store: Store, project: Project) -> None:
    """Compute what the page shows when it is opened."""
    coded = load_coded(store, project)
    found = saturation_of(store, project, coded)
    segment_fields(store, project, coded)
    new_modes_figure(found.batches, found.cumulative, found.rarefied, found.ahead).to_json()


def seconds(figure: Callable[[], Any]) -> tuple[float, float]:
    """Return how long one computation takes, and how long a processor worked on it."""
    started = time.perf_counter(), time.process_time()
    figure()
    return time.perf_counter() - started[0], time.process_time() - started[1]


def fill(store: Store, count: int) -> Project:
    """Return a project with everything drawn, judged and grouped."""
    rng = random.Random(1)  # noqa: S311
    project = make_project(store, [conversation(number) for number in range(count)])
    held: dict[int, list[str]] = {mode: [] for mode in range(MODES)}
    for number in range(BATCHES):
        strategy = "extremes" if number % 2 else "uniform"
        wanted = SampleRequest(strategy=strategy, metric="latency_ms", size=count // BATCHES, seed=number)
        drawn = draw_batch(store, project, wanted).traces
        with store.write() as connection:
            keys = traces.keys_of(connection, project, [item.trace for item in drawn])
            for item in drawn:
                codes = _codes(rng, item.trace, held)
                verdict = Verdict.FAIL if codes else Verdict.PASS
                reading = Reading(id=item.trace, trace=item.trace, verdict=verdict, codes=codes)
                readings.add(connection, project, reading, coder="ana", trace_key=keys[item.trace], batch_key=None)
    for mode, codes_of in held.items():
        taxonomy.create(store, project, f"Failure mode {mode}", codes=codes_of, who="ana")
    return project


def _codes(rng: random.Random, trace: str, held: dict[int, list[str]]) -> tuple[OpenCode, ...]:
    if rng.random() > 0.4:
        return ()
    mode = min(int(rng.expovariate(0.08)), MODES - 1)
    held[mode].append(f"c{trace[:40]}")
    return (OpenCode(id=f"c{trace[:40]}", text=f"failure of kind {mode}", step=4),)


if __name__ == "__main__":
    main()
