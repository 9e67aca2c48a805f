"""Two versions against each other, and what fixes did, recomputed from plain rows: pairs, repeats, different inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path

import pytest

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Json, Trace
from evaldash.notebook import open_project
from evaldash.services import cycles, taxonomy
from evaldash.services.coding import list_codes
from evaldash.services.fixes import list_fixes, record_fix
from evaldash.services.quick_look import draw_quick_look
from evaldash.services.sampling import drawn_traces
from evaldash.storage.store import Store
from tests.services.test_saturation import draw, judge
from tests.support.recomputed import (
    TAU,
    Row,
    load_demo_project,
    load_tau,
    mid_p,
    named,
    needs_tau,
    newcombe,
    rejected,
    tables_of,
)
from tests.support.traces import conversation, make_project


def run(number: int, version: str, again: int = 0) -> Trace:
    """Return a run of one input: all runs of a number say the same and are traces of their own."""
    made = conversation(number, version=version)
    raw: Json = {"id": f"{version}-{number}-{again}", "query": made.steps[1].text}
    return replace(made, raw=(raw,), identity=(raw,), external_id=f"{version}-{number}-{again}")


def group(store: Store, project: Project, *names: str) -> None:
    """Make a mode of each kind of note."""
    codes = list_codes(store, project)[0]
    for name in names:
        taxonomy.create(store, project, name, codes=[code.id for code in codes if code.text == name], who="ana")


def hold_unpaired(
    store: Store, project: Project, before: str, after: str, *, pool: Sequence[Row] | None = None
) -> None:
    """Every mode, from the random traces of either side alone: Newcombe, and Benjamini-Hochberg over the modes."""
    rows = tables_of(store, project).random if pool is None else pool
    found = cycles.compare(store, project, before, after)
    assert found.pairs == 0
    old, new = ([row for row in rows if row.version == version] for version in (before, after))
    chances = {}
    for change in found.changes:
        x, y = (sum(row.holds(change.mode) for row in side) for side in (old, new))
        low, high = newcombe(x, len(old), y, len(new))
        assert (change.before, change.after) == (x / len(old), y / len(new))
        assert (change.n_before, change.n_after) == (len(old), len(new))
        assert change.change.estimate == pytest.approx(y / len(new) - x / len(old))
        assert (change.change.low, change.change.high) == pytest.approx((low, high), abs=1e-9)
        chances[change.mode] = (score_p(x, len(old), y, len(new)), low > 0 or high < 0)
    moved = rejected({mode: p for mode, (p, _) in chances.items() if mode is not None})
    for change in found.changes:
        p, is_sure = chances[change.mode]
        assert change.moved == (is_sure and (change.mode in moved if change.mode else p <= 0.05))
        assert ("more than chance explains" in change.verdict) == change.moved


def score_p(x: int, n: int, y: int, m: int) -> float:
    from statsmodels.stats.proportion import proportions_ztest

    return 1.0 if x + y in (0, n + m) else float(proportions_ztest([x, y], [n, m])[1])


def hold_paired(
    store: Store, project: Project, before: str, after: str, *, said: Mapping[str, str] | None = None
) -> cycles.Comparison:
    """Every mode, from all judged traces whose user said the same; half a case added where few changed."""
    rows = [row for row in tables_of(store, project).judged if row.version in (before, after)]
    words = {row.trace: row.query if said is None else said[row.trace] for row in rows}
    held = [{words[row.trace] for row in rows if row.version == version} for version in (before, after)]
    inputs = sorted(held[0] & held[1])
    found = cycles.compare(store, project, before, after)
    assert found.pairs == len(inputs)
    for change in found.changes:
        ends = []
        for query in inputs:
            old, new = (
                [r.holds(change.mode) for r in rows if words[r.trace] == query and r.version == v]
                for v in (before, after)
            )
            ends.append((sum(old) / len(old), sum(new) / len(new)))
        n, d = len(ends), [new - old for old, new in ends]
        assert (change.before, change.after) == pytest.approx(
            (sum(a for a, _ in ends) / n, sum(b for _, b in ends) / n)
        )
        assert change.change.estimate == pytest.approx(sum(d) / n)
        added = 1 if sum(value != 0 for value in d) < 25 else 0
        mean = sum(d) / (n + 2 * added)
        spread = (sum(value**2 for value in d) + added) / (n + 2 * added) - mean**2
        reach = 1.959964 * sqrt(spread / (n + 2 * added))
        assert (change.change.low, change.change.high) == pytest.approx(
            (max(-1, mean - reach), min(1, mean + reach)), abs=1e-6
        )
        if not any(d):
            assert change.verdict == f"no case changed ({n} compared)"
        elif all(abs(value) in (0, 1) for value in d):
            assert change.p == pytest.approx(mid_p(d.count(1), d.count(-1)))
    return found


@pytest.mark.slow
def test_the_versions_of_the_demo(store: Store) -> None:
    hold_unpaired(store, load_demo_project(store), "1.4", "1.5")


def test_pairs_beside_traces_of_other_inputs(store: Store) -> None:
    """30 inputs ran on both versions, 20 more on one: the pairs alone are compared, the others change nothing."""
    project = make_project(
        store, [run(n, v) for n in range(30) for v in ("old", "new")] + [run(n, "new") for n in range(30, 50)]
    )
    for trace in draw(store, project, "uniform", size=1000, seed=1):
        row = named(tables_of(store, project).traces, trace)
        number = int(row.query.split("booking ")[1].rstrip(")"))
        notes = ["late"] if row.version == "old" and number < 14 else []
        notes += ["curt"] if number % 7 == (0 if row.version == "old" else 3) else []
        judge(store, project, trace, *notes)
    group(store, project, "late", "curt")
    found = hold_paired(store, project, "old", "new")
    late = next(change for change in found.changes if change.name == "late")
    assert (late.before, late.after, late.moved) == (14 / 30, 0, True)
    assert found.repeated == found.chosen == 0


def test_an_input_that_ran_three_times_counts_once(store: Store) -> None:
    """12 inputs, three runs each on either side: 12 cases, not 36, and the interval is as wide as 12 make it."""
    project = make_project(store, [run(n, v, again) for n in range(12) for v in ("old", "new") for again in range(3)])
    for trace in draw(store, project, "uniform", size=1000, seed=1):
        row = named(tables_of(store, project).traces, trace)
        number, again = int(row.query.split("booking ")[1].rstrip(")")), int(row.trace[:8], 16) % 3
        is_late = number < 5 and (row.version == "old" or again == 0)
        judge(store, project, trace, *(["late"] if is_late else []))
    group(store, project, "late")
    found = hold_paired(store, project, "old", "new")
    assert (found.pairs, found.repeated) == (12, 12)
    assert found.changes[0].change.high - found.changes[0].change.low > 0.2


@needs_tau
def test_tau_replayed_as_a_second_version(store: Store, tmp_path: Path) -> None:
    """The same tasks again under another name, of which a third of the failing now pass; most were chosen by hand."""
    records = json.loads((TAU / "traces.json").read_text(encoding="utf-8"))
    again = tmp_path / "again.json"
    again.write_text(json.dumps([{**record, "trial": 2} for record in records]), encoding="utf-8")
    load_tau(store, version="first")
    project = load_tau(store, path=again, version="second")
    drawn = draw(store, project, "uniform", size=30, seed=2)
    rows = tables_of(store, project).traces
    for side in ([row for row in rows if row.version == version] for version in ("first", "second")):
        for place, row in enumerate(side):
            if place < 40 or row.trace in drawn:
                is_late = place % 2 and (row.version == "first" or place % 3)
                judge(store, project, row.trace, *(["late"] if is_late else []))
    group(store, project, "late")
    steps = open_project("tau", db=store.url).steps()
    asked: dict[str, str] = {}
    for step in steps[steps["role"] == "user"].to_dict("records"):
        asked[step["trace"]] = asked.get(step["trace"], "") + "\n" + step["text"]
    found = hold_paired(store, project, "first", "second", said=asked)
    assert found.pairs >= 40
    assert found.chosen >= 20


@pytest.mark.parametrize("version", ["2", None])
def test_what_a_fix_did_is_its_mode_before_and_after_it(store: Store, version: str | None) -> None:
    project = make_project(store, [conversation(n) for n in range(160)])
    for trace in draw(store, project, "uniform", size=120, seed=1):
        number = named(tables_of(store, project).traces, trace).metrics["latency_ms"] // 100
        notes = (["late"] if number < 80 and number % 4 == 0 else []) + (["curt"] if number % 5 == 0 else [])
        judge(store, project, trace, *notes)
    group(store, project, "late", "curt")
    moment = tables_of(store, project).traces[80].started_at
    record_fix(store, project, "late", "told the tool", who="ana", version=version, at=moment)
    rows = tables_of(store, project).random
    assert moment is not None
    is_after = [
        row.version == "2" if version else row.started_at is not None and row.started_at >= moment for row in rows
    ]
    old, new = ([row for row, after in zip(rows, is_after, strict=True) if after == side] for side in (False, True))
    effect = list_fixes(store, project)[0].effect
    assert effect is not None
    x, y = (sum(row.holds(effect.mode) for row in side) for side in (old, new))
    assert (effect.before, effect.after, effect.n_before, effect.n_after) == (
        x / len(old),
        y / len(new),
        len(old),
        len(new),
    )
    low, high = newcombe(x, len(old), y, len(new))
    assert (effect.change.low, effect.change.high) == pytest.approx((low, high), abs=1e-9)
    assert effect.moved == (score_p(x, len(old), y, len(new)) <= 0.05 and (high < 0 or low > 0))


def test_a_quick_look_at_the_new_version_counts_beside_what_was_drawn_from_all(store: Store) -> None:
    """A batch of one version speaks for that version, though it says nothing of the whole; deferred ones stay out."""
    project = make_project(store, [conversation(n) for n in range(160)])
    for place, trace in enumerate(draw(store, project, "uniform", size=40, seed=1)):
        judge(store, project, trace, *(["late"] if place % 3 == 0 else []))
    batch = draw_quick_look(store, project, version="2", coder="ana")
    for place, item in enumerate(drawn_traces(store, project, batch)):
        deferred = Verdict.DEFERRED if place == 4 else None
        judge(store, project, item.trace, *(["late"] if place < 2 else []), verdict=deferred)
    group(store, project, "late")
    rows = tables_of(store, project).random
    assert {row.version for row in rows if row.batch == batch} == {"2"}
    assert sum(row.batch == batch for row in rows) == 29
    hold_unpaired(store, project, "1", "2", pool=rows)
    assert not any("left out" in note for note in cycles.compare(store, project, "1", "2").notes)
