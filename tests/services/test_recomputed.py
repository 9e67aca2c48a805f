"""The numbers of the saturation page and the rates, recomputed from the rows by other code than the services use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaldash.domain.stored import Project
from evaldash.importers import expand
from evaldash.services import taxonomy
from evaldash.services.annotating import annotate_file
from evaldash.services.browse import heads_of
from evaldash.services.coding import list_annotations
from evaldash.services.demo import load_demo
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import find_project
from evaldash.services.rates import rates
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces, list_batches
from evaldash.services.saturation import saturation
from evaldash.storage.store import Store, open_store

TAU = Path(__file__).parents[2] / "../shared/traces/tau_retail_agent"


@dataclass(frozen=True)
class Row:
    """One judged trace, put together from what the commands export."""

    trace: str
    failed: bool
    kinds: frozenset[str]
    batch: int | None
    is_random: bool
    visit: str


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


def rows_of(store: Store, project: Project) -> list[Row]:
    now = taxonomy.view(store, project)
    mode_of = {code.id: mode for mode, codes in now.by_mode.items() for code in codes}
    stream = {
        item.trace: (batch.number, item.stream)
        for batch in reversed(list_batches(store, project))
        for item in drawn_traces(store, project, batch.number)
    }
    first = {item.trace: item for item in reversed(list_annotations(store, project))}  # of several coders the first
    order = list(dict.fromkeys(item.trace for item in list_annotations(store, project)))
    session = {head.id: head.session or head.id for head in heads_of(store, project, order)}
    return [
        Row(
            trace=trace,
            failed=first[trace].verdict == "fail",
            kinds=frozenset(mode_of.get(code.id, code.id) for code in first[trace].codes),
            batch=stream.get(trace, (None, ""))[0],
            is_random=stream.get(trace, (None, ""))[1] == "uniform",
            visit=session[trace],
        )
        for trace in order
        if first[trace].verdict != "deferred"
    ]


def hold_against_rows(store: Store, project: Project) -> None:
    from scipy.stats import beta
    from statsmodels.stats.proportion import proportion_confint

    rows, found = rows_of(store, project), saturation(store, project)
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
        low, high = proportion_confint(x, total, method="wilson")
        assert (rate.rate.basis, rate.rate.n) == ("uniform", total)
        assert rate.rate.estimate == pytest.approx(x / total)
        assert (rate.rate.low, rate.rate.high) == pytest.approx((max(low, 0), high), abs=1e-9)


@pytest.mark.slow
def test_the_demo(store: Store) -> None:
    load_demo(store)
    project = find_project(store, "demo")
    assert project is not None
    hold_against_rows(store, project)


@pytest.mark.skipif(not TAU.is_dir(), reason="the tau traces are not there: ../shared/traces beside the repository")
def test_tau_and_a_merge_that_is_taken_back(store: Store) -> None:
    import_files(store, expand([str(TAU / "traces.json")]), ImportRequest(project="tau"))
    project = find_project(store, "tau")
    assert project is not None
    draw_batch(store, project, SampleRequest(strategy="uniform", size=15, seed=4))
    annotate_file(store, project, TAU / "failure_annotations.json", coder="ana")
    hold_against_rows(store, project)
    before = saturation(store, project).chance
    codes = taxonomy.view(store, project).codes
    taxonomy.create(store, project, "All of it", codes=[code.id for code in codes], who="ana")
    hold_against_rows(store, project)
    assert saturation(store, project).chance.L <= before.L
    taxonomy.undo(store, project, who="ana")
    assert saturation(store, project).chance == before
