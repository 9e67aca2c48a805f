"""The other side of recomputed figures: plain rows of an SQLite store, and the formulas over them.

Nothing of the services or of `evaldash.stats` is used here: SQL, the standard library, scipy and statsmodels alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.stored import Project
from evaldash.importers import expand
from evaldash.services.annotating import annotate_file
from evaldash.services.demo import load_demo
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import choose_project
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage.store import Store

TAU = Path(__file__).parents[2] / "../shared/traces/tau_retail_agent"
needs_tau = pytest.mark.skipif(
    not TAU.is_dir(), reason="the tau traces are not there: ../shared/traces beside the repository"
)


@dataclass(frozen=True)
class Row:
    """One trace as the tables hold it, with the reference reading; `verdict` is empty where nobody read it.

    `batch`, `stream` and `probability` are those of the first batch it stands in.
    """

    trace: str
    version: str
    started_at: datetime | None
    metadata: Mapping[str, Any]
    metrics: Mapping[str, float]
    query: str
    visit: str
    batch: int | None
    stream: str
    probability: float | None
    verdict: str = ""
    modes: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    first_step: int | None = None
    order: int = 0  # of reading

    @property
    def failed(self) -> bool:
        return self.verdict == "fail"

    @property
    def is_judged(self) -> bool:
        return self.verdict in {"pass", "fail"}

    @property
    def is_random(self) -> bool:
        return self.stream == "uniform"

    @property
    def kinds(self) -> frozenset[str]:
        """The modes, and each code without one as a kind of its own."""
        return self.modes | self.loose

    def holds(self, mode: str | None) -> bool:
        return self.failed if mode is None else mode in self.modes


@dataclass(frozen=True)
class Tables:
    """The rows of a project: all traces in the order of import, and what was drawn, batch by batch."""

    traces: tuple[Row, ...]
    batches: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # traces in reading order
    frames: Mapping[int, int] = field(default_factory=dict)

    @property
    def judged(self) -> list[Row]:
        """The judged traces in reading order."""
        return sorted((row for row in self.traces if row.is_judged), key=lambda row: row.order)

    @property
    def random(self) -> list[Row]:
        """The judged traces drawn at random, one a visit: the first that was read."""
        found = [row for row in self.judged if row.is_random]
        return list({row.visit: row for row in reversed(found)}.values())


def tables_of(store: Store, project: Project) -> Tables:
    """Read the tables: of each trace the deciding coder's newest word, else that of whoever coded it first."""
    assert store.url.startswith("sqlite:///")
    plain = sqlite3.connect(store.url.removeprefix("sqlite:///"))
    batches: dict[int, tuple[str, ...]] = {}
    drawn: dict[str, tuple[int, str, float | None]] = {}
    for number, trace, stream, chance in plain.execute(
        "SELECT b.number, t.id, d.stream, d.inclusion_probability FROM batch_traces d JOIN batches b ON b.key = d.batch"
        " JOIN traces t ON t.key = d.trace WHERE b.project = ? ORDER BY b.number, d.position", (project.key,),
    ):  # fmt: skip
        batches[number] = (*batches.get(number, ()), trace)
        drawn.setdefault(trace, (number, stream, chance))
    frames = dict(plain.execute("SELECT number, frame_size FROM batches WHERE project = ?", (project.key,)))
    said = _readings(plain, project)
    rows = []
    for key, trace, version, at, metadata, metrics, query, session in plain.execute(
        "SELECT key, id, version, started_at, metadata, metrics, query, session FROM traces WHERE project = ?"
        " ORDER BY key", (project.key,),
    ):  # fmt: skip
        batch, stream, chance = drawn.get(trace, (None, "", None))
        rows.append(
            Row(
                trace=trace, version=version or "(none)", started_at=datetime.fromisoformat(at) if at else None,
                metadata=json.loads(metadata), metrics=json.loads(metrics), query=query, visit=session or trace,
                batch=batch, stream=stream, probability=chance, **said.get(key, {}),
            )
        )  # fmt: skip
    plain.close()
    return Tables(traces=tuple(rows), batches=batches, frames=frames)


def _readings(plain: sqlite3.Connection, project: Project) -> dict[int, dict[str, Any]]:
    mode_of = dict(plain.execute(
        "SELECT code, mode FROM assignments WHERE until IS NULL AND project = ? AND mode IN "
        "(SELECT id FROM modes WHERE until IS NULL AND project = ?)", (project.key, project.key),
    ))  # fmt: skip
    (decides,) = plain.execute("SELECT deciding_coder FROM projects WHERE key = ?", (project.key,)).fetchone()
    newest: dict[tuple[int, str], tuple[int, str]] = {}
    order: dict[int, int] = {}
    for key, trace, coder, verdict in plain.execute(
        "SELECT key, trace, coder, verdict FROM annotations WHERE project = ? ORDER BY key", (project.key,)
    ):
        newest[trace, coder] = (key, verdict)  # a key that is there keeps its place: first comers first
        if verdict != "retracted":
            order.setdefault(trace, key)
    chosen: dict[int, tuple[int, str]] = {}
    for (trace, coder), word in newest.items():
        if word[1] != "retracted" and (trace not in chosen or coder == decides):
            chosen[trace] = word
    found = {}
    for trace, (annotation, verdict) in chosen.items():
        codes = plain.execute("SELECT code, step FROM annotation_codes WHERE annotation = ?", (annotation,)).fetchall()
        held = [(code, mode_of.get(code)) for code, _ in codes]
        found[trace] = {
            "verdict": verdict,
            "modes": frozenset(mode for _, mode in held if mode),
            "loose": frozenset(code for code, mode in held if not mode),
            "first_step": min((step for _, step in codes if step is not None), default=None),
            "order": order[trace],
        }
    return found


def load_demo_project(store: Store) -> Project:
    """Return the demo."""
    load_demo(store)
    return choose_project(store, "demo")


def load_tau(store: Store, *, path: Path = TAU / "traces.json", version: str | None = None) -> Project:
    """Return tau's traces as a project, nothing read."""
    import_files(store, expand([str(path)]), ImportRequest(project="tau", version=version))
    return choose_project(store, "tau")


def read_tau(store: Store, project: Project) -> None:
    """Draw 15 at random and take in all the annotations there are: a few random ones, many that somebody chose."""
    draw_batch(store, project, SampleRequest(strategy="uniform", size=15, seed=4))
    annotate_file(store, project, TAU / "failure_annotations.json", coder="ana")


def wilson(x: float, n: float, *, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return the bounds of Wilson 1927 for x of n."""
    p, spread = x / n, z * sqrt(x / n * (1 - x / n) / n + z**2 / (4 * n**2))
    middle = p + z**2 / (2 * n)
    return (max(0.0, (middle - spread) / (1 + z**2 / n)), min(1.0, (middle + spread) / (1 + z**2 / n)))


def newcombe(x: int, n: int, y: int, m: int) -> tuple[float, float]:
    """Return the bounds of y/m - x/n by Newcombe 1998, as statsmodels has them."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(y, m, x, n, method="newcomb", compare="diff")
    return float(low), float(high)


def mid_p(b: int, c: int) -> float:
    """Return McNemar's two-sided mid-p of b against c discordant cases, by adding up the binomial."""
    from math import comb

    n, less = b + c, min(b, c)
    below = sum(comb(n, k) for k in range(less)) / 2**n
    return float(min(1.0, 2 * below + comb(n, less) / 2**n))


def rejected(p: Mapping[Hashable, float], *, share: float = 0.10) -> set[Hashable]:
    """Return what Benjamini and Hochberg reject: the largest k with p(k) <= k/m share, and all below it."""
    ordered = sorted(p.items(), key=lambda item: item[1])
    last = max((k for k, (_, value) in enumerate(ordered, start=1) if value <= k / len(ordered) * share), default=0)
    return {name for name, _ in ordered[:last]}


def share_of(rows: Iterable[Row], mode: str | None) -> tuple[int, int]:
    """Return how many of the rows hold a mode (None: failed), and how many there are."""
    held = [row.holds(mode) for row in rows]
    return sum(held), len(held)


def named(rows: Sequence[Row], trace: str) -> Row:
    """Return the row of a trace."""
    return next(row for row in rows if row.trace == trace)
