"""Clusters: the same for the same seed, numbered by size, named, whatever the vectors look like."""

from __future__ import annotations

import csv
from collections.abc import Callable
from math import inf
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evaldash.clustering import Method, cluster, cluster_codes, find_neighbours
from evaldash.clustering.run import most_shown
from evaldash.embedding import get_embedder
from evaldash.errors import Cancelled, InvalidInput

BANKING = Path(__file__).parents[2] / "../shared/texts/banking77_test.csv"
METHODS = [pytest.param(method, id=method.value) for method in Method]


def blobs(sizes: list[int], *, seed: int = 0, spread: float = 0.12, dimensions: int = 24) -> NDArray[np.float32]:
    """Return unit vectors around as many random directions as there are sizes."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(len(sizes), dimensions))
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    rows = np.repeat(middles, sizes, axis=0)
    rows = rows + rng.normal(scale=spread, size=rows.shape)
    units: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


def kinds(sizes: list[int]) -> NDArray[np.intp]:
    return np.repeat(np.arange(len(sizes)), sizes)


@pytest.mark.parametrize(
    "sizes", [[120, 80, 60], [15, 14, 13, 12, 11, 10, 9, 8], [4, 3]], ids=["large", "small", "a handful"]
)
def test_clear_groups_are_found_and_numbered_by_size(sizes: list[int]) -> None:
    vectors = blobs(sizes, spread=0.05)
    order = np.random.default_rng(1).permutation(len(vectors))
    found = cluster(vectors[order], ["a text"] * len(vectors), seed=3)
    assert found.labels.tolist() == kinds(sizes)[order].tolist()
    assert [one.size for one in found.clusters] == sizes


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_result(method: Method) -> None:
    vectors = blobs([40] * 9, spread=0.4)
    first, second = (cluster(vectors, ["words"] * 360, seed=5, method=method) for _ in range(2))
    assert first.labels.tolist() == second.labels.tolist()
    assert first.outlier_scores.tolist() == second.outlier_scores.tolist()
    assert first.clusters == second.clusters
    assert first.parameters == second.parameters


def test_a_large_set_begins_with_as_many_clusters_as_one_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = blobs([25] * 30, spread=0.05)
    plain = cluster(vectors, ["words"] * 750, seed=0)
    monkeypatch.setattr("evaldash.clustering.run.SILHOUETTE_DECIDES", 700)
    large = cluster(vectors, ["words"] * 750, seed=0)
    assert (len(plain.clusters), len(large.clusters), large.parameters["found"]) == (30, 9, 30)
    assert len(set(zip(plain.labels.tolist(), large.labels.tolist(), strict=True))) == 30  # the 30 are a slide away


@pytest.mark.parametrize(("count", "expected"), [(3_080, inf), (10_000, 33), (20_000, 47), (100_000, 60)])
def test_how_many_clusters_are_shown_at_first(count: int, expected: float) -> None:
    assert most_shown(count) == expected


def shapes(count: int) -> dict[str, NDArray[np.float32]]:
    return {
        "different": blobs([1] * count, seed=2),
        "zero": np.zeros((count, 24), dtype=np.float32),
        "equal": np.repeat(blobs([1]), count, axis=0),
        "half zero": blobs([1] * count, seed=2) * (np.arange(count) % 2)[:, None].astype(np.float32),
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 11, 13, 40, 210])
@pytest.mark.parametrize("shape", ["different", "zero", "equal", "half zero"])
def test_no_size_and_no_shape_breaks_it(count: int, shape: str, method: Method) -> None:
    found = cluster(shapes(count)[shape], [""] * count, seed=0, method=method)
    assert found.labels.shape == found.outlier_scores.shape == (count,)
    assert ((found.outlier_scores >= 0) & (found.outlier_scores <= 1)).all()
    assert sorted([*found.noise, *(item for one in found.clusters for item in one.members)]) == list(range(count))
    assert all(one.name for one in found.clusters)
    assert len({one.name for one in found.clusters}) == len(found.clusters)


def test_equal_vectors_share_a_cluster_and_blank_ones_have_none() -> None:
    vectors = np.vstack([blobs([60, 60]), np.repeat(blobs([1], seed=9), 50, axis=0), np.zeros((5, 24))]).astype("f4")
    found = cluster(vectors, ["words"] * 175, seed=0)
    assert len(set(found.labels[120:170])) == 1
    assert found.noise == tuple(range(170, 175))
    assert (found.outlier_scores[120:] == 0).all()


def test_hdbscan_calls_scattered_items_noise_and_scores_them_high() -> None:
    vectors = np.vstack([blobs([80] * 6, spread=0.05), blobs([1] * 3, seed=4)]).astype(np.float32)
    found = cluster(vectors, ["words"] * 483, seed=0, method="hdbscan")
    assert len({480, 481, 482} & set(found.noise)) >= 2
    assert found.outlier_scores[480:].min() > np.quantile(found.outlier_scores[:480], 0.95)


def test_representatives_are_central_and_their_vectors_differ() -> None:
    middle = blobs([1], seed=1)
    ring = blobs([30], seed=1, spread=0.2)
    other = blobs([1, 40], seed=8, spread=0.05)[1:]
    vectors = np.vstack([ring, middle, middle, middle, other]).astype(np.float32)
    found = cluster(vectors, ["words"] * len(vectors), seed=0)
    group = found.clusters[found.labels[30]]
    assert group.representatives[0] == 30
    assert len(set(group.representatives) & {30, 31, 32}) == 1


def test_neighbours_may_be_shared() -> None:
    vectors = blobs([80, 80, 80])
    shared = cluster(vectors, ["a"] * 240, seed=1, neighbours=find_neighbours(vectors, k=90))
    assert shared.labels.tolist() == cluster(vectors, ["a"] * 240, seed=1).labels.tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(lambda v: cluster(v, ["a"], seed=0), r"one row per text, got \(4, 24\) for 1", id="lengths"),
        pytest.param(lambda v: cluster(v, ["a"] * 4, seed=0, method="kmeans"), "got 'kmeans'", id="method"),
    ],
)
def test_what_is_refused(call: Callable[[NDArray[np.float32]], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(blobs([4]))


def test_work_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        cluster(blobs([10]), ["a"] * 10, seed=0, should_stop=lambda: True)


def banking(*, every: int) -> tuple[list[str], list[str]]:
    if not BANKING.exists():
        pytest.skip("the labelled texts ../shared/texts/banking77_test.csv are not here")
    with BANKING.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::every]
    return [row["text"] for row in rows], [row["category"] for row in rows]


@pytest.mark.slow
def test_banking_intents_are_found_as_well_as_was_measured() -> None:
    from sklearn.metrics import adjusted_mutual_info_score

    texts, intents = banking(every=1)
    found = cluster(get_embedder().embed(texts), texts, seed=0)
    assert adjusted_mutual_info_score(intents, found.labels) > 0.76
    assert found.seconds < 20


def test_a_few_dozen_notes_of_ten_kinds_are_told_apart() -> None:
    texts, intents = banking(every=1)
    chosen = [i for i, intent in enumerate(intents) if intent in sorted(set(intents))[::8]][::5]
    found = cluster_codes(get_embedder().embed([texts[i] for i in chosen]), [texts[i] for i in chosen], seed=0)
    truth = np.array([intents[i] for i in chosen])
    same_kind, same_group = truth[:, None] == truth, found.labels[:, None] == found.labels
    both = same_kind & same_group
    precision, recall = (both.sum(1) / same_group.sum(1)).mean(), (both.sum(1) / same_kind.sum(1)).mean()
    assert 2 * precision * recall / (precision + recall) > 0.85
