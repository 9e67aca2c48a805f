"""Rates of draws of several kinds after one another, recomputed from plain rows by the rules of a sample survey.

Each random batch estimates the whole: what had been drawn before it is known, as far as it was judged; its own traces
stand for the frame it was drawn from. The batches are then averaged by how many judged traces each has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.services.rates import rate_table
from evaldash.storage.store import Store
from tests.services.test_saturation import draw, judge
from tests.support.recomputed import Row, Tables, tables_of, wilson
from tests.support.traces import conversation, make_project


@dataclass
class Stratum:
    """Judged traces that stand for `size` traces of a whole of which this batch says its share."""

    size: float
    rows: list[Row]


def chain(tables: Tables, number: int, strata: Sequence[tuple[float, list[str]]]) -> list[Stratum]:
    """What batch `number` says of the whole: what was drawn before it as a stratum, and its own strata."""
    by_id = {row.trace: row for row in tables.traces}
    before = [trace for earlier in range(1, number) for trace in tables.batches[earlier]]
    groups = [(float(len(before)), before), *strata] if before else list(strata)
    return [Stratum(size, [by_id[t] for t in traces if by_id[t].is_judged]) for size, traces in groups]


def hold(store: Store, project: Project, chains: dict[int, list[Stratum]], own: dict[int, int]) -> float:
    """Compare the rate of failure with the mean of the chains; `own`: judged traces of each batch itself."""
    from scipy.stats import t

    weight: dict[str, float] = {}
    parts: list[tuple[float, list[tuple[Row, float]]]] = []
    for number, strata in chains.items():
        share, whole = own[number] / sum(own.values()), sum(stratum.size for stratum in strata)
        for stratum in strata:
            each = share * stratum.size / whole / len(stratum.rows)
            parts.append((len(stratum.rows) / stratum.size, [(row, each) for row in stratum.rows]))
            for row in stratum.rows:
                weight[row.trace] = weight.get(row.trace, 0.0) + each
    total = sum(weight.values())
    p = sum(each * row.failed for _, held in parts for row, each in held) / total
    variance = 0.0
    for fraction, held in parts:
        z = [each * (row.failed - p) / total for row, each in held]
        if len(z) > 1 and fraction < 1:
            mean = sum(z) / len(z)
            variance += (1 - fraction) * len(z) / (len(z) - 1) * sum((value - mean) ** 2 for value in z)
    n = len(weight)
    n_eff = min(n, p * (1 - p) / variance)
    low, high = wilson(p * n_eff, n_eff, z=float(t.ppf(0.975, n - len(parts))))
    found = rate_table(store, project).overall.rate
    assert (found.basis, found.n) == ("weighted", n)
    assert (found.estimate, found.n_eff) == pytest.approx((p, n_eff))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.high is not None
    assert 0 <= low < p < high <= 1
    return p


def test_a_take_all_a_mixture_and_strata_after_one_another(store: Store) -> None:
    """All of a plan's version was picked, then a mixture, then by plan; some were deferred or passed over."""
    project = make_project(store, [conversation(number) for number in range(120)])
    sure = draw(store, project, "picked", filter="version = 2 and metadata.plan = saver",
                traces=[f"t{n}" for n in range(120) if n % 2 and n % 3 == 0], size=20)  # fmt: skip
    mixed = draw(store, project, "mixed", size=24, seed=2)
    strata = draw(store, project, "stratified", by="metadata.plan", allocation="equal", size=20, seed=3)
    for place, trace in enumerate(sure):
        judge(store, project, trace, *(["late"] if place % 3 else []))
    for place, trace in enumerate(mixed):
        if place in (5, 6):
            continue  # passed over
        open_ = Verdict.DEFERRED if place == 2 else None
        judge(store, project, trace, *(["late"] if place % 4 == 1 else []), verdict=open_)
    for place, trace in enumerate(strata):
        judge(store, project, trace, *(["late"] if place % 5 == 0 else []))
    tables = tables_of(store, project)
    by_id = {row.trace: row for row in tables.traces}
    assert len(sure) == 20
    at_random = [trace for trace in mixed if by_id[trace].is_random]
    left = [row for row in tables.traces if row.batch not in (1, 2)]  # the frame of the third batch
    by_plan = [
        (
            float(sum(row.metadata["plan"] == plan for row in left)),
            [trace for trace in strata if by_id[trace].metadata["plan"] == plan],
        )
        for plan in ("flex", "saver")
    ]
    chains = {2: chain(tables, 2, [(100.0, at_random)]), 3: chain(tables, 3, by_plan)}
    own = {2: sum(by_id[trace].is_judged for trace in at_random), 3: len(strata)}
    hold(store, project, chains, own)
    notes = rate_table(store, project).notes
    open_ones = [t for t in mixed if by_id[t].is_random and not by_id[t].is_judged]
    assert any(note.startswith(f"{len(open_ones)} of {own[2] + own[3] + len(open_ones)} traces") for note in notes)


def test_deferred_and_passed_over_traces_are_in_no_rate_and_no_chance(store: Store) -> None:
    from evaldash.services.saturation import saturation

    project = make_project(store, [conversation(number) for number in range(60)])
    drawn = draw(store, project, "uniform", size=30, seed=4)
    for place, trace in enumerate(drawn[:28]):
        if place % 9 != 5:  # three are passed over, two are still to come
            open_ = Verdict.DEFERRED if place % 7 == 3 else None
            judge(store, project, trace, *(["late"] if place % 6 == 0 else []), verdict=open_)
    rows = tables_of(store, project).random
    x, n = sum(row.failed for row in rows), len(rows)
    found = rate_table(store, project)
    assert (found.overall.rate.n, found.overall.rate.estimate) == (n, x / n)
    assert (found.overall.rate.low, found.overall.rate.high) == pytest.approx(wilson(x, n))
    assert len(rows) == saturation(store, project).chance.T
    read = [row for row in tables_of(store, project).traces if row.verdict == "deferred"]
    passed = [trace for place, trace in enumerate(drawn[:28]) if place % 9 == 5]
    gone = len(read) + len(passed)
    assert any(f"{gone} of {n + gone} traces" in note for note in found.notes)
    assert any(f"{100 * x / (n + gone):.0f} to {100 * (x + gone) / (n + gone):.0f} %" in note for note in found.notes)
