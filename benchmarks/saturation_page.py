"""How long the numbers of the saturation page take with 10,000 annotations and 80 failure modes.

    python benchmarks/saturation_page.py [TRACES]

Rows are made by us: two in five traces fail with one of 80 modes, in 50 batches, half of each drawn at random.
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

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import cycles, taxonomy
from evaldash.services.rates import rate_table
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.services.saturation import saturation, saturation_by
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
        figures: dict[str, Callable[[], Any]] = {
            "saturation": lambda: saturation(store, project),
            "saturation by version": lambda: saturation_by(store, project, "version"),
            "rates": lambda: rate_table(store, project),
            "rates by metadata.plan": lambda: rate_table(store, project, by="metadata.plan"),
            "versions compared": lambda: cycles.compare(store, project, "1", "2"),
        }
        for name, figure in figures.items():
            print(f"  {name:24} {min(seconds(figure) for _ in range(ROUNDS)):.2f} s")
        store.close()


def seconds(figure: Callable[[], Any]) -> float:
    """Return how long one computation takes."""
    started = time.perf_counter()
    figure()
    return time.perf_counter() - started


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
