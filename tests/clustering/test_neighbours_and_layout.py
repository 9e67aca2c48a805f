"""Neighbours are exact; maps put like beside like."""

from __future__ import annotations

import numpy as np
import pytest

from evaldash.clustering import find_neighbours, layout, neighbours, pca_layout, tsne_layout
from evaldash.clustering.space import prepare, principal_components
from evaldash.errors import Cancelled

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(130, 16)).astype(np.float32)
TWO_KINDS = np.vstack([RNG.normal(size=(60, 16)) * 0.2 + shift for shift in (-1, 1)]).astype(np.float32)
KIND = np.repeat([0, 1], 60)


def test_neighbours_are_those_of_a_full_search_in_whatever_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK_BYTES", 4 * 130 * 7)
    found = find_neighbours(CLOUD, k=6)
    units = CLOUD - CLOUD.mean(axis=0)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -2)
    assert found.indices.tolist() == np.argsort(-cosines, axis=1)[:, :6].tolist()
    assert found.similarities == pytest.approx(np.sort(cosines, axis=1)[:, ::-1][:, :6], abs=1e-5)


def test_distinct_vectors_stand_for_equal_ones_and_blank_ones_for_none() -> None:
    space = prepare(np.array([[0, 0], [1, 0], [0, 1], [1, 0]], dtype=np.float32))
    assert space.place.tolist() == [-1, 0, 1, 0]
    assert space.first.tolist() == [1, 2]


def test_components_are_those_of_a_singular_value_decomposition() -> None:
    found = principal_components(CLOUD, at_most=3)
    left, sizes, _ = np.linalg.svd(CLOUD - CLOUD.mean(axis=0), full_matrices=False)
    assert np.abs(found) == pytest.approx(np.abs(left[:, :3] * sizes[:3]), abs=1e-3)


@pytest.mark.parametrize("lay_out", [pca_layout, lambda v: tsne_layout(v, seed=0)], ids=["pca", "tsne"])
def test_maps_put_the_same_kind_together(lay_out) -> None:
    points = lay_out(TWO_KINDS)
    assert points.shape == (120, 2)
    assert points.dtype == np.float32
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (KIND[distances.argmin(axis=1)] == KIND).mean() > 0.95


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9, 10, 11, 30])
@pytest.mark.parametrize("lay_out", [pca_layout, lambda v: tsne_layout(v, seed=0)], ids=["pca", "tsne"])
def test_few_blank_and_equal_vectors_have_their_place(lay_out, count: int) -> None:
    for vectors in (CLOUD[:count], np.zeros_like(CLOUD[:count]), np.repeat(CLOUD[:1], count, axis=0)):
        points = lay_out(vectors)
        assert points.shape == (count, 2)
        assert np.isfinite(points).all()


def test_a_map_is_the_same_for_the_same_seed_and_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    first = tsne_layout(TWO_KINDS, seed=1, progress=lambda *at: seen.append(at))
    assert (first == tsne_layout(TWO_KINDS, seed=1, neighbours=find_neighbours(TWO_KINDS))).all()
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_a_map_can_be_stopped_while_it_is_made() -> None:
    rounds: list[int] = []
    with pytest.raises(Cancelled, match="stopped after"):
        tsne_layout(
            TWO_KINDS,
            seed=0,
            progress=lambda done, _: rounds.append(done),
            should_stop=lambda: len(rounds) >= 2,
        )
    assert len(rounds) == 2


def test_a_large_set_is_laid_out_by_a_sample_and_keeps_its_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SAMPLE", 60)
    points = tsne_layout(TWO_KINDS, seed=0)
    assert (points == tsne_layout(TWO_KINDS, seed=0)).all()
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (KIND[distances.argmin(axis=1)] == KIND).mean() > 0.95


def test_approximate_neighbours_are_nearly_the_exact_ones_and_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    middles = RNG.normal(size=(40, 16))
    vectors = (np.repeat(middles, 75, axis=0) + RNG.normal(scale=0.3, size=(3_000, 16))).astype(np.float32)
    exact = find_neighbours(vectors, k=15)
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 100)
    first, second = find_neighbours(vectors, k=15), find_neighbours(vectors, k=15)
    assert exact.exact
    assert not first.exact
    assert (first.indices == second.indices).all()
    assert (first.indices != np.arange(3_000)[:, None]).all()
    assert (first.indices >= 0).all()
    assert (np.diff(first.similarities, axis=1) <= 1e-6).all()
    recall = np.mean([len(set(a) & set(b)) / 15 for a, b in zip(exact.indices, first.indices, strict=True)])
    assert recall > 0.95


def test_outliers_along_the_graph_rank_as_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.stats import spearmanr

    from evaldash.clustering import density

    middles = RNG.normal(size=(8, 16))
    vectors = (np.repeat(middles, 60, axis=0) + RNG.normal(scale=0.4, size=(480, 16))).astype(np.float32)
    vectors = np.vstack([vectors, vectors[:30], np.repeat(vectors[:1], 20, axis=0), np.zeros((2, 16), "f4")])
    exact = density.density(find_neighbours(vectors))
    monkeypatch.setattr(density, "EXACT_UP_TO", 10)
    along = density.density(find_neighbours(vectors))
    assert along.parameters["tree"] == "along 15 neighbours"
    assert spearmanr(exact.outlier_scores, along.outlier_scores)[0] > 0.85
    assert (along.outlier_scores[-2:] == 0).all()
    assert (along.groups[-2:] == -1).all()
