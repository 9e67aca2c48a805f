"""How embedding, clusters and the good map grow from 1,000 to 100,000 traces: seconds and peak of memory of each.

    python benchmarks/scale.py [TRACES …]        1000 10000 100000 where none is given

Made-up chats (`benchmarks/generate.py`) are imported into a store of their own; every step is a process of its own, so
that its peak of memory is its own and starting Python counts. The embedder is the fast one, on the whole conversation,
so that nearly every text is another. Last, how many of the 15 exact neighbours the search among cells finds as set
for large sets (beyond 20,000 distinct vectors; below, the exact search is used).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEP = """
import resource, sys
sys.path.insert(0, {root!r})
from evaldash.services.clustering import ClusterRequest, cluster, improve_map
from evaldash.services.embedding import TextChoice, embed_traces
from evaldash.services.projects import find_project
from evaldash.storage.store import open_store
store = open_store({url!r})
project = find_project(store, "bench")
text = TextChoice.CONVERSATION
{call}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
RECALL = """
import numpy as np
from evaldash.clustering import neighbours
from evaldash.clustering.space import prepare
from evaldash.storage import traces, vectors
with store.read() as connection:
    ids = traces.ids(connection, project)
    _, found = vectors.matrix(connection, project, of=text.value, embedder="static", items=ids)
units = prepare(found).units
near, _ = neighbours._approximate(units, k=15)
rows = np.random.default_rng(0).choice(len(units), min(1000, len(units)), replace=False)
exact, _ = neighbours._nearest(units, rows, k=15)
print(np.mean([len(set(a) & set(b)) / 15 for a, b in zip(near[rows].tolist(), exact.tolist())]))
"""
STEPS = {
    "embed (fast)": 'embed_traces(store, project, text=text, embedder="static")',
    "clusters": 'cluster(store, project, ClusterRequest(text=text, embedder="static"))',
    "good map": "improve_map(store, project)",
}


def main() -> None:
    """Measure each size."""
    counts = [int(word) for word in sys.argv[1:]] or [1_000, 10_000, 100_000]
    warm_up()
    print(f"{os.cpu_count()} cores\n{'traces':>8}  {'step':<14}{'seconds':>9}{'peak MB':>9}")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/bench.db"
            load(url, count, Path(folder) / "traces.jsonl")
            for name, call in STEPS.items():
                seconds, peak = timed(STEP.format(root=str(ROOT), url=url, call=call))
                print(f"{count:>8,}  {name:<14}{seconds:>9.1f}{peak:>9.0f}", flush=True)
            program = STEP.format(root=str(ROOT), url=url, call=RECALL)
            print(f"{count:>8,}  recall of the search among cells {timed(program, last=-2)[1]:.3f}", flush=True)


def warm_up() -> None:
    """Distil the fast embedder, which is done once for a machine, before anything is timed."""
    from evaldash.embedding import get_embedder

    get_embedder("static").embed(["once"])


def load(url: str, count: int, traces: Path) -> None:
    """Import so many made-up traces."""
    with traces.open("wb") as file:
        subprocess.run([sys.executable, "benchmarks/generate.py", str(count)], cwd=ROOT, stdout=file, check=True)
    command = [sys.executable, "-m", "evaldash", "import", str(traces), "--project", "bench", "--db", url]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)


def timed(program: str, *, last: int = -1) -> tuple[float, float]:
    """Return the seconds of a program and the peak of its memory in MB, or the figure it printed before that."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - started, float(done.stdout.split()[last])


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
