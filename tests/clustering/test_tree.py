"""Levels of a tree: nested, whatever the groups are; comparing and placing by hand-made cases."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evaldash.clustering import compare, place
from evaldash.clustering.tree import _ward, grow


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 99))
def test_every_level_lies_inside_the_next_and_one_is_the_run(homes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    clusters = np.unique(homes, return_inverse=True)[1].astype(np.intp)
    leaves = np.unique(clusters * 3 + rng.integers(0, 3, len(homes)), return_inverse=True)[1].astype(np.intp)
    units = rng.normal(size=(len(homes), 6)).astype(np.float32)
    tree = grow(units, leaves, clusters)
    assert tree.chosen == len(set(homes))
    finer = None
    for count in range(tree.finest, 0, -1):
        level = tree.labels_at(count)
        assert len(set(level.tolist())) == count
        if finer is not None:
            assert len(set(zip(finer.tolist(), level.tolist(), strict=True))) == count + 1
        finer = level
    chosen = tree.labels_at(tree.chosen)
    assert len(set(zip(chosen.tolist(), homes, strict=True))) == tree.chosen


def test_merges_are_those_of_ward() -> None:
    from scipy.cluster.hierarchy import linkage

    points = np.random.default_rng(0).normal(size=(30, 4))
    ours = [cost for cost, _, _ in _ward(points, np.ones(30))]
    theirs = linkage(points, method="ward")[:, 2]
    assert np.allclose(np.sqrt(2 * np.array(ours)), theirs)


def test_what_stands_often_weighs_as_often() -> None:
    rng = np.random.default_rng(3)
    units, often = rng.normal(size=(12, 5)).astype(np.float32), rng.integers(1, 9, 12)
    leaves, clusters = np.arange(12), np.repeat([0, 1, 2], 4)
    weighed = grow(units, leaves, clusters, weights=often)
    repeated = grow(np.repeat(units, often, axis=0), np.repeat(leaves, often), np.repeat(clusters, often))
    assert weighed.merges.tolist() == repeated.merges.tolist()
    assert weighed.merges.tolist() != grow(units, leaves, clusters).merges.tolist()


def test_what_stayed_split_merged_came_and_went() -> None:
    before = {f"a{i}": 0 for i in range(10)} | {f"b{i}": 1 for i in range(6)} | {f"c{i}": 2 for i in range(3)}
    after = {f"a{i}": 0 for i in range(10)} | {"c0": 0, "c1": 0, "c2": -1} | {f"b{i}": 1 + i % 2 for i in range(6)}
    found = compare(before, after)
    same = [(c.before, c.after, c.overlap) for c in found if c.kind == "same"]
    assert same == [(0, 0, 0.8333), (1, 1, 0.5)]
    (new,) = [c for c in found if c.kind == "new"]
    assert (new.after, new.part_of, new.size_after) == (2, 1, 3)
    (gone,) = [c for c in found if c.kind == "gone"]
    assert (gone.before, gone.size_before) == (2, 3)
    assert next(c for c in found if c.after == 0).came_from == (2,)


def test_nothing_against_nothing_has_no_changes() -> None:
    assert compare({}, {"x": 0}) == ()
    assert compare({}, {}) == ()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(1, 9))
def test_each_new_item_is_placed_on_its_own_whoever_comes_beside_it(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    known, fresh = rng.normal(size=(30, 8)).astype("f4"), rng.normal(size=(count, 8)).astype("f4")
    groups, scores = rng.integers(-1, 4, 30), rng.uniform(size=30).astype("f4")
    points = rng.normal(size=(30, 2)).astype("f4")
    together = place(fresh, known, groups, scores, points)
    for i in range(count):
        alone = place(fresh[i : i + 1], known, groups, scores, points)
        assert alone.groups[0] == together.groups[i]
        assert np.allclose(alone.points[0], together.points[i], atol=1e-4)
        assert 0 <= together.outlier_scores[i] <= 1


def test_a_blank_item_has_no_group_and_no_neighbours_leave_all_without_one() -> None:
    zeros = np.zeros((2, 4), dtype="f4")
    assert place(
        zeros, np.eye(4, dtype="f4"), np.arange(4), np.ones(4, "f4"), np.zeros((4, 2), "f4")
    ).groups.tolist() == [-1, -1]
    assert (
        place(np.eye(4, dtype="f4"), zeros, np.array([0, 1]), np.ones(2, "f4"), np.zeros((2, 2), "f4")).groups.tolist()
        == [-1] * 4
    )
