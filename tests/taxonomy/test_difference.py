from __future__ import annotations

from evaldash.domain.taxonomy import FailureMode, Taxonomy
from evaldash.taxonomy.difference import difference

DATES, TONE, SLOW = (FailureMode(id=name[0], name=name) for name in ("dates", "tone", "slow"))


def test_a_difference_says_what_came_went_reads_differently_and_moved():
    before = Taxonomy(version=2, modes=(DATES, TONE), assignments={"1": "d", "2": "d", "3": "t", "4": "t"})
    manner = FailureMode(id="t", name="manner", severity="minor")
    after = Taxonomy(version=5, modes=(manner, SLOW), assignments={"1": "s", "2": "s", "3": "t", "5": "t"})
    found = difference(before, after)
    assert ([mode.name for mode in found.added], [mode.name for mode in found.gone]) == (["slow"], ["dates"])
    assert [(item.field, item.before, item.after) for item in found.reworded] == [
        ("name", "tone", "manner"),
        ("severity", "", "minor"),
    ]
    assert [(move.codes, move.before and move.before.name, move.after and move.after.name) for move in found.moved] == [
        (("1", "2"), "dates", "slow"),
        (("4",), "tone", None),
        (("5",), None, "manner"),
    ]


def test_a_version_does_not_differ_from_itself():
    same = Taxonomy(version=2, modes=(DATES,), assignments={"1": "d"})
    found = difference(same, same)
    assert (found.added, found.gone, found.reworded, found.moved) == ((), (), (), ())
