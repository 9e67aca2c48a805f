"""Rates by segment and by weights, comparisons, segments and the matrix of steps, recomputed from plain rows.

Nothing of the services or of `evaldash.stats` is used on the expected side: SQL, numpy, scipy and statsmodels alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import pytest

from evaldash.domain.stored import Project
from evaldash.importers import expand
from evaldash.notebook import open_project
from evaldash.services import cycles, taxonomy
from evaldash.services.annotating import annotate_file
from evaldash.services.demo import load_demo
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import find_project
from evaldash.services.rates import rate_table
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.services.saturation import saturation_by
from evaldash.services.transitions import transitions
from evaldash.storage.store import Store, open_store
from tests.services.test_recomputed import TAU
from tests.services.test_saturation import draw, judge
from tests.support.traces import conversation, make_project


@dataclass(frozen=True)
class Row:
    """One judged trace as the tables of the store hold it; `first_step`: the first that was marked as wrong."""

    trace: str
    version: str
    metadata: dict[str, object]
    visit: str
    failed: bool
    modes: frozenset[str]
    kinds: frozenset[str]
    is_random: bool
    first_step: int | None


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


def rows_of(store: Store, project: Project) -> list[Row]:
    """Read the tables: of each trace the newest word of whoever coded it first, with the codes' modes of today."""
    assert store.url.startswith("sqlite:///")
    plain = sqlite3.connect(store.url.removeprefix("sqlite:///"))
    mode_of = dict(plain.execute(
        "SELECT code, mode FROM assignments WHERE until IS NULL AND project = ? AND mode IN "
        "(SELECT id FROM modes WHERE until IS NULL AND project = ?)", (project.key, project.key),
    ))  # fmt: skip
    stream = dict(plain.execute(
        "SELECT t.trace, t.stream FROM batch_traces t JOIN batches b ON b.key = t.batch "
        "WHERE b.project = ? ORDER BY b.number DESC", (project.key,),
    ))  # fmt: skip
    newest: dict[tuple[int, str], tuple[int, str]] = {}
    for key, trace, coder, verdict in plain.execute(
        "SELECT key, trace, coder, verdict FROM annotations WHERE project = ? ORDER BY key", (project.key,)
    ):
        newest[trace, coder] = (key, verdict)  # a key that is there keeps its place: first comers first
    chosen: dict[int, tuple[int, str]] = {}
    for (trace, _), said in newest.items():
        chosen.setdefault(trace, said)
    found = []
    for trace, (annotation, verdict) in chosen.items():
        id_, version, metadata, session = plain.execute(
            "SELECT id, version, metadata, session FROM traces WHERE key = ?", (trace,)
        ).fetchone()
        codes = plain.execute("SELECT code, step FROM annotation_codes WHERE annotation = ?", (annotation,)).fetchall()
        held = [(code, mode_of.get(code)) for code, _ in codes]
        row = Row(
            trace=id_,
            version=version or "(none)",
            metadata=json.loads(metadata),
            visit=session or id_,
            failed=verdict == "fail",
            modes=frozenset(mode for _, mode in held if mode),
            kinds=frozenset(mode or code for code, mode in held),
            is_random=stream.get(trace) == "uniform",
            first_step=min((step for _, step in codes if step is not None), default=None),
        )
        if verdict in {"pass", "fail"}:
            found.append(row)
    plain.close()
    return found


def holds(row: Row, mode: str | None) -> bool:
    return row.failed if mode is None else mode in row.modes


def once_a_visit(rows: Iterable[Row]) -> list[Row]:
    return list({row.visit: row for row in reversed([row for row in rows if row.is_random])}.values())


def hold_rates_by(store: Store, project: Project, by: str, value_of: Callable[[Row], object]) -> None:
    from statsmodels.stats.proportion import proportion_confint

    rows = rows_of(store, project)
    found = rate_table(store, project, by=by).rates
    assert {rate.segment for rate in found} == {str(value_of(row)) for row in rows}
    for rate in found:
        inside = [row for row in rows if str(value_of(row)) == rate.segment]
        assert rate.count == sum(holds(row, rate.mode) for row in inside)
        random = [row for row in once_a_visit(rows) if str(value_of(row)) == rate.segment]
        if not random:
            assert rate.rate.estimate is None
            continue
        x = sum(holds(row, rate.mode) for row in random)
        low, high = proportion_confint(x, len(random), method="wilson")
        assert (rate.rate.basis, rate.rate.n, rate.rate.estimate) == ("uniform", len(random), x / len(random))
        assert (rate.rate.low, rate.rate.high) == pytest.approx((max(low, 0), min(high, 1)), abs=1e-9)


def hold_chances_by(store: Store, project: Project, by: str, value_of: Callable[[Row], object]) -> None:
    from scipy.stats import beta

    rows = rows_of(store, project)
    for item in saturation_by(store, project, by):
        inside = [row for row in rows if str(value_of(row)) == item.segment]
        visits: dict[str, set[str]] = {}
        for row in inside:
            if row.is_random:
                visits.setdefault(row.visit, set()).update(row.kinds)
        held = Counter(kind for kinds in visits.values() for kind in kinds)
        held += Counter(kind for row in inside if not row.is_random for kind in row.kinds)
        one_off = sum(any(held[kind] == 1 for kind in kinds) for kinds in visits.values())
        assert (item.T, item.modes_seen) == (len(visits), len({kind for row in inside for kind in row.kinds}))
        assert (item.chance is None) == (len(visits) < 20)
        if item.chance is not None:
            assert (item.chance.L, item.chance.estimate) == (one_off, one_off / len(visits))
            assert item.chance.upper == pytest.approx(beta.ppf(0.975, one_off + 1, len(visits) - one_off))


def hold_comparison(store: Store, project: Project, before: str, after: str) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    rows = once_a_visit(rows_of(store, project))
    found = cycles.compare(store, project, before, after)
    assert found.pairs == 0
    old, new = ([row for row in rows if row.version == version] for version in (before, after))
    for change in found.changes:
        x, y = (sum(holds(row, change.mode) for row in side) for side in (old, new))
        low, high = confint_proportions_2indep(y, len(new), x, len(old), method="newcomb", compare="diff")
        assert (change.before, change.after) == (x / len(old), y / len(new))
        assert (change.n_before, change.n_after) == (len(old), len(new))
        assert change.change.estimate == pytest.approx(y / len(new) - x / len(old))
        assert (change.change.low, change.change.high) == pytest.approx((low, high), abs=1e-9)


def hold_matrix(store: Store, project: Project) -> None:
    failed = [row for row in rows_of(store, project) if row.failed]
    steps = open_project(project.name, db=store.url).steps()
    name_of = {(step["trace"], step["step"]): _name(step) for step in steps.to_dict("records")}
    expected = Counter(
        (name_of.get((row.trace, row.first_step - 1), "start"), name_of[row.trace, row.first_step])
        for row in failed
        if row.first_step is not None
    )
    found = transitions(store, project)
    assert (found.placed, found.unplaced) == (expected.total(), len(failed) - expected.total())
    assert max(len({cell[side] for cell in expected}) for side in (0, 1)) <= 15  # so none is joined to "other"
    assert {cell: len(traces) for cell, traces in found.cells.items()} == expected


def _name(step: dict[Hashable, Any]) -> str:
    if step["kind"] in ("tool_call", "retrieval") and step["name"]:
        return str(step["name"])
    return f"{step['role']} message" if step["kind"] == "message" else str(step["kind"]).replace("_", " ")


@pytest.mark.slow
def test_the_demo(store: Store) -> None:
    load_demo(store)
    project = find_project(store, "demo")
    assert project is not None
    hold_rates_by(store, project, "version", lambda row: row.version)
    hold_rates_by(store, project, "metadata.plan", lambda row: row.metadata.get("plan"))
    hold_chances_by(store, project, "version", lambda row: row.version)
    hold_chances_by(store, project, "metadata.channel", lambda row: row.metadata.get("channel"))
    hold_comparison(store, project, "1.4", "1.5")
    hold_matrix(store, project)


@pytest.mark.skipif(not TAU.is_dir(), reason="the tau traces are not there: ../shared/traces beside the repository")
def test_tau(store: Store) -> None:
    import_files(store, expand([str(TAU / "traces.json")]), ImportRequest(project="tau"))
    project = find_project(store, "tau")
    assert project is not None
    draw_batch(store, project, SampleRequest(strategy="uniform", size=15, seed=4))
    annotate_file(store, project, TAU / "failure_annotations.json", coder="ana")
    codes = taxonomy.view(store, project).codes
    for number in range(3):
        held = [code.id for code in codes[number::4]]  # a quarter stays without a mode
        taxonomy.create(store, project, f"Mode {number}", codes=held, who="ana")
    hold_rates_by(store, project, "version", lambda row: row.version)
    hold_chances_by(store, project, "version", lambda row: row.version)
    hold_matrix(store, project)


def test_a_stratified_draw_weighs_each_stratum_by_its_size(store: Store) -> None:
    from scipy.stats import t

    project = make_project(store, [conversation(number) for number in range(90)])
    drawn = draw(store, project, "stratified", by="metadata.plan", allocation="equal", size=24, seed=3)
    for place, trace in enumerate(drawn):
        judge(store, project, trace, *(["late"] if place % 3 == 0 else []))
    sizes = {"saver": 30, "flex": 60}  # two in three conversations are flex
    p = variance = 0.0
    rows = [row for row in rows_of(store, project) if row.trace in drawn]
    for plan, size in sizes.items():
        held = [row.failed for row in rows if row.metadata["plan"] == plan]
        n, share = len(held), sum(held) / len(held)
        p += size / 90 * share
        variance += (size / 90) ** 2 * (1 - n / size) * share * (1 - share) / (n - 1)
    n_eff, z = p * (1 - p) / variance, t.ppf(0.975, len(drawn) - len(sizes))
    n_eff = min(n_eff, len(drawn))
    middle, reach = (p + z**2 / (2 * n_eff)), z * sqrt(p * (1 - p) / n_eff + z**2 / (4 * n_eff**2))
    found = rate_table(store, project).overall.rate
    assert (found.basis, found.n) == ("weighted", 24)
    assert (found.estimate, found.n_eff) == pytest.approx((p, n_eff))
    assert (found.low, found.high) == pytest.approx(
        ((middle - reach) / (1 + z**2 / n_eff), (middle + reach) / (1 + z**2 / n_eff))
    )


def test_rates_say_that_much_was_chosen_before_the_random_draw(store: Store) -> None:
    project = make_project(store, [conversation(number) for number in range(90)])
    sure = draw(store, project, "extremes", metric="latency_ms", end="high", size=10)
    for trace in [*sure, *draw(store, project, "uniform", size=20, seed=1)]:
        judge(store, project, trace)
    assert any("10 of 90 traces were chosen" in note for note in rate_table(store, project).notes)
