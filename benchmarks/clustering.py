"""How good and how fast the clusters are, beside UMAP with HDBSCAN and BERTopic's default, on the same vectors.

    python benchmarks/clustering.py [TEXTS.csv …]

A CSV has the columns `text` and `category`; without one ../shared/texts/banking77_test.csv and a set made here of 24
kinds of traveller's questions are used. Each method runs in a process of its own, started anew, so that imports and
compilation count and its peak of memory is its own. The other methods need packages that evaldash does not:
`pip install umap-learn bertopic` into an environment whose Python EVALDASH_BENCH_PYTHON names (else this one); what is
not installed is said and left out. AMI and ARI are with noise given to the cluster of its nearest vector.

At the end: 30 draws of 60 to 120 short notes of 8 to 12 kinds from each set, mean B-cubed F1 of the grouping of notes.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
BANKING = ROOT / "../shared/texts/banking77_test.csv"
METHODS = ("graph", "umap_hdbscan", "bertopic")
DRAWS = 30
SUBJECTS = {
    "refund": ("refund", "money back", "reimbursement"),
    "seat": ("seat", "place to sit", "reserved seat"),
    "bicycle": ("bicycle", "bike", "folding bike"),
    "meal": ("meal", "lunch", "something to eat"),
    "luggage": ("suitcase", "luggage", "bag"),
    "voucher": ("voucher", "gift card", "discount code"),
    "platform": ("platform", "track", "place of departure"),
    "password": ("password", "login", "sign-in code"),
}
TROUBLES = {
    "missing": ("My {0} is missing from booking {1}", "I cannot find the {0} for {1}", "Where is the {0} I ordered?"),
    "price": ("How much does the {0} cost to {2}?", "What is the price of a {0}?", "Is there a fee for the {0}?"),
    "change": ("Please change the {0} on {1}", "I want another {0} for my trip to {2}", "Can I swap the {0} later?"),
}
CITIES = ("Basel", "Graz", "Malmö", "Turin", "Porto", "Ghent")


def main() -> None:
    """Measure every set with every method, then the grouping of notes."""
    if len(sys.argv) > 2 and sys.argv[1] == "--run":
        print(json.dumps(run(sys.argv[2], Path(sys.argv[3]))))
        return
    for name, texts, kinds in sets([Path(path) for path in sys.argv[1:]]):
        from evaldash.embedding import get_embedder

        vectors = get_embedder().embed(texts)
        print(f"\n{name}: {len(texts):,} texts, {len(set(kinds))} kinds, {os.cpu_count()} cores")
        print(f"{'method':<14}{'AMI':>7}{'ARI':>7}{'clusters':>10}{'seconds':>9}{'peak MB':>9}")
        for method in METHODS:
            report(method, texts, kinds, vectors)
        print(f"notes, {DRAWS} draws: mean B-cubed F1 {notes(texts, kinds, vectors):.3f}")


def sets(paths: list[Path]) -> list[tuple[str, list[str], list[str]]]:
    """Return name, texts and kinds of each set."""
    if not paths and not BANKING.exists():
        print("../shared/texts/banking77_test.csv is not here; only the set made here is measured")
    chosen = paths or ([BANKING] if BANKING.exists() else [])
    return [*(read(path) for path in chosen), *([] if paths else [made()])]


def read(path: Path) -> tuple[str, list[str], list[str]]:
    """Return a labelled set from a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return path.name, [row["text"] for row in rows], [row["category"] for row in rows]


def made(count: int = 2_400) -> tuple[str, list[str], list[str]]:
    """Return a labelled set of our own: 24 kinds of questions, each said in nine ways with names and numbers."""
    rng = random.Random(0)  # noqa: S311 (a draw that is the same each time)
    texts, kinds = [], []
    for _ in range(count):
        subject, trouble = rng.choice(sorted(SUBJECTS)), rng.choice(sorted(TROUBLES))
        wording = rng.choice(TROUBLES[trouble])
        texts.append(wording.format(rng.choice(SUBJECTS[subject]), f"R{rng.randrange(10_000)}", rng.choice(CITIES)))
        kinds.append(f"{subject} {trouble}")
    return "travel (made here)", texts, kinds


def report(method: str, texts: list[str], kinds: list[str], vectors: NDArray[np.float32]) -> None:
    """Run a method in a fresh process and print its line."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    python = sys.executable if method == "graph" else os.environ.get("EVALDASH_BENCH_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "vectors.npy", vectors)
        (Path(folder) / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
        started = time.perf_counter()
        command = [python, __file__, "--run", method, folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
    if done.returncode:
        print(f"{method:<14}left out: {done.stderr.strip().splitlines()[-1][:90]}")
        return
    found = json.loads(done.stdout.splitlines()[-1])
    labels = without_noise(np.array(found["labels"]), vectors)
    print(
        f"{method:<14}{adjusted_mutual_info_score(kinds, labels):>7.3f}{adjusted_rand_score(kinds, labels):>7.3f}"
        f"{len(set(found['labels']) - {-1}):>10}{seconds:>9.1f}{found['peak_mb']:>9.0f}"
    )


def run(method: str, folder: Path) -> dict[str, Any]:
    """Group the vectors of a folder; return labels and the peak of memory in MB."""
    vectors = np.load(folder / "vectors.npy")
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    labels = {"graph": by_graph, "umap_hdbscan": by_umap, "bertopic": by_bertopic}[method](vectors, texts)
    return {"labels": [int(label) for label in labels], "peak_mb": peak_mb()}


def peak_mb() -> float:
    """Return the peak of memory of this process in MB; getrusage would count what its parent held when it forked."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def by_graph(vectors: NDArray[np.float32], texts: list[str]) -> Any:
    """Evaldash's default."""
    from evaldash.clustering import cluster

    return cluster(vectors, texts, seed=0).labels


def by_umap(vectors: NDArray[np.float32], _texts: list[str]) -> Any:
    """HDBSCAN on five dimensions of UMAP, smallest group a quarter of the root of n."""
    from hdbscan import HDBSCAN
    from umap import UMAP

    points = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0).fit_transform(vectors)
    smallest = max(3, round(len(vectors) ** 0.5 / 4))
    return HDBSCAN(min_cluster_size=smallest, min_samples=3).fit_predict(points)


def by_bertopic(vectors: NDArray[np.float32], texts: list[str]) -> Any:
    """BERTopic as it comes, on the given vectors."""
    from bertopic import BERTopic

    return BERTopic(embedding_model=None).fit_transform(texts, embeddings=vectors)[0]


def without_noise(labels: NDArray[np.intp], vectors: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the labels with noise given to the cluster of its nearest clustered vector."""
    noise, there = np.flatnonzero(labels < 0), np.flatnonzero(labels >= 0)
    if len(noise) and len(there):
        labels = labels.copy()
        labels[noise] = labels[there[(vectors[noise] @ vectors[there].T).argmax(axis=1)]]
    return labels


def notes(texts: list[str], kinds: list[str], vectors: NDArray[np.float32]) -> float:
    """Return the mean B-cubed F1 over draws of 60 to 120 texts of 8 to 12 kinds."""
    from evaldash.clustering import cluster_codes

    rng, scores = random.Random(1), []  # noqa: S311
    for _ in range(DRAWS):
        chosen_kinds = set(rng.sample(sorted(set(kinds)), rng.randint(8, 12)))
        pool = [i for i, kind in enumerate(kinds) if kind in chosen_kinds]
        chosen = rng.sample(pool, min(len(pool), rng.randint(60, 120)))
        found = cluster_codes(vectors[chosen], [texts[i] for i in chosen], seed=0).labels
        truth = np.array([kinds[i] for i in chosen])
        same_kind = truth[:, None] == truth
        same_group = (found[:, None] == found) & (found >= 0)[:, None] | np.eye(len(found), dtype=bool)
        both = (same_kind & same_group).sum(axis=1)
        precision, recall = (both / same_group.sum(axis=1)).mean(), (both / same_kind.sum(axis=1)).mean()
        scores.append(2 * precision * recall / (precision + recall))
    return float(np.mean(scores))


if __name__ == "__main__":
    main()
