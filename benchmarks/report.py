"""How long the report takes in each format, with its charts, over many annotations and failure modes.

    python benchmarks/report.py [ANNOTATIONS [MODES]]

The store: a trace for each annotation, two batches of random traces that hold all of them, 30 % failed, names of modes
of 80 characters. `KEEP=FOLDER` keeps the files. Printed: seconds and size of each format, made in this process.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.services.projects import choose_project
from evaldash.services.report_story import build_story
from evaldash.services.reporting import FORMATS, picture_archive, report_bytes
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage import readings, taxonomies, traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

WORDS = ("answer", "names", "a date", "refund", "policy", "that no tool gave", "and repeats", "the question", "asking")
FAILED = 0.3
SEVERITIES = ("critical", "major", "minor", "")


def main() -> None:
    """Fill a store, then time the formats."""
    annotations, modes = (int(value) for value in [*sys.argv[1:], *("10000", "80")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/report.db")
        project = fill(store, annotations, modes)
        print(f"{annotations} annotations, {modes} modes, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        kept = Path(os.environ.get("KEEP", folder))
        for kind in FORMATS:
            begun = time.perf_counter(), time.process_time()
            content = report_bytes(store, project, format=kind, address="http://127.0.0.1:8501")
            say(kind, begun, content)
            (kept / f"report.{kind}").write_bytes(content)
        begun = time.perf_counter(), time.process_time()
        say("charts", begun, picture_archive(build_story(store, project)))
        store.close()


def say(what: str, begun: tuple[float, float], content: bytes) -> None:
    """Print what one format took."""
    wall, processor = time.perf_counter() - begun[0], time.process_time() - begun[1]
    print(f"  {what:8} {wall:6.2f} s, {processor:6.2f} s of a processor {len(content) / 1e6:7.2f} MB")


def fill(store: Store, annotations: int, modes: int) -> Project:
    """Make a project in which every trace is drawn and read, most notes with a mode."""
    chance = random.Random(0)  # noqa: S311 (no secret)
    given = [conversation(number) for number in range(annotations)]
    project = make_project(store, given)
    for seed in (1, 2):
        draw_batch(store, project, SampleRequest(strategy="uniform", size=annotations // 2, seed=seed))
    names = [f"{number} {' '.join(chance.choices(WORDS, k=20))}"[:80] for number in range(modes)]
    made = tuple(
        FailureMode(id=f"{n:032x}", name=name, definition=name, severity=SEVERITIES[n % 4])
        for n, name in enumerate(names)
    )
    held: dict[str, str] = {}
    with store.write() as connection:
        keys = traces.keys_of(connection, project, [trace.id for trace in given])
        for number, trace in enumerate(given):
            code, failed = f"{number:032x}", chance.random() < FAILED
            text = " ".join(chance.choices(WORDS, k=12))
            codes = (OpenCode(id=code, text=text, step=4),) if failed else ()
            verdict = Verdict.FAIL if failed else Verdict.PASS
            reading = Reading(id=code, trace=trace.id, verdict=verdict, codes=codes)
            readings.add(connection, project, reading, coder="ana", trace_key=keys[trace.id], batch_key=None)
            if failed and chance.random() < 0.95:
                held[code] = made[min(int(chance.expovariate(1 / 12)), modes - 1)].id
        after = Taxonomy(modes=made, assignments=held)
        taxonomies.save(connection, project, after, action="accept", summary="all", by="ana")
    return choose_project(store, project.name)


if __name__ == "__main__":
    main()
