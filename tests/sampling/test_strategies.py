"""What each strategy draws, in which order, with which probability, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from evaldash.domain.batch import Strategy, Stream, draw_order
from evaldash.errors import InvalidInput
from evaldash.sampling import STRATEGIES, Allocation, Candidate, Draw, End, Frame, Queries, Request, draw, get_strategy
from evaldash.sampling.farthest import farthest_first

VECTORS = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
SPEED = [5.0, 1.0, 9.0, 7.0, 3.0]


def frame(count: int = 30) -> Frame:
    candidates = tuple(
        Candidate(
            trace=f"t{i:02}",
            stratum="web" if i < 20 else "phone",
            cluster=0 if i < 18 else 1 if i < 26 else -1,
            metrics={"latency_ms": SPEED[i]} if i < 5 else {"retries": 1, "frustration": i % 3},
            unhappy="thumbs: down" if i % 3 == 0 else None,
            outlier_score=None if i == 0 else i / 100,
            vector=i,
        )
        for i in range(count)
    )
    return Frame(candidates=candidates, vectors=VECTORS, cluster_names={0: "refunds"})


QUERIES = Queries(texts=("a refund by post", "a seat for a dog"), vectors=VECTORS[[7, 20]] + np.float32(0.01))
REQUEST = Request(size=9, seed=4, metric="latency_ms", traces=("t07", "t03"), queries=QUERIES)
ALL = pytest.mark.parametrize("name", [strategy.name for strategy in STRATEGIES])


def ids(found: Draw) -> list[str]:
    return [drawn.trace for drawn in found.traces]


def request(size: int, **options: object) -> Request:
    return Request(**({"size": size, "seed": 4} | options))  # type: ignore[arg-type]


@ALL
def test_the_order_of_the_frame_changes_nothing(name: Strategy) -> None:
    whole = frame()
    turned = Frame(candidates=whole.candidates[::-1], vectors=whole.vectors, cluster_names=whole.cluster_names)
    assert draw(name, whole, REQUEST) == draw(name, turned, REQUEST)


@ALL
def test_no_trace_stands_twice_and_each_has_a_reason(name: Strategy) -> None:
    found = draw(name, frame(), REQUEST)
    assert len(set(ids(found))) == len(found.traces) <= 9
    assert all(drawn.reason for drawn in found.traces)


@ALL
def test_a_size_of_the_frame_or_more_takes_all_for_certain(name: Strategy) -> None:
    found = draw(name, frame(), request(40, metric="latency_ms", traces=tuple(f"t{i:02}" for i in range(30))))
    assert sorted(ids(found)) == [f"t{i:02}" for i in range(30)]
    assert {drawn.inclusion_probability for drawn in found.traces} == {1.0}
    assert {drawn.stream for drawn in found.traces} == {Stream.UNIFORM}


@ALL
def test_only_equal_probabilities_are_in_the_uniform_stream(name: Strategy) -> None:
    found = draw(name, frame(), REQUEST)
    uniform = {drawn.inclusion_probability for drawn in found.traces if drawn.stream is Stream.UNIFORM}
    assert len(uniform) == (1 if name in {Strategy.UNIFORM, Strategy.MIXED} else 0)
    assert None not in uniform


@ALL
def test_an_empty_frame_and_a_size_of_nothing_are_refused(name: Strategy) -> None:
    with pytest.raises(InvalidInput, match="no trace to draw from"):
        draw(name, Frame(candidates=()), REQUEST)
    with pytest.raises(InvalidInput, match="at least 1, got 0"):
        draw(name, frame(), request(0))


def test_uniform_is_the_beginning_of_the_hashed_order() -> None:
    found = draw("uniform", frame(), request(6))
    assert ids(found) == draw_order([f"t{i:02}" for i in range(30)], seed=4)[:6]
    assert {drawn.inclusion_probability for drawn in found.traces} == {6 / 30}


@pytest.mark.parametrize(
    ("allocation", "options", "drawn"),
    [
        (Allocation.PROPORTIONAL, {}, {"phone": 3, "web": 6}),
        (Allocation.SQRT, {}, {"phone": 4, "web": 5}),
        (Allocation.EQUAL, {}, {"phone": 5, "web": 4}),
        (Allocation.NEYMAN, {"rates": {"phone": 0.5, "web": 0.0}}, {"phone": 6, "web": 3}),
    ],
    ids=lambda value: value.value if isinstance(value, Allocation) else None,
)
def test_strata_share_the_size_by_allocation(
    allocation: Allocation, options: dict[str, object], drawn: dict[str, int]
) -> None:
    found = draw("stratified", frame(), request(9, by="channel", allocation=allocation, **options))
    assert {stratum.name: stratum.drawn for stratum in found.strata} == drawn
    phone = [d for d in found.traces if d.trace >= "t20"]
    assert {d.inclusion_probability for d in phone} == {drawn["phone"] / 10}
    assert f"channel 'phone', {drawn['phone']} of 10" in phone[0].reason


def test_small_clusters_are_oversampled_and_noise_is_a_stratum() -> None:
    found = draw("clusters", frame(), request(12))
    shares = {stratum.name: (stratum.size, stratum.drawn) for stratum in found.strata}
    assert shares == {"0 refunds": (18, 5), "1": (8, 4), "fits nowhere": (4, 3)}


def test_strata_that_get_nothing_are_named() -> None:
    found = draw("clusters", frame(), request(2))
    assert "1 of 3 values of cluster (4 traces)" in found.notes[0]


@pytest.mark.parametrize(
    ("end", "order"),
    [
        (End.HIGH, ["t02", "t03", "t00"]),
        (End.LOW, ["t01", "t04", "t00"]),
        (End.BOTH, ["t02", "t01", "t03"]),
    ],
)
def test_extremes_and_what_they_leave_out(end: End, order: list[str]) -> None:
    found = draw("extremes", frame(), request(3, metric="latency_ms", end=end))
    assert ids(found) == order
    assert found.notes == ("25 traces without the metric 'latency_ms' left out",)
    assert {drawn.inclusion_probability for drawn in found.traces} == {None}


def test_outliers_come_by_falling_score() -> None:
    found = draw("outliers", frame(), request(3))
    assert ids(found) == ["t29", "t28", "t27"]
    assert found.notes == ("1 trace without an outlier score left out",)


def test_variety_takes_one_of_each_kind_and_neither_blanks_nor_repeats() -> None:
    vectors = np.repeat(np.eye(4, 4), 5, axis=0).astype(np.float32)
    vectors[:5] = 0
    candidates = [Candidate(trace=f"t{i:02}", vector=i) for i in range(20)]
    found = draw("variety", Frame(candidates=candidates, vectors=vectors), request(8))
    assert sorted(int(trace[1:]) // 5 for trace in ids(found)) == [1, 2, 3]
    assert found.notes[0] == "5 traces without a vector or without words left out for variety"
    assert "only 3 of 8" in found.notes[1]


def test_variety_keeps_away_from_what_was_read() -> None:
    vectors = np.eye(3, dtype=np.float32)
    candidates = [Candidate(trace=f"t{i}", vector=i) for i in range(3)]
    found = draw("variety", Frame(candidates=candidates, vectors=vectors, read=vectors[[0, 2]]), request(1))
    assert ids(found) == ["t1"]


def test_mixed_reads_its_uniform_half_first() -> None:
    found = draw("mixed", frame(), request(9))
    assert [drawn.stream for drawn in found.traces] == [Stream.UNIFORM] * 5 + [Stream.TARGETED] * 4
    assert {drawn.inclusion_probability for drawn in found.traces[:5]} == {5 / 30}
    assert {drawn.inclusion_probability for drawn in found.traces[5:]} == {None}
    assert ids(found)[:5] == ids(draw("uniform", frame(), request(5)))


def test_the_other_half_of_a_mixture_may_be_drawn_another_way() -> None:
    found = draw("mixed", frame(), request(8, targeted=Strategy.SIGNAL))
    assert [drawn.stream for drawn in found.traces] == [Stream.UNIFORM] * 4 + [Stream.TARGETED] * 4
    assert len(set(ids(found))) == 8
    rest = [drawn.inclusion_probability for drawn in found.traces[4:]]
    assert all(chance is not None and 0 < chance < 1 for chance in rest)


def test_signals_give_known_chances_and_their_reason() -> None:
    found = draw("signal", frame(), request(12))
    chance = {drawn.trace: drawn.inclusion_probability or 0.0 for drawn in found.traces}
    reason = {drawn.trace: drawn.reason for drawn in found.traces}
    weights = {trace: 1 + 2 * why.count(";") + 2 * ("its signals" in why) for trace, why in reason.items()}
    assert len(set(weights.values())) > 1
    assert {round(chance[trace] / weight, 6) for trace, weight in weights.items()} == {round(12 / 134, 6)}
    troubled = next(trace for trace, why in reason.items() if "unhappy" in why)
    assert "weighted by its signals: the user was unhappy" in reason[troubled]


def test_unhappy_users_are_drawn_at_random_among_themselves_and_the_others_are_a_stratum_unseen() -> None:
    found = draw("feedback", frame(), request(4))
    assert {int(trace[1:]) % 3 for trace in ids(found)} == {0}
    assert {drawn.inclusion_probability for drawn in found.traces} == {4 / 10}
    assert [(item.name, item.size, item.drawn) for item in found.strata] == [
        ("unhappy users", 10, 4),
        ("all others", 20, 0),
    ]
    everybody = draw("feedback", frame(), request(15))
    assert {drawn.inclusion_probability for drawn in everybody.traces} == {1.0}
    assert everybody.notes == ("only 10 traces have an unhappy user; all of them are drawn",)


def test_questions_made_to_stress_a_rule_take_turns() -> None:
    found = draw("stress", frame(), request(4, queries=QUERIES))
    assert ids(found)[:2] == ["t07", "t20"]
    assert found.traces[0].reason.startswith("like “a refund by post” (cosine 1.00)")


def test_picked_keeps_the_order_given() -> None:
    assert ids(draw("picked", frame(), REQUEST)) == ["t07", "t03"]


BARE = Frame(candidates=tuple(Candidate(trace=f"t{i}") for i in range(9)))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mixed", {}, r"needs vectors.*evaldash embed.*uniform"),
        ("variety", {}, r"needs vectors.*evaldash embed"),
        ("clusters", {}, r"evaldash cluster"),
        ("outliers", {}, r"evaldash cluster"),
        ("stratified", {"by": "plan"}, r"no value of 'plan'"),
        ("extremes", {}, r"--metric"),
        ("extremes", {"metric": "cost_usd"}, r"metric 'cost_usd'; there are: none"),
        ("picked", {"traces": ("t1", "zz")}, r"zz is not in it"),
        ("picked", {}, r"got none"),
        ("feedback", {}, r"no unhappy user on the 9 traces.*evaldash feedback FILE"),
        ("signal", {}, r"no signal on the 9 traces"),
        ("stress", {}, r"--queries"),
        ("stress", {"queries": QUERIES}, r"needs vectors.*evaldash embed"),
        ("mixed", {"targeted": Strategy.UNIFORM}, r"cannot be 'uniform'; take one of stratified, "),
        ("mixed", {"targeted": "best"}, r"must be one of mixed, uniform.*got 'best'"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        draw(name, BARE, request(3, **options))


def test_neyman_without_rates_is_refused() -> None:
    with pytest.raises(InvalidInput, match="failure rate for each value of 'channel', none for 'phone'"):
        draw("stratified", frame(), request(9, by="channel", allocation=Allocation.NEYMAN, rates={"web": 0.1}))


def test_every_listed_strategy_is_found_by_name() -> None:
    assert [get_strategy(strategy.name.value) for strategy in STRATEGIES] == list(STRATEGIES)


def test_farthest_first_by_hand() -> None:
    points = np.array([[0], [1], [2], [10], [11], [20]], dtype=np.float32)
    assert values(points, farthest_first(points, count=4, start=0)) == [0, 20, 10, 2]
    assert values(points, farthest_first(points, count=9, start=0, chosen=points[[0, 5, 3]])) == [2, 1, 11]


def values(points: np.ndarray, rows: Sequence[int]) -> list[float]:
    return [float(points[row, 0]) for row in rows]
