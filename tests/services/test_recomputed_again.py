"""When to look again, the oddest traces and the quick look, recomputed from plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest

from evaldash.domain.coding import Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Feedback, Trace
from evaldash.errors import InvalidInput
from evaldash.services.clustering import newest_clustering
from evaldash.services.look_again import LookAgain, look_again, set_cadence
from evaldash.services.quick_look import draw_quick_look, quick_look
from evaldash.services.sampling import drawn_traces
from evaldash.storage.store import Store
from tests.services.test_saturation import draw, judge
from tests.support.grouped import grouped_project
from tests.support.recomputed import Row, tables_of, wilson
from tests.support.traces import conversation, make_project


def sides(store: Store, project: Project) -> tuple[list[Row], list[Row]]:
    """What began up to the newest trace that was read, and what began after it."""
    rows = tables_of(store, project).traces
    last = max(row.started_at for row in rows if row.verdict and row.started_at)
    return tuple([r for r in rows if r.started_at and (r.started_at > last) == later] for later in (False, True))  # type: ignore[return-value]


def words_of(found: LookAgain, name: str) -> str:
    return next(item.words for item in found.triggers if item.name == name)


def changing(number: int) -> Trace:
    """From number 60 on slower, and down-voted every third time instead of every tenth."""
    made, late = conversation(number), number >= 60
    down = number % (3 if late else 10) == 0
    return replace(
        made,
        metrics={"latency_ms": 100.0 + number % 17 + (9 if late else 0), "turns": 2.0 + number % 3},
        feedback=(Feedback(name="thumbs", value="down"),) if down else (),
    )


def test_drift_of_metrics_and_complaints(store: Store) -> None:
    from scipy.stats import fisher_exact, ks_2samp

    project = make_project(store, [changing(number) for number in range(150)])
    for number in (3, 40, 59):
        judge(store, project, tables_of(store, project).traces[number].trace)
    old, new = sides(store, project)
    assert (len(old), len(new)) == (60, 90)
    found = look_again(store, project)
    values = [[row.metrics["latency_ms"] for row in side] for side in (old, new)]
    steps = sorted({*values[0], *values[1]})
    below = [[sum(value <= step for value in side) / len(side) for step in steps] for side in values]
    distance = max(abs(a - b) for a, b in zip(*below, strict=True))
    assert ks_2samp(*values, method="asymp").pvalue <= 0.01
    assert words_of(found, "Drift of a metric") == (
        f"latency_ms: {median(values[0]):g} in the middle before, {median(values[1]):g} since "
        f"(distance {distance:.2f}, more than chance)."
    )  # and nothing of turns, which stay as they are
    down = [
        sum(int(row.query.split("booking ")[1][:-1]) % every == 0 for row in side)
        for side, every in ((old, 10), (new, 3))
    ]
    p = fisher_exact([[down[0], 60 - down[0]], [down[1], 90 - down[1]]]).pvalue
    assert f"{down[0] / 60:.0%} of the traces before, {down[1] / 90:.0%} of the 90 since" in words_of(
        found, "Complaints"
    )
    assert ("Complaints" in {item.name for item in found.calling}) == (p <= 0.01)


def test_the_mix_of_groups_and_the_oddest_of_the_week(store: Store) -> None:
    project = grouped_project(store)
    rows = tables_of(store, project).traces
    read = [row.trace for row in rows[:30:6]]
    for trace in read:
        judge(store, project, trace)
    clustering = newest_clustering(store, project)
    assert clustering is not None
    group, score = (
        dict(zip(clustering.items, held, strict=True)) for held in (clustering.numbers, clustering.outlier_scores)
    )
    found = look_again(store, project)
    old, new = sides(store, project)
    shares = [Counter(group[row.trace] for row in side) for side in (old, new)]
    distance = sum(abs(shares[0][g] / len(old) - shares[1][g] / len(new)) for g in range(3)) / 2
    assert f"distance {distance:.2f}" in words_of(found, "Drift of the cluster mix")
    newest = max(row.started_at for row in rows if row.started_at and not row.verdict and row.trace not in read)
    week = [r for r in rows if r.started_at and r.started_at >= newest - timedelta(days=7) and r.trace not in read]
    expected = sorted((row.trace for row in week), key=lambda trace: -score[trace])[:15]
    assert [trace for trace, _ in found.oddest] == expected
    assert found.of_week
    assert found.oddest[0][1].startswith(f"outlier score {score[expected[0]]:.2f}")


def test_without_groups_the_oddest_go_by_their_metrics_and_ordinary_ones_are_not_called_far_out(store: Store) -> None:
    made = [
        replace(conversation(n), metrics={"latency_ms": 100.0 + n, "cost_usd": 1.0 if n != 7 else 9.0})
        for n in range(30)
    ]
    made = [
        replace(item, started_at=item.started_at and item.started_at + timedelta(days=n)) for n, item in enumerate(made)
    ]
    made[12] = replace(made[12], metrics={"latency_ms": 5000.0})
    project = make_project(store, made)
    found = look_again(store, project)
    assert not found.of_week  # seven or eight traces are no list
    rows = tables_of(store, project).traces
    z = farthest(rows)
    assert [abs(z[trace]) for trace, _ in found.oddest] == sorted(map(abs, z.values()), reverse=True)[:15]
    assert found.oddest[0] == (rows[12].trace, f"latency_ms 5000 lies far out (modified z {z[rows[12].trace]:.1f})")
    assert not any("cost_usd" in why for _, why in found.oddest)  # its spread is 0: nothing can be called far
    assert [("not far out" in why) for _, why in found.oddest] == [abs(z[trace]) <= 3.5 for trace, _ in found.oddest]


def farthest(rows: Sequence[Row]) -> dict[str, float]:
    """The modified z-score of each trace's farthest metric."""
    found: dict[str, float] = {}
    for name in {name for row in rows for name in row.metrics}:
        held = {row.trace: row.metrics[name] for row in rows if name in row.metrics}
        middle = median(held.values())
        spread = median(abs(value - middle) for value in held.values())
        for trace, value in held.items() if spread else ():
            score = 0.6745 * (value - middle) / spread
            found[trace] = max(found.get(trace, 0.0), score, key=abs)
    return found


def test_a_cadence_is_kept_and_calls(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(4)])
    judge(store, project, tables_of(store, project).traces[0].trace)
    now = store_time(store, project) + timedelta(days=10)
    assert "Cadence" not in {item.name for item in look_again(store, project, now=now).calling}
    set_cadence(store, project, 7, who="ana")
    found = look_again(store, project, now=now)
    assert "Cadence" in {item.name for item in found.calling}
    assert "10 days ago; a round is due every 7 days" in words_of(found, "Cadence")
    with pytest.raises(InvalidInput, match="1 to 365 days, got 0"):
        set_cadence(store, project, 0, who="ana")


def store_time(store: Store, project: Project) -> datetime:
    from evaldash.services.coding import list_annotations

    return max(item.at for item in list_annotations(store, project))


def test_a_quick_look_counts_what_was_judged_of_its_batch_and_says_what_was_not(store: Store) -> None:
    project = make_project(store, [conversation(n, session="visit" if n in (1, 3, 5) else None) for n in range(80)])
    draw(store, project, "picked", traces=["t0"])
    batch = draw_quick_look(store, project, version="2", coder="ana", size=40)
    drawn = [item.trace for item in drawn_traces(store, project, batch)]
    for place, trace in enumerate(drawn):
        if place not in (4, 9):
            judge(store, project, trace, *(["late"] if place % 5 == 1 else []))
    judge(store, project, drawn[9], verdict=Verdict.DEFERRED)  # and the fifth is passed over
    rows = [row for row in tables_of(store, project).random if row.batch == batch]
    x, n = sum(row.failed for row in rows), len(rows)
    low, high = wilson(x, n)
    found = quick_look(store, project, batch)
    assert (found.read, found.failed) == (n, x)
    assert n == 36  # three of the forty are of one visit, two are open
    text = found.text
    assert f"**{x} of {n} failed: {x / n:.0%}"[:-1] in text
    assert f"between {int(low * 100)} % and {-int(-high * 100 // 1)} %" in text
    assert "Drawn from 40 traces, those with version = " in text
    assert f"2 traces of it deferred or passed over: all passing or all failing gives {100 * x / (n + 2):.0f} %" in text
    assert "2 further traces of a session" in text
    assert f"fewer than {100 * (1 - 0.05 ** (1 / n)) // 1 + 1:.0f} % of traces" in text


def test_a_quick_look_where_few_are_left_takes_them_all_and_says_so(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(30)])
    batch = draw_quick_look(store, project, version="2", coder="ana")
    assert len(drawn_traces(store, project, batch)) == 15
    assert ": all of them." in quick_look(store, project, batch).text
