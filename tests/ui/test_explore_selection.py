"""What is selected on Explore is told apart by more than the number of a group, which another level gives away anew."""

from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.ui.explore_data import MapData
from evaldash.ui.explore_state import group_selection


def data(stamp: str, numbers: list[int]) -> MapData:
    items = ["a", "b", "c"]
    group = ClusterRow(number=1, label="seats", terms=(), representatives=(), size=numbers.count(1))
    row = ClusteringRow(
        of="traces", method="graph", seed=0, embedder="static", text="query", parameters={}, seconds=0.0,
        clusters=(group,), items=items, numbers=numbers, outlier_scores=[0.0] * 3,
    )  # fmt: skip
    return MapData(run="1:1:3", stamp=stamp, row=row, cluster_of={}, position_of={}, score_of={}, places=None)


def test_a_group_of_another_level_is_another_selection() -> None:
    finer, coarser = group_selection(data("finer", [1, 0, 0]), 1), group_selection(data("coarser", [1, 1, 0]), 1)
    assert finer is not None
    assert coarser is not None
    assert finer.chosen is not None
    assert (finer.chosen.tolist(), finer.group) == ([True, False, False], 1)
    assert finer.id != coarser.id
