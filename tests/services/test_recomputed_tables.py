"""Rates by segment and by weights, comparisons, segments and the matrix of steps, recomputed from plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from math import sqrt
from typing import Any

import pytest

from evaldash.domain.stored import Project
from evaldash.notebook import open_project
from evaldash.services import taxonomy
from evaldash.services.coded import load_coded
from evaldash.services.one_cycle import coded_of_cycle, rates_of_cycle
from evaldash.services.rates import rate_table
from evaldash.services.saturation import saturation_by, saturation_of
from evaldash.services.transitions import transitions
from evaldash.storage.store import Store
from tests.services.test_saturation import draw, judge
from tests.support.recomputed import Row, load_demo_project, load_tau, needs_tau, read_tau, tables_of, wilson
from tests.support.traces import conversation, make_project


def hold_rates_by(store: Store, project: Project, by: str, value_of: Callable[[Row], object]) -> None:
    tables = tables_of(store, project)
    rows = tables.judged
    found = rate_table(store, project, by=by).rates
    assert {rate.segment for rate in found} == {str(value_of(row)) for row in rows}
    for rate in found:
        inside = [row for row in rows if str(value_of(row)) == rate.segment]
        assert rate.count == sum(row.holds(rate.mode) for row in inside)
        random = [row for row in tables.random if str(value_of(row)) == rate.segment]
        if not random:
            assert rate.rate.estimate is None
            continue
        x = sum(row.holds(rate.mode) for row in random)
        low, high = wilson(x, len(random))
        assert (rate.rate.basis, rate.rate.n, rate.rate.estimate) == ("uniform", len(random), x / len(random))
        assert (rate.rate.low, rate.rate.high) == pytest.approx((low, high), abs=1e-9)


def hold_chances_by(store: Store, project: Project, by: str, value_of: Callable[[Row], object]) -> None:
    from scipy.stats import beta

    rows = tables_of(store, project).judged
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


def hold_cycle(store: Store, project: Project, cycle: str) -> None:
    """One version alone, as the saturation page shows it for a link with `cycle`: its rates, its chance, its plans."""
    tables, coded = tables_of(store, project), load_coded(store, project)
    inside = [row for row in tables.random if row.version == cycle]
    for rate in rates_of_cycle(store, project, coded, cycle).rates:
        x, n = sum(row.holds(rate.mode) for row in inside), len(inside)
        assert (rate.segment, rate.rate.n, rate.rate.estimate) == (None, n, x / n)
        assert (rate.rate.low, rate.rate.high) == pytest.approx(wilson(x, n), abs=1e-9)
    for rate in rates_of_cycle(store, project, coded, cycle, by="metadata.plan").rates:
        some = [row for row in inside if row.metadata.get("plan") == rate.segment]
        assert rate.rate.n == len(some)
        assert rate.rate.estimate == (sum(row.holds(rate.mode) for row in some) / len(some) if some else None)
    among = sum(row.version == cycle for row in tables.traces)
    found = saturation_of(store, project, coded_of_cycle(store, project, coded, cycle), among=among)
    alone = next(item for item in saturation_by(store, project, "version") if item.segment == cycle)
    assert found.chance == alone.chance
    assert found.traces_read == sum(row.version == cycle for row in tables.judged)


def hold_matrix(store: Store, project: Project) -> None:
    failed = [row for row in tables_of(store, project).judged if row.failed]
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
    project = load_demo_project(store)
    hold_rates_by(store, project, "version", lambda row: row.version)
    hold_rates_by(store, project, "metadata.plan", lambda row: row.metadata.get("plan"))
    hold_chances_by(store, project, "version", lambda row: row.version)
    hold_chances_by(store, project, "metadata.channel", lambda row: row.metadata.get("channel"))
    hold_cycle(store, project, "1.5")
    hold_matrix(store, project)


@needs_tau
def test_tau(store: Store) -> None:
    project = load_tau(store)
    read_tau(store, project)
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
    rows = [row for row in tables_of(store, project).judged if row.trace in drawn]
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
