"""An import that a power cut ends: what came in is right, and the same again brings the rest, nothing twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TRACES = 6_000  # several portions of what an import writes together


def write_chats(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(TRACES):
            said = [
                {"role": "user", "content": f"Is seat {number} free? " * 20},
                {"role": "assistant", "content": "Yes."},
            ]
            file.write(json.dumps({"id": f"c{number}", "messages": said}) + "\n")


def start(store: Path, *arguments: str) -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("EVALDASH_")}
    env |= {"EVALDASH_DATABASE_URL": f"sqlite:///{store}"}
    command = [sys.executable, "-m", "evaldash", *arguments, "--json"]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(store: Path, *arguments: str) -> Any:
    process = start(store, *arguments)
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return json.loads(said)


def traces_in(store: Path) -> int:
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store, timeout=10)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'traces'").fetchone()[0]
        return int(connection.execute("SELECT count(*) FROM traces").fetchone()[0]) if tables else 0


def test_the_same_import_after_a_power_cut_brings_the_rest_and_nothing_twice(tmp_path: Path) -> None:
    chats, store = tmp_path / "seats.jsonl", tmp_path / "store.db"
    write_chats(chats)
    process = start(store, "import", str(chats), "--project", "seats")
    deadline = time.monotonic() + 120
    while not (came_in := traces_in(store)) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    came_in = traces_in(store)
    assert 0 < came_in < TRACES
    again = answer(store, "import", str(chats), "--project", "seats")
    assert (again["traces_new"], again["traces_duplicate"]) == (TRACES - came_in, came_in)
    assert answer(store, "db", "check")["ok"]
    assert [row["traces"] for row in answer(store, "project", "list")] == [TRACES]
    assert [row["traces"] for row in answer(store, "imports", "--project", "seats")] == [came_in, TRACES - came_in]
