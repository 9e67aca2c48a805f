"""How fast 100,000 long traces come in and are found again, in how much memory: importing.py [--count 100000].

Each step is a process of its own, so that its peak of memory is its own. The floor, measured in the same run: orjson
parses each record and its text goes into an SQLite table with a full-text index, nothing else. Exits 1 if the import
takes more than 3 times the floor or 600 MB, or a question more than 200 ms (95th percentile) for its first 50 answers.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

TIMES_FLOOR = 3.0
MAX_MB = 600
MAX_P95_MS = 200
AT_ONCE = 1_000  # rows in one transaction of the floor
ASKED = 20  # times each question is asked
PAGE = 50  # answers wanted
QUESTIONS = {
    "a word of nearly every trace": '"ba"',
    "a frequent word": '"{frequent}"',
    "a rare word": '"{rare}"',
    "the beginning of words": '"fal"',
    "three words": '"ba {frequent} corden"',
    "a phrase": '"\\"ba el\\""',
    "Japanese, two characters": '"東京"',
    "Chinese": '"图书馆"',
    "facts": 'metric.latency_ms > 5000 and feedback = down and metadata.plan = "pro"',
    "facts and a word": 'metric.latency_ms > 5000 and metadata.plan = "pro" and "{frequent}"',
    "a fact of hardly any": "metric.latency_ms > 30000",
    "nothing there": '"xylophone"',
}


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took."""

    seconds: float
    peak_mb: float


def measured(arguments: list[str], *, environment: dict[str, str] | None = None) -> Run:
    """Run Python with these arguments; an exit code other than 0 ends the benchmark."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024)


def floor(source: Path, target: Path) -> None:
    """Parse each record, put its text into a table with a full-text index, nothing else."""
    with closing(sqlite3.connect(target)) as connection, source.open("rb") as lines:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")
        rows: list[tuple[str]] = []
        for line in lines:
            rows.append(("\n".join(_texts(orjson.loads(line))),))
            if len(rows) == AT_ONCE:
                connection.executemany("INSERT INTO texts VALUES (?)", rows)
                connection.commit()
                rows = []
        connection.executemany("INSERT INTO texts VALUES (?)", rows)
        connection.commit()


def _texts(record: dict[str, Any]) -> Iterator[str]:
    for message in record["messages"]:
        if message["content"]:
            yield message["content"]
        for call in message.get("tool_calls", ()):
            yield call["function"]["arguments"]


def ask(url: str) -> dict[str, float]:
    """Return the 95th percentile in milliseconds of each question, first 50 answers, the newest first."""
    from evaldash.services.browse import newest_heads
    from evaldash.services.projects import find_project
    from evaldash.storage.store import open_store

    store = open_store(url)
    project = find_project(store, "long")
    assert project is not None
    frequent, rare = _words()
    taken = {}
    for name, question in QUESTIONS.items():
        filter = question.format(frequent=frequent, rare=rare)
        times = []
        for _ in range(ASKED):
            start = time.perf_counter()
            found = newest_heads(store, project, filter, limit=PAGE)
            times.append((time.perf_counter() - start) * 1000)
        taken[name] = statistics.quantiles(times, n=20)[-1]
        print(f"  {name:<30} {taken[name]:7.1f} ms  {len(found):3d} shown  {filter}", flush=True)
    store.close()
    return taken


def _words() -> tuple[str, str]:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from benchmarks.long_chats import vocabulary

    words = vocabulary()
    return words[1_000], words[-100]


def main() -> int:
    """Print the figures; 1 if one breaks its limit."""
    parser = argparse.ArgumentParser(description="Import and search at scale.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--file", type=Path, help="traces of long_chats.py that are there already")
    parser.add_argument("--array", action="store_true", help="the same as one JSON array")
    parser.add_argument("--floor", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        floor(*options.floor)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return _measure(options, Path(folder))


def _measure(options: argparse.Namespace, folder: Path) -> int:
    source = options.file or _generated(folder / "long.jsonl", options.count)
    lowest = measured([__file__, "--floor", str(source), str(folder / "floor.db")])
    print(f"floor    {lowest.seconds:7.1f} s  {lowest.peak_mb:5.0f} MB", flush=True)
    (folder / "floor.db").unlink()
    if options.array:
        source = _as_array(source, folder / "long.json")
    url = f"sqlite:///{folder / 'store.db'}"
    taken = measured(["-m", "evaldash", "import", str(source), "--project", "long", "--db", url])
    times = taken.seconds / lowest.seconds
    size = (folder / "store.db").stat().st_size / 1e6
    print(
        f"import   {taken.seconds:7.1f} s  {taken.peak_mb:5.0f} MB  {times:.2f} times the floor; {size:.0f} MB on disk"
    )
    slowest = max(ask(url).values())
    return int(times > TIMES_FLOOR or taken.peak_mb > MAX_MB or slowest > MAX_P95_MS)


def _generated(path: Path, count: int) -> Path:
    script = Path(__file__).with_name("long_chats.py")
    with path.open("wb") as target:
        subprocess.run([sys.executable, str(script), str(count)], stdout=target, check=True)
    print(f"traces   {path.stat().st_size / 1e9:.2f} GB, {count} traces", flush=True)
    return path


def _as_array(lines: Path, path: Path) -> Path:
    with lines.open("rb") as source, path.open("wb") as target:
        for number, line in enumerate(source):
            target.write((b",\n" if number else b"[\n") + line.rstrip())
        target.write(b"\n]\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
