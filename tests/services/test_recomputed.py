"""The numbers of the saturation page and the rates, recomputed from the rows by other code than the services use."""

from __future__ import annotations

from collections import Counter

import pytest

from evaldash.domain.stored import Project
from evaldash.services import taxonomy
from evaldash.services.rates import rates
from evaldash.services.saturation import saturation
from evaldash.storage.store import Store
from tests.support.recomputed import load_demo_project, load_tau, needs_tau, read_tau, tables_of, wilson


def hold_against_rows(store: Store, project: Project) -> None:
    from scipy.stats import beta

    rows, found = tables_of(store, project).judged, saturation(store, project)
    visits: dict[str, set[str]] = {}
    for row in rows:
        if row.is_random:
            visits.setdefault(row.visit, set()).update(row.kinds)
    targeted = [row.kinds for row in rows if not row.is_random]
    one_off = 0
    for visit, kinds in visits.items():
        elsewhere = set().union(*targeted, *(held for other, held in visits.items() if other != visit))
        one_off += bool(kinds - elsewhere)
    total = len(visits)
    assert (total, one_off) == (found.chance.T, found.chance.L)
    assert found.chance.estimate == pytest.approx(one_off / total)
    assert found.chance.upper == pytest.approx(beta.ppf(0.975, one_off + 1, total - one_off))
    for need in found.needed:
        assert beta.ppf(0.975, one_off + 1, need.total - one_off) <= need.eps
        assert beta.ppf(0.975, one_off + 1, need.total - 1 - one_off) > need.eps

    seen: set[str] = set()
    new: Counter[tuple[int | None, bool]] = Counter()
    for row in rows:
        new[row.batch, row.is_random] += len(row.kinds - seen)
        seen |= row.kinds
    assert found.modes_seen == len(seen)
    assert {(bar.batch, bar.new_uniform, bar.new_targeted) for bar in found.batches} == {
        (batch, new[batch, True], new[batch, False]) for batch in {row.batch for row in rows}
    }
    held = Counter(kind for kinds in visits.values() for kind in kinds)
    assert found.rarefied[-1].modes == pytest.approx(len(held))
    assert found.rarefied[1].traces == 1
    assert found.rarefied[1].modes == pytest.approx(held.total() / total)

    by_visit = {row.visit: row for row in reversed(rows) if row.is_random}
    for rate in rates(store, project):
        x = sum(row.failed if rate.mode is None else rate.mode in row.kinds for row in by_visit.values())
        low, high = wilson(x, total)
        assert (rate.rate.basis, rate.rate.n) == ("uniform", total)
        assert rate.rate.estimate == pytest.approx(x / total)
        assert (rate.rate.low, rate.rate.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.slow
def test_the_demo(store: Store) -> None:
    hold_against_rows(store, load_demo_project(store))


@needs_tau
def test_tau_and_a_merge_that_is_taken_back(store: Store) -> None:
    project = load_tau(store)
    read_tau(store, project)
    hold_against_rows(store, project)
    before = saturation(store, project).chance
    codes = taxonomy.view(store, project).codes
    taxonomy.create(store, project, "All of it", codes=[code.id for code in codes], who="ana")
    hold_against_rows(store, project)
    assert saturation(store, project).chance.L <= before.L
    taxonomy.undo(store, project, who="ana")
    assert saturation(store, project).chance == before
