"""Runs of clusters: equal for equal seeds, nested levels, names that stay, new traces that move nobody else."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.stored import Project
from evaldash.embedding.minilm import model_folder
from evaldash.errors import Conflict, NotFound
from evaldash.services.cluster_changes import changes_in_words
from evaldash.services.cluster_levels import at_level, levels, use_level
from evaldash.services.cluster_placing import place_new, unplaced
from evaldash.services.clustering import ClusterRequest, cluster, newest_clustering, rename_cluster
from evaldash.services.embedding import TextChoice, embed_traces, vectors_in_use
from evaldash.services.sampling import SampleRequest, draw_batch, needs_embedding
from evaldash.storage import clusterings, imports, traces, vectors
from evaldash.storage.clusterings import ClusteringRow
from evaldash.storage.store import Store, open_store
from tests.support.traces import QUERIES, conversation, make_project

FAST = ClusterRequest(embedder="static")


@pytest.fixture
def store(store_url: str) -> Store:
    return open_store(store_url)


def groups(row: ClusteringRow) -> dict[str, int]:
    return dict(zip(row.items, row.numbers, strict=True))


def add_traces(store: Store, project: Project, numbers: Sequence[int]) -> None:
    with store.write() as connection:
        key = imports.start(connection, project, paths=["more.jsonl"], unit="auto", version=None, by=None)
        traces.add(connection, project, key, [conversation(i) for i in numbers])


def test_the_same_seed_twice_gives_the_same_clusters_and_says_that_nothing_changed(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    first, second = cluster(store, project, FAST), cluster(store, project, FAST)
    assert groups(first) == groups(second)
    assert [one.label for one in first.clusters] == [one.label for one in second.clusters]
    assert first.changes is None
    assert second.changes is not None
    assert {change["kind"] for change in second.changes} == {"same"}
    assert all(change["overlap"] == 1.0 for change in second.changes)


def test_what_moved_since_the_last_run_is_said_in_words(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    first = cluster(store, project, FAST)
    assert changes_in_words(first.changes) == ""
    assert changes_in_words(cluster(store, project, FAST).changes).startswith("Nothing moved since the last run")
    use_level(store, project, len(first.clusters) - 1)
    moved = changes_in_words(cluster(store, project, FAST).changes)
    assert moved.startswith("Since the last run ")
    assert "came up (" in moved


def test_a_change_is_named_and_one_from_before_there_were_names_is_counted() -> None:
    same = {"kind": "same", "overlap": 1.0, "size_before": 9, "size_after": 9, "label": "refund dates"}
    new = {"kind": "new", "overlap": 0.0, "size_before": 0, "size_after": 4, "label": "late trains"}
    gone = {"kind": "gone", "overlap": 0.0, "size_before": 3, "size_after": 0}
    assert changes_in_words([same, new, gone]) == (
        "Since the last run 1 group stayed; 1 came up (late trains); 1 is no more."
    )
    assert changes_in_words([{**same, "overlap": 0.6}]) == (
        "Since the last run 1 group stayed. Of those that stayed, these changed most: refund dates."
    )


def test_a_new_trace_finds_its_cluster_and_no_other_changes(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    before = cluster(store, project, FAST)
    add_traces(store, project, [len(QUERIES) * 10])  # asks what trace 0 asks
    assert unplaced(store, project) == 1
    assert place_new(store, project) == 1
    after = newest_clustering(store, project)
    assert after is not None
    assert after.key == before.key
    assert list(after.items[:64]) == list(before.items)
    assert list(after.numbers[:64]) == list(before.numbers)
    assert after.points is not None
    assert before.points is not None
    assert (after.points[:64] == before.points).all()
    assert after.points.shape == (65, 2)
    like = groups(before)[traces_id(store, project, "t0")]
    assert after.numbers[64] == like
    assert sum(one.size for one in after.clusters) == 65
    assert unplaced(store, project) == place_new(store, project) == 0
    assert groups(at_level(store, project, len(before.clusters))) == groups(after)


def traces_id(store: Store, project: Project, name: str) -> str:
    with store.read() as connection:
        return traces.resolve(connection, project, name)


def test_traces_that_two_place_at_once_are_placed_once_and_where_the_level_is_now(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    row = cluster(store, project, FAST)
    add_traces(store, project, range(64, 70))

    def embed_while_others_work(*given: Any, **more: Any) -> None:
        embed_traces(*given, **more)
        monkeypatch.setattr("evaldash.services.cluster_placing.embed_traces", embed_traces)
        use_level(store, project, len(row.clusters) - 1)
        assert place_new(store, project) == 6
        add_traces(store, project, range(70, 72))
        embed_traces(*given, **more)

    monkeypatch.setattr("evaldash.services.cluster_placing.embed_traces", embed_while_others_work)
    assert place_new(store, project) == 2
    after = newest_clustering(store, project)
    assert after is not None
    assert sorted(after.items) == sorted(conversation(i).id for i in range(72))
    assert set(after.numbers) <= {one.number for one in after.clusters} | {-1}
    assert sum(one.size for one in after.clusters) == sum(number != -1 for number in after.numbers)


def test_levels_are_nested_and_the_chosen_one_is_the_run(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(96)])
    row = cluster(store, project, FAST)
    offered = levels(store, project)
    assert offered is not None
    assert offered.chosen == offered.present == len(row.clusters)
    assert offered.counts == tuple(sorted(set(offered.counts)))
    assert offered.counts[-1] > offered.chosen > offered.counts[0]
    assert groups(at_level(store, project, offered.chosen)) == groups(row)
    coarser: dict[str, int] | None = None
    for count in offered.counts:
        found = at_level(store, project, count)
        assert len(found.clusters) == count == len(set(found.numbers))
        assert len({one.label for one in found.clusters}) == count
        assert [one.size for one in found.clusters] == sorted((one.size for one in found.clusters), reverse=True)
        now = groups(found)
        if coarser is not None:
            assert len({(now[item], coarser[item]) for item in now}) == count
        coarser = now


def test_a_level_in_use_holds_on_every_page_and_in_filters(store: Store) -> None:
    from evaldash.services.browse import count_traces

    project = make_project(store, [conversation(i) for i in range(64)])
    cluster(store, project, FAST)
    use_level(store, project, 2)
    row = newest_clustering(store, project)
    assert row is not None
    assert [one.size for one in row.clusters] == [count_traces(store, project, f"cluster = {n}") for n in (0, 1)]
    offered = levels(store, project)
    assert offered is not None
    assert offered.present == 2


def test_a_name_stays_with_its_group_on_other_levels_and_in_the_next_run(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    row = cluster(store, project, FAST)
    number = groups(row)[traces_id(store, project, "t3")]
    rename_cluster(store, project, number, "refunds that never come", who="ana")
    add_traces(store, project, range(64, 80))
    again = cluster(store, project, ClusterRequest(embedder="static", seed=7))
    now = next(one for one in again.clusters if one.number == groups(again)[traces_id(store, project, "t3")])
    assert now.label == "refunds that never come"
    finer = at_level(store, project, 10_000)
    coarse = at_level(store, project, len(again.clusters))
    assert "refunds that never come" in {one.label for one in coarse.clusters}
    assert len(finer.clusters) >= len(again.clusters)


def test_a_name_that_nobody_gave_is_made_anew_with_each_run(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    row = cluster(store, project, FAST)
    with store.write() as connection:
        for one in row.clusters:  # as a version of evaldash would have named them that named badly
            clusterings.rename(connection, row.key, one.number, f"poor {one.number}", by="earlier")
    again = cluster(store, project, FAST)
    assert [one.label for one in again.clusters] == [one.label for one in row.clusters]


def test_each_cluster_has_typical_and_edge_traces_of_its_own(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(64)])
    row = cluster(store, project, FAST)
    member = groups(row)
    for one in row.clusters:
        assert len(one.representatives) == min(3, one.size)
        assert not set(one.representatives) & set(one.edge)
        assert {member[item] for item in (*one.representatives, *one.edge)} == {one.number}


def test_draws_take_the_vectors_of_the_newest_clusters_and_make_no_others(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(40)])
    with store.read() as connection:
        assert vectors_in_use(connection, project) == (TextChoice.QUERY, "minilm")
    cluster(store, project, ClusterRequest(embedder="static", text=TextChoice.ANSWER))
    request = SampleRequest(strategy="mixed", size=6)
    assert not needs_embedding(store, project, request)
    draw_batch(store, project, request)
    draw_batch(store, project, SampleRequest(strategy="stress", size=3, queries=["where is my seat"]))
    with store.read() as connection:
        assert vectors_in_use(connection, project) == (TextChoice.ANSWER, "static")
        assert not vectors.items_with_vector(connection, project, of="query", embedder="minilm")


def test_any_model_in_a_folder_makes_clusters_that_newcomers_join(store: Store) -> None:
    short = Path(tempfile.mkdtemp(prefix="evd")) / "m"  # the name of a model's folder has at most 86 characters
    short.symlink_to(model_folder())
    project = make_project(store, [conversation(i) for i in range(16)])
    row = cluster(store, project, ClusterRequest(embedder=f"st:{short}"))
    assert row.embedder.startswith(f"st:{short}@")
    assert sum(one.size for one in row.clusters) == 16
    add_traces(store, project, [16])
    assert place_new(store, project) == 1
    assert len(draw_batch(store, project, SampleRequest(strategy="variety", size=2)).traces) == 2


@pytest.mark.parametrize("more", [0, 1])
def test_beyond_the_exact_search_runs_are_equal_and_a_newcomer_moves_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    monkeypatch.setattr("evaldash.clustering.neighbours.EXACT_UP_TO", 150)
    monkeypatch.setattr("evaldash.clustering.neighbours.TRAINING_PER_CELL", 39)
    project = make_project(store, [conversation(i) for i in range(400)])
    first, second = cluster(store, project, FAST), cluster(store, project, FAST)
    assert first.parameters["neighbours"] == "approximate"
    assert groups(first) == groups(second)
    assert first.outlier_scores == second.outlier_scores
    add_traces(store, project, range(400, 400 + more))
    assert place_new(store, project) == more
    now = newest_clustering(store, project)
    assert now is not None
    assert {item: number for item, number in groups(now).items() if item in groups(second)} == groups(second)


def test_what_is_asked_too_early_is_a_sentence(store: Store) -> None:
    project = make_project(store, [conversation(0)])
    with pytest.raises(NotFound, match="no clusters yet"):
        at_level(store, project, 3)
    with pytest.raises(NotFound, match="no clusters yet"):
        place_new(store, project)
    assert levels(store, project) is None
    assert unplaced(store, project) == 0


def test_hdbscan_has_levels_above_its_clusters_only(store: Store) -> None:
    project = make_project(store, [conversation(i) for i in range(96)])
    row = cluster(store, project, ClusterRequest(embedder="static", method="hdbscan"))
    offered = levels(store, project)
    if row.clusters:
        assert offered is not None
        assert offered.counts[-1] == len(row.clusters)


def test_runs_of_an_earlier_version_are_shown_and_say_what_they_lack(sqlite_url: str) -> None:
    from dataclasses import replace

    from evaldash.storage import clusterings

    store = open_store(sqlite_url)
    project = make_project(store, [conversation(i) for i in range(20)])
    row = cluster(store, project, FAST)
    old = replace(row, clusters=[replace(one, node=None) for one in row.clusters], changes=None)
    with store.write() as connection:
        clusterings.add(connection, project, old)
    assert levels(store, project) is None
    with pytest.raises(Conflict, match="made before there were levels"):
        at_level(store, project, 3)
    assert cluster(store, project, FAST).changes is not None
